"""Compare the list of a session's people with 20 000 registrations to one with 200, the control.

On SQLite, then on PostgreSQL; granian serves with one process of four threads,
and eight clients ask for either session by turns: for the list, sorted, deep
inside, and for whoever a search finds or nearly finds. A tenth wait, and
everybody with a seat is in, as on the day. What counts are the ratios.
"""

import tempfile
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import insert, select, text

from benchmarks.servers import environment, flask, rate, serving, take_turns
from benchmarks.sign_up import FORM, postgresql
from chancendialog import clock, create_app
from chancendialog.attendance.models import AttendanceMark
from chancendialog.extensions import db
from chancendialog.operations.trial import SERIES
from chancendialog.programme.models import EventSession
from chancendialog.registration import spelling
from chancendialog.registration.models import Registration, Status
from chancendialog.staff import accounts
from config import Config
from tests.browser_client import form_fields

ROUNDS, TIMES = 5, 40  # pages per round
SIZES = {"few": 200, "many": 20_000}
SERVER = "granian --interface wsgi --port {port} --blocking-threads 4 --no-log wsgi:app"
OFFICE, PASSWORD = "office@example.org", "only for benchmarks"
FIRST = "Anna Bülent Çağla Dörte Emre François İlker Jürgen Käthe Łukasz Renate Søren Yusuf Zoë"
LAST = "Bauer Becker Çelik Ebert Großmann Jäger Köhler Meyer Möller Müller Öztürk Weiß Yılmaz"
NAMES = [f"{first} {last}" for first, last in product(FIRST.split(), LAST.split())]
SESSION = """
[[sessions]]
slug = "{slug}"
title = "Ein Abend zum Messen"
description = "Dieser Abend findet nicht statt."
starts_at = {day}T19:00:00
ends_at = {day}T21:00:00
venue = "haus-der-region"
topics = ["mobilitaet"]
capacity = {seats}
"""


class Question(NamedTuple):
    """What is asked of either list: a query for few and many, and words looked for before."""

    few: str = ""
    many: str = ""
    words: str = ""


QUESTIONS = {
    "list": Question(),
    "by name": Question("?sortiert=name", "?sortiert=name"),
    "by size": Question("?sortiert=personen", "?sortiert=personen"),
    "who waits": Question("?stand=waiting", "?stand=waiting"),
    "page 300": Question("?seite=4", "?seite=300"),
    "search": Question(words="mueller zoe"),
    "did you mean": Question(words="Mulelrx"),
}


def main() -> None:
    """Print pages per second of each round and the ratios of the medians."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        compare("sqlite", Path(folder) / "sqlite", "")
        compare("postgresql", Path(folder) / "postgresql", url)


def compare(database: str, instance: Path, url: str) -> None:
    """Ask both sessions every question."""
    settings = environment(INSTANCE_PATH=str(instance), DATABASE_URL=url)
    prepare(instance, settings)
    with serving(SERVER, settings) as port:
        cookie = sign_in(port)
        for name, question in QUESTIONS.items():
            measures = {
                slug: partial(
                    measure,
                    port,
                    look_for(port, cookie, slug, question.words),
                    f"/verwaltung/termine/{slug}{query}",
                )
                for slug, query in (("few", question.few), ("many", question.many))
            }
            for warm_up in measures.values():
                warm_up(0)
            medians = take_turns(ROUNDS, measures, title=f"{database}, {name}  ")
            few, many = 1000 / medians["few"], 1000 / medians["many"]
            print(
                f"{database}, {name}: {SIZES['many']} / {SIZES['few']} people ="
                f" {many / few:.2f} times as long ({many:.1f} / {few:.1f} ms)",
                flush=True,
            )


def prepare(instance: Path, settings: dict[str, str]) -> None:
    """Make the tables, the two sessions with all their people, and an account."""
    day = clock.today() + timedelta(days=1)
    sessions = [SESSION.format(slug=slug, day=day, seats=seats) for slug, seats in SIZES.items()]
    instance.mkdir()
    file = instance / "programme.toml"
    file.write_text(SERIES.read_text() + "".join(sessions))
    flask(settings, "db", "upgrade")
    flask(settings, "programme", "load", str(file))
    with create_app(Config.from_environment(settings)).app_context():
        accounts.add(OFFICE, "office", password=PASSWORD)
        for slug in SIZES:
            fill(slug)
        db.session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE" if settings["DATABASE_URL"] else "ANALYZE"))


def fill(slug: str) -> None:
    """Let as many people sign up as there are seats, and let in whoever has one."""
    session_id = db.session.scalars(select(EventSession.id).where(EventSession.slug == slug)).one()
    rows = [person(session_id, number) for number in range(SIZES[slug])]
    db.session.execute(insert(Registration), rows)
    seated = select(Registration.id).where(
        Registration.event_session_id == session_id, Registration.status == Status.CONFIRMED
    )
    marks = [
        {"operation": f"benchmark-{number}", "registration_id": number, "people": 1, "actor": "x"}
        for number in db.session.scalars(seated)
    ]
    db.session.execute(insert(AttendanceMark), marks)


def person(session_id: int, number: int) -> dict[str, object]:
    """Everybody has a name of many; every tenth waits, every tenth has left."""
    name, email = NAMES[number * 7 % len(NAMES)], f"p{number}@example.org"
    return {
        "event_session_id": session_id,
        "name": name,
        "email": email,
        "sort_key": spelling.sort_key(name),
        "search_key": spelling.search_key(name, email),
        "party_size": 1 + number % 4,
        "status": {3: Status.WAITING, 7: Status.WITHDRAWN}.get(number % 10, Status.CONFIRMED),
        "registered_at": clock.now() + timedelta(seconds=number),
        "ical_uid": f"{session_id}-{number}",
    }


def sign_in(port: int) -> str:
    """The cookie of somebody in the office."""
    page, cookie = ask(port, "/verwaltung/anmelden")
    fields = form_fields(page) | {"email": OFFICE, "password": PASSWORD}
    _page, signed_in = ask(port, "/verwaltung/anmelden", cookie, fields)
    return signed_in


def look_for(port: int, cookie: str, slug: str, words: str) -> str:
    """The cookie of the same person, who has looked for somebody."""
    if not words:
        return cookie
    address = f"/verwaltung/termine/{slug}"
    page, cookie = ask(port, address, cookie)
    _page, found = ask(port, address, cookie, form_fields(page) | {"suche": words})
    return found


def ask(
    port: int, address: str, cookie: str = "", fields: dict[str, str] | None = None
) -> tuple[str, str]:
    """Read a page or send a form; its text, and the cookie from then on."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Cookie": cookie}
    if fields is None:
        connection.request("GET", address, headers=headers)
    else:
        connection.request("POST", address, urlencode(fields), headers | {"Content-Type": FORM})
    answer = connection.getresponse()
    page = answer.read().decode()
    assert answer.status in ((200,) if fields is None else (302, 303)), answer.status
    return page, kept(answer) or cookie


def kept(answer: HTTPResponse) -> str:
    """The cookie that an answer sets."""
    return (answer.headers["Set-Cookie"] or "").partition(";")[0]


def measure(port: int, cookie: str, page: str, number: int) -> float:
    """Pages per second."""

    def read(connection: HTTPConnection, address: str) -> None:
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, f"{address}: {answer.status}"

    return rate(port, read, [page] * TIMES)


if __name__ == "__main__":
    main()
