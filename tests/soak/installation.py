"""The system as its operators run it: processes that share one database, on this machine only.

Each leads a process group of its own and is ended through it, for granian has
children. Nothing else is ever signalled.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPException
from urllib.request import urlopen

from flask_migrate import upgrade
from sqlalchemy import text

from chancendialog import create_app
from chancendialog.extensions import db
from config import ROOT, Config

MISHAP = re.compile(r"(Traceback|unforeseen|not reached).{,3000}", re.DOTALL)
PORTS = iter(random.SystemRandom().sample(range(20000, 32000), 1000))  # those begin at 32768
PATIENCE = 60  # seconds until something that must happen counts as not happening


class Running:
    """A process of ours and all it has started."""

    def __init__(self, kind, command, environment, log, port=None):
        self.kind, self.command, self.environment, self.log = kind, command, environment, log
        self.port = port
        with log.open("ab") as output:
            self.leader = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def end(self):
        """`kill -9` to the whole group; gives the leader's exit code."""
        if self.leader.returncode is None:  # not reaped yet, so the number is still its own
            os.killpg(self.leader.pid, signal.SIGKILL)
        return self.leader.wait(PATIENCE)

    def kill(self):
        """The same, to somebody who is well: who has ended before has had an accident."""
        assert self.end() == -signal.SIGKILL, f"{self.kind} ended by itself:\n{self.said()[-3000:]}"

    def again(self):
        """Its successor."""
        return Running(self.kind, self.command, self.environment, self.log, self.port)

    def said(self):
        return self.log.read_text(errors="replace")


class Installation:
    """One database with its own migrations, an app here in the test, and processes beside it."""

    def __init__(self, folder, database_url):
        settings = {
            "SECRET_KEY": "only for tests",
            "DATABASE_URL": database_url,
            "INSTANCE_PATH": str(folder),
            "TRUSTED_PROXIES": "1",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(port_of_its_own()),
            "MAIL_DEFAULT_SENDER": "Haus der Region <termine@termine.example.org>",
        }
        others = {
            name: value for name, value in os.environ.items() if name not in Config.__annotations__
        }
        self.folder, self.environment = folder, others | settings
        self.config = Config.from_environment(settings)
        self.running = []
        self.app = create_app(self.config)
        with self.app.app_context():
            upgrade()

    def serve(self):
        """Start a web server; it may be asked once `answers()` has come back."""
        port = port_of_its_own()
        command = (
            f"granian --interface wsgi --port {port} --blocking-threads 2 --log-level warning"
            " wsgi:app"
        )
        self._start("web", command, port)

    def hire(self):
        """Start a worker."""
        self._start("worker", "flask --app wsgi worker")

    def dismiss(self):
        """Kill all workers, too; says how many."""
        workers = [one for one in self.running if one.kind == "worker"]
        for one in workers:
            one.kill()
            self.running.remove(one)
        return len(workers)

    def _start(self, kind, command, port=None):
        log = self.folder / f"{kind}.log"
        self.running.append(Running(kind, command.split(), self.environment, log, port))

    @property
    def ports(self):
        """Where the web servers listen, or will again in a moment."""
        return [one.port for one in self.running if one.port]

    def answers(self):
        """Wait until every web server does."""
        for server in [one for one in self.running if one.port]:
            deadline = time.monotonic() + PATIENCE
            while not _answers(server.port):
                assert time.monotonic() < deadline, f"no web server:\n{server.said()[-3000:]}"
                time.sleep(0.05)

    def replace(self, number):
        """Kill one of the processes and start its successor at once."""
        self.running[number].kill()
        self.running[number] = self.running[number].again()

    def work_once(self):
        """`flask worker --once`, which must not stumble over anything."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--once"],
            cwd=ROOT, env=self.environment, timeout=PATIENCE * 5, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr[-3000:]

    def mishaps(self):
        """What processes said that nobody wants to read, and what the database says of deadlocks."""
        said = [
            found[0]
            for log in self.folder.glob("*.log")
            if (found := MISHAP.search(log.read_text(errors="replace")))
        ]
        if db.engine.dialect.name == "postgresql":
            deadlocks = text(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            )
            said += ["a deadlock"] * db.session.scalar(deadlocks)
        return said

    def close(self):
        """End every process that is left."""
        for one in self.running:
            one.end()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def port_of_its_own():
    """A free port, never the same twice, and none that Linux gives to outgoing connections."""
    for port in PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def _answers(port):
    try:
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except (OSError, HTTPException):
        return False
    return True
