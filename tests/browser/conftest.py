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
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from chancendialog.clock import BERLIN
from config import ROOT, Config

TOO_FAST = 3100  # milliseconds after which a form believes that a person filled it in
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NETWORKS = count(1)
PATIENCE = 60  # seconds until the server must have greeted us, and letters must have come


@dataclass(frozen=True)
class Trial:
    """A running system, and what it greeted with."""

    url: str
    accounts: dict[str, str]  # by role
    password: str
    database: Path


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
def trial(browser, tmp_path_factory) -> Iterator[Trial]:
    """The system on a free port, with examples, demo accounts and its worker."""
    folder = tmp_path_factory.mktemp("trial")
    port = _free_port()
    env = {name: value for name, value in os.environ.items() if name not in Config.__annotations__}
    env |= {
        "PORT": str(port),
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "only for tests",
        "DATABASE_URL": f"sqlite:///{folder}/trial.db",
        "TRUSTED_PROXIES": "1",  # so that not everybody comes from one network
    }
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    sessions = folder / "sessions.toml"
    sessions.write_text(_sessions())
    commands = (["db", "upgrade"], ["trial", "prepare"], ["programme", "load", str(sessions)])
    for command in commands:
        subprocess.run([*flask, *command], cwd=ROOT, env=env, check=True, capture_output=True)
    output = folder / "output.txt"
    with output.open("w") as file:
        server = subprocess.Popen(
            [*flask, "trial", "serve"], cwd=ROOT, env=env, stdout=file, stderr=file
        )
    try:
        yield _greeted(server, output, folder / "trial.db")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)


@pytest.fixture
def resident(browser, trial) -> Iterator[Page]:
    """A page of somebody without JavaScript, on a fresh device."""
    context = browser.new_context(
        base_url=trial.url, java_script_enabled=False, extra_http_headers=from_elsewhere()
    )
    complaints = listen(context)
    yield context.new_page()
    context.close()
    assert complaints == []


@pytest.fixture
def colleague(browser, trial) -> Iterator[Page]:
    """A page of somebody from the office, signed in, without JavaScript."""
    context = browser.new_context(
        base_url=trial.url, java_script_enabled=False, extra_http_headers=from_elsewhere()
    )
    complaints = listen(context)
    yield sign_in(context.new_page(), trial)
    context.close()
    assert complaints == []


def from_elsewhere() -> dict[str, str]:
    """A network of one's own, as the proxy in front of us would name it."""
    return {"X-Forwarded-For": f"192.0.2.{next(NETWORKS)}"}


def sign_in(page: Page, trial: Trial, role: str = "office") -> Page:
    """Go through the sign-in page with what the greeting said."""
    page.goto("/verwaltung/")
    page.get_by_label("E-Mail").fill(trial.accounts[role])
    page.get_by_label("Passwort").fill(trial.password)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.get_by_role("heading", level=1, name="Termine").wait_for()
    return page


def fill_in(page: Page, name: str, email: str, people: int = 1, also: str = "") -> Page:
    """Fill in the sign-up form, at the pace of a person."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("1 Person" if people == 1 else f"{people} Personen").check()
    if also:
        page.get_by_label(also).check()
    return page


def send(page: Page) -> Page:
    """Press the form's first button."""
    page.locator("main form[method=post] button").first.click()
    return page


def open_letter(page: Page, recipient: str, subject: str) -> Page:
    """Wait in the development mailbox for a letter, and open it."""
    page.goto("/postfach/")
    row = page.get_by_role("row").filter(has_text=recipient).filter(has_text=subject)
    for _tenth in range(PATIENCE * 10):
        if row.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    row.get_by_role("link").click()
    return page


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


def _meddle(trial: Trial, statement: str, email: str) -> None:
    with closing(sqlite3.connect(trial.database, timeout=5)) as connection, connection:
        connection.execute(statement, [email])


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


def _greeted(server: subprocess.Popen, output: Path, database: Path) -> Trial:
    """Wait for the greeting and read it as a person would."""
    for _tenth in range(PATIENCE * 10):
        said = output.read_text()
        if "Beenden mit Strg+C" in said:
            url = re.search(r"Programm +(\S+)", said)[1]
            known = re.findall(r"als (\w+) +(\S+) +Passwort: (\S+)", said)
            accounts = {role: email for role, email, _password in known}
            return Trial(url=url, accounts=accounts, password=known[0][2], database=database)
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"the trial did not start: {output.read_text()}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
