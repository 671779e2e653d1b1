"""Logs hold no keys of addresses, no queries and no mail addresses, whoever writes them."""

import logging
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from time import monotonic, sleep

import pytest

from chancendialog.logs import masked
from config import ROOT
from tests.conftest import free_port

KEYS = {
    "/anmeldung/GEHEIM.x-y_z": "/anmeldung/…",
    "/anmeldung/GEHEIM/abmelden": "/anmeldung/…/abmelden",
    "//anmeldung//GEHEIM": "//anmeldung//…",
    "/termine/abend/danke/GEHEIM": "/termine/abend/danke/…",
    "/termine/abend/danke/GEHEIM/adresse": "/termine/abend/danke/…/adresse",
    "/kalender/mein/GEHEIM.ics": "/kalender/mein/…",
    "/verwaltung/passwort/GEHEIM": "/verwaltung/passwort/…",
    "/t/GEHEIM": "/t/…",
    "/verwaltung/anmelden?next=/GEHEIM": "/verwaltung/anmelden?…",
    "/?name=GEHEIM&x=%20": "/?…",
    "/?GEHEIM@example.org": "/?…",
    "/x/GEHEIM%40example.org": "/x/…@…",
}
HARMLESS = [
    "/",
    "/termine/abend",
    "/kalender/wohnen.ics",
    "/verwaltung/anmelden",
    "/termine/abend/anmelden",
    "letter 12 sent",
    "@bp.get('/termine/<slug>')",
    "Wie bitte? Ja.",
    'File "/srv/app/web.py", line 3, in x',
]


@pytest.mark.parametrize(("path", "shown"), KEYS.items())
def test_keys_are_masked_wherever_they_stand_in_a_line(path, shown):
    line = '10.0.0.1 - - [24/Nov/2026] "GET {} HTTP/1.1" 200 5 "http://localhost{}" "Mozilla"'

    assert masked(line.format(path, path)) == line.format(shown, shown)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays_readable(text):
    assert masked(text) == text


def test_tracebacks_are_masked_too(migrated_app, caplog):
    try:
        {}["Key (email)=(kim@example.org) already exists at /anmeldung/GEHEIM"]
    except KeyError:
        logging.getLogger("chancendialog.somewhere").exception("trouble with %s", "/t/GEHEIM")

    assert "trouble with /t/…" in caplog.text
    assert "Key (email)=(…@…) already exists at /anmeldung/…" in caplog.text
    assert "in test_tracebacks_are_masked_too" in caplog.text


SERVERS = {
    "granian": "granian --interface wsgi --host 127.0.0.1 --port {port} --access-log wsgi:app",
    "gunicorn": "gunicorn --bind 127.0.0.1:{port} --access-logfile - wsgi:app",
    "werkzeug": "flask --app wsgi run --port {port}",
}


@contextmanager
def served(command, output, tmp_path):
    port = free_port()
    env = {"INSTANCE_PATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
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


@pytest.mark.parametrize("server", SERVERS)
def test_web_servers_log_no_keys(server, tmp_path):
    """Their access logs as they are when somebody switches them on; no tables are needed."""
    output = tmp_path / "log.txt"
    paths = [path for path in KEYS if path.startswith("/") and not path.startswith("//")]

    with served(SERVERS[server], output, tmp_path) as port:
        for path in paths:
            fetch(port, path)
        fetch(port, "/healthz?bis-hier")

    log = output.read_text()
    assert "/anmeldung/…" in log
    assert "/healthz" in log
    assert "GEHEIM" not in log
