"""Web servers as operators may start them, for tests of what they pass on and log."""

import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from time import monotonic, sleep

from config import ROOT
from tests.conftest import free_port

SERVERS = {
    "granian": "granian --interface wsgi --host 127.0.0.1 --port {port} --access-log wsgi:app",
    "gunicorn": "gunicorn --bind 127.0.0.1:{port} --access-logfile - wsgi:app",
    "werkzeug": "flask --app wsgi run --port {port}",
}


@contextmanager
def served(command, output, tmp_path, **settings):
    """Our pages behind one of them, without any tables; give its port."""
    port = free_port()
    env = {"INSTANCE_PATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
    env |= settings
    program = [sys.executable, "-m", *command.format(port=port).split()]
    with output.open("w") as file:
        server = subprocess.Popen(program, cwd=ROOT, env=env, stdout=file, stderr=file)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)


def fetch(port, path):
    """Ask until the server is there."""
    until = monotonic() + 20
    while True:
        try:
            with closing(HTTPConnection("127.0.0.1", port)) as connection:
                connection.request("GET", path, headers={"Referer": f"http://localhost{path}"})
                return connection.getresponse().read()
        except ConnectionRefusedError:
            assert monotonic() < until
            sleep(0.1)
