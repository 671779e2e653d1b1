"""The system as `make run` starts it, and a browser in front of it.

Needs a Chromium on this machine; without one, these tests are skipped and say so.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from mailbox import Maildir
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from chancendialog.clock import BERLIN
from chancendialog.i18n import SOURCE
from config import ROOT, Config
from tests.browser import pictures
from tests.browser.visitor import PATIENCE, VIEWS, View, Visitor

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NETWORKS = count(1)
TURNS = count()  # of the flows, in which
STRIDE = 29  # leads through all kinds of views soon: it has no factor in common with their number


RECORD = """async () => {
  const canvas = document.createElement("canvas"), brush = canvas.getContext("2d"), parts = []
  const recorder = new MediaRecorder(canvas.captureStream(10), {mimeType: "video/webm"})
  const over = new Promise(resolve => { recorder.onstop = resolve })
  recorder.ondataavailable = ({data}) => parts.push(data)
  recorder.start()
  for (let tenth = 0; tenth < 10; tenth++) {
    brush.fillStyle = `hsl(${tenth * 36} 60% 50%)`
    brush.fillRect(0, 0, canvas.width, canvas.height)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  recorder.stop()
  await over
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
  return btoa(String.fromCharCode(...bytes))
}"""


@dataclass(frozen=True)
class Trial:
    """A running system, and what it greeted with."""

    url: str
    accounts: dict[str, str]  # by role
    password: str
    database: Path
    mailbox: Maildir


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def film(browser, tmp_path_factory) -> Path:
    """A second of colours, as the browser itself records it, and its captions."""
    with browser.new_page() as page:
        recorded = page.evaluate(RECORD)
    path = tmp_path_factory.mktemp("film") / "film.webm"
    path.write_bytes(b64decode(recorded))
    path.with_suffix(".vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:01.000\nGuten Tag!\n", encoding="utf-8"
    )
    return path


@pytest.fixture(scope="package")
def trial(browser, film, tmp_path_factory) -> Iterator[Trial]:
    """The system on a free port, with examples, demo accounts and its worker."""
    folder = tmp_path_factory.mktemp("trial")
    port = _free_port()
    env = {name: value for name, value in os.environ.items() if name not in Config.__annotations__}
    env |= {
        "PORT": str(port),
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "only for tests",
        "DATABASE_URL": f"sqlite:///{folder}/trial.db",
        "SIGN_LANGUAGE_FILM": str(film),
        "TRUSTED_PROXIES": "1",  # so that not everybody comes from one network
    }
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    sessions = folder / "sessions.toml"
    sessions.write_text(_sessions())

    def run(*command: str) -> None:
        subprocess.run([*flask, *command], cwd=ROOT, env=env, check=True, capture_output=True)

    run("db", "upgrade")
    run("trial", "prepare")
    output = folder / "output.txt"
    with output.open("w") as file:
        server = subprocess.Popen(
            [*flask, "trial", "serve"], cwd=ROOT, env=env, stdout=file, stderr=file
        )
    try:
        trial = _greeted(server, output, folder)
        if pictures.ARE_WANTED:  # as `make run` shows it
            with browser.new_page(base_url=trial.url) as page:
                page.goto("/")
                pictures.photograph(page, pictures.DOCS / "programme.webp", height=1250)
        run("programme", "load", str(sessions))
        yield trial
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each flow goes through one view, and the next one through another; in a soak through all."""
    if "view" in metafunc.fixturenames:
        views = [
            view
            for view in VIEWS
            if "colleague" not in metafunc.fixturenames or view.language == SOURCE
        ]
        turn = next(TURNS) * STRIDE % len(views)
        metafunc.parametrize("view", views if os.environ.get("SOAK") else [views[turn]], ids=str)


@pytest.fixture
def resident(view: View, browser: Browser, trial: Trial) -> Iterator[Visitor]:
    """Somebody on a fresh device."""
    yield from _visit(view, browser, trial)


@pytest.fixture
def colleague(view: View, browser: Browser, trial: Trial) -> Iterator[Visitor]:
    """Somebody from the office, signed in."""
    for visitor in _visit(view, browser, trial):
        sign_in(visitor, trial)
        yield visitor


def _visit(view: View, browser: Browser, trial: Trial) -> Iterator[Visitor]:
    """Afterwards nothing may have been amiss, and the next one finds everything as it was."""
    number = next(NETWORKS)
    context = browser.new_context(
        base_url=trial.url,
        java_script_enabled=view.javascript,
        viewport={"width": view.width, "height": 640 if view.width < 800 else 800},
        color_scheme=view.scheme,
        reduced_motion="reduce",
        extra_http_headers=_network(number),
    )
    complaints = listen(context)
    letters = {*trial.mailbox.keys()}
    home = f"place{number}.example.org"
    yield Visitor(context.new_page(), view, home)
    for page in context.pages:
        Visitor(page, view).sees_everything()
    context.close()
    assert complaints == []
    _meddle(trial, "UPDATE registration SET status = 'withdrawn' WHERE email LIKE ?", f"%@{home}")
    for key in {*trial.mailbox.keys()} - letters:
        trial.mailbox.discard(key)


def from_elsewhere() -> dict[str, str]:
    """A network of one's own, as the proxy in front of us would name it."""
    return _network(next(NETWORKS))


def _network(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"198.18.{number // 256}.{number % 256}"}


def sign_in(visitor: Visitor, trial: Trial, role: str = "office") -> None:
    """Go through the sign-in page with what the greeting said."""
    visitor.page.goto("/verwaltung/")
    visitor.write("E-Mail-Adresse", trial.accounts[role])
    visitor.write("Passwort", trial.password)
    visitor.press("Anmelden")
    visitor.heading("Termine")


def listen(where: BrowserContext | Page) -> list[str]:
    """Collect what no page may do: ask another host, miss a file, break its own policy."""
    complaints = []

    def request(request) -> None:
        if urlsplit(request.url).hostname != "localhost":
            complaints.append(f"asked another host: {request.url}")

    def response(response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            complaints.append(f"{response.status}: {response.url}")

    def console(message) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load"):
            complaints.append(message.text)

    where.on("request", request)
    where.on("response", response)
    where.on("console", console)
    return complaints


def let_time_run_out(trial: Trial, email: str) -> None:
    """Nobody waits a day for an offer to expire: put its deadline into the past."""
    _meddle(
        trial,
        "UPDATE registration SET hold_until = datetime(hold_until, '-2 days') WHERE email = ?",
        email,
    )


def lose_letters(trial: Trial, email: str) -> None:
    """A trial's mailbox takes everything: say that a mail server did not."""
    _meddle(
        trial,
        "UPDATE outgoing_mail SET state = 'refused', last_error ="
        " '550 5.1.1 The email account that you tried to reach does not exist'"
        " WHERE recipient = ?",
        email,
    )


def move_close(trial: Trial, slug: str) -> None:
    """A soak takes longer than what is soon: let it be so near that nothing is held any more."""
    _meddle(
        trial,
        "UPDATE event_session SET starts_at = datetime('now', '+150 minutes') WHERE slug = ?",
        slug,
    )


def _meddle(trial: Trial, statement: str, whom: str) -> None:
    with closing(sqlite3.connect(trial.database, timeout=5)) as connection, connection:
        connection.execute(statement, [whom])


def _sessions() -> str:
    """A programme file with sessions for what the examples have not."""
    now = datetime.now(BERLIN).replace(tzinfo=None, second=0, microsecond=0)
    evening = (now + timedelta(days=28)).replace(hour=18, minute=0)
    soon = now + timedelta(minutes=150)
    sessions = [
        ("per-mail", "Hitze in der Stadt", evening, 40, "by-mail"),
        ("angebot", "Ein Platz für zwei", evening, 1, "direct"),
        ("frist", "Wer nicht antwortet", evening, 1, "direct"),
        ("gruppe", "Zu zweit", evening, 2, "direct"),
        ("bald", "Heute noch", soon, 1, "direct"),
        ("zugang", "Fragen und Antworten", evening, 3, "direct"),
        ("zugang-bald", "Gleich geht es los", soon, 1, "direct"),
    ]
    series = '[series]\nslug = "chancendialog-transformation"\ntitle = "Chancendialog"\n'
    return series + "".join(
        f"""
        [[sessions]]
        slug = "probe-{slug}"
        title = "Probe: {title}"
        starts_at = {starts_at.isoformat()}
        venue = "haus-der-region"
        capacity = {capacity}
        confirmation = "{confirmation}"
        """
        for slug, title, starts_at, capacity, confirmation in sessions
    )


def _greeted(server: subprocess.Popen, output: Path, folder: Path) -> Trial:
    """Wait for the greeting and read it as a person would."""
    for _tenth in range(PATIENCE * 10):
        said = output.read_text()
        if "Beenden mit Strg+C" in said:
            url = re.search(r"Programm +(\S+)", said)[1]
            known = re.findall(r"als (\w+) +(\S+) +Passwort: (\S+)", said)
            accounts = {role: email for role, email, _password in known}
            return Trial(
                url=url,
                accounts=accounts,
                password=known[0][2],
                database=folder / "trial.db",
                mailbox=Maildir(folder / "mailbox"),
            )
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"the trial did not start: {output.read_text()}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
