"""Somebody tries the system on their own machine: examples, a sign-in, one command for all."""

import hashlib
import hmac
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from urllib.request import urlopen

from flask import current_app

from chancendialog import journal
from chancendialog.attendance import duty
from chancendialog.errors import DomainError
from chancendialog.operations import examples
from chancendialog.operations.loading import load
from chancendialog.programme import file, queries
from chancendialog.staff import accounts
from config import ROOT

SERIES = Path(file.__file__).with_name("series.toml")
DEMO_ACCOUNTS = {role: f"{role}@example.org" for role in ("office", "door", "admin")}


class NotATrial(DomainError):
    """Examples and demo accounts have no place in an installation."""

    message = "Das geht nur zum Ausprobieren, also mit einer PUBLIC_URL auf diesem Rechner."


def prepare() -> None:
    """Load the series and the examples into an empty database, and add demo accounts.

    The caller commits. Raises `NotATrial`.
    """
    if not current_app.config["IS_TRIAL"]:
        raise NotATrial
    if queries.is_empty():
        load(file.read(SERIES.read_text(), venues=set(), topics=set()))
        examples.add_examples()
    for role, email in DEMO_ACCOUNTS.items():
        if not accounts.datastore.find_user(email=email):
            account = accounts.add(email, role, password=demo_password())
            if role == "door":
                for event_session in queries.sessions(drafts=True):
                    duty.add(event_session, account, actor=journal.SYSTEM)


def demo_password() -> str:
    """The demo accounts' password: made from this trial's own key, stored nowhere."""
    key = current_app.config["SECRET_KEY"].encode()
    return "demo-" + hmac.digest(key, b"demo accounts", hashlib.sha256).hex()[:12]


def serve(port: int) -> int:
    """Run the web server and a worker until a signal or one of them ends; give the exit code."""
    children = [
        subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
                "--port", str(port), "--blocking-threads", "4", "--no-log", "wsgi:app",
            ],
            cwd=ROOT,
        ),
        subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=ROOT),
    ]  # fmt: skip

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        if _answers(port, children):
            print(greeting(), flush=True)
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    else:
        return 1
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


def _answers(port: int, children: list[subprocess.Popen[bytes]]) -> bool:
    """Wait until the web server serves, or one of the two has given up."""
    while all(child.poll() is None for child in children):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False


def greeting() -> str:
    """Where to look and how to sign in."""
    url = current_app.config["PUBLIC_URL"]
    lines = [
        "",
        f"  Programm            {url}",
        f"  Verwaltung          {url}/verwaltung/",
        *(
            f"    als {role:<14}  {email}  Passwort: {demo_password()}"
            for role, email in DEMO_ACCOUNTS.items()
        ),
    ]
    if not current_app.config["MAIL_SERVER"]:
        lines.append(f"  Entwicklungs-Postfach {url}/postfach/")
    return "\n".join([*lines, "", "  Beenden mit Strg+C", ""])
