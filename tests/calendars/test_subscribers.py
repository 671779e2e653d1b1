"""Two programs that people subscribe with follow a feed over a real connection.

vdirsyncer fetches it and keeps a copy; khal shows what is in the copy, in
Hannover's time. Neither had a part in writing it.
"""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from chancendialog.clock import BERLIN
from chancendialog.extensions import db
from chancendialog.registration import booking, changes, personal_calendar
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory, VenueFactory

STAFF = "staff:1"
SERIES = "Chancendialog Transformation"
MARKET = "@ Stadtbibliothek, Am Markt 1, 12345 Musterstadt"
COPY = """
[general]
status_path = "{folder}/status"

[pair feed]
a = "site"
b = "copy"
collections = null

[storage site]
type = "http"
url = "{url}"

[storage copy]
type = "filesystem"
path = "{folder}/events"
fileext = ".ics"
"""
SHOW = """
[calendars]
[[feed]]
path = {folder}/events
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %d.%m.%Y
longdateformat = %d.%m.%Y
datetimeformat = %d.%m.%Y %H:%M
longdatetimeformat = %d.%m.%Y %H:%M
[sqlite]
path = {folder}/khal.db
"""


class Subscriber:
    """Somebody who has subscribed to a feed."""

    def __init__(self, folder: Path, url: str) -> None:
        self.copy, self.show = folder / "vdirsyncer.conf", folder / "khal.conf"
        self.copy.write_text(COPY.format(folder=folder, url=url))
        self.show.write_text(SHOW.format(folder=folder))
        self.environment = os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
        self._run("vdirsyncer", "-c", self.copy, "discover", said="y\n" * 3)

    def sees(self) -> list[str]:
        """Ask for news, and look at the coming years."""
        self._run("vdirsyncer", "-c", self.copy, "sync")
        return self._run(
            "khal", "-c", self.show, "list", "--day-format", "", "--once",
            "--format", "{start-long} – {end-time} {title} @ {location}",
            "01.01.2030", "1400d",
        ).splitlines()  # fmt: skip

    def _run(self, program: str, *arguments: object, said: str = "") -> str:
        path = Path(sys.executable).with_name(program)
        done = subprocess.run(
            [path, *map(str, arguments)],
            input=said,
            env=self.environment,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def site(app):
    """The site on a port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def subscribe(site, tmp_path):
    return lambda path: Subscriber(tmp_path, site + path)


def evening(title, *moment, **facts):
    return EventSessionFactory(title=title, starts_at=datetime(*moment, tzinfo=BERLIN), **facts)


def move(event_session, by, venue=None):
    changes.move(
        event_session,
        starts_at=event_session.starts_at + by,
        ends_at=event_session.ends_at + by,
        venue=venue or event_session.venue,
        actor=STAFF,
    )


def test_subscribers_see_what_comes_moves_is_called_off_and_disappears(subscribe):
    summer = evening("Sommer", 2030, 7, 1, 19)
    evening("Winter", 2030, 12, 4, 19)
    subscriber = subscribe("/kalender.ics")
    winter = f"04.12.2030 19:00 – 21:00 {SERIES}: Winter {MARKET}"

    begun = subscriber.sees()
    autumn = evening("Herbst", 2031, 10, 26, 19)
    db.session.commit()
    added = subscriber.sees()
    move(summer, timedelta(hours=1))
    move(autumn, timedelta(days=1), VenueFactory(name="Haus", street="Weg 2", city="Ort"))
    db.session.commit()
    moved = subscriber.sees()
    changes.call_off(summer, actor=STAFF)
    db.session.commit()
    called_off = subscriber.sees()
    changes.hide(autumn, actor=STAFF)
    db.session.commit()
    hidden = subscriber.sees()

    summer_once = f"01.07.2030 19:00 – 21:00 {SERIES}: Sommer {MARKET}"
    assert begun == [summer_once, winter]
    assert added == [
        summer_once,
        winter,
        f"26.10.2031 19:00 – 21:00 {SERIES}: Herbst {MARKET}",
    ]
    assert moved == [
        f"01.07.2030 20:00 – 22:00 {SERIES}: Sommer {MARKET}",
        winter,
        f"27.10.2031 19:00 – 21:00 {SERIES}: Herbst @ Haus, Weg 2, 12345 Ort",
    ]
    assert called_off == [
        f"01.07.2030 20:00 – 22:00 ABGESAGT: {SERIES}: Sommer {MARKET}",
        *moved[1:],
    ]
    assert hidden == called_off[:2]


def test_subscribers_see_the_hour_that_is_on_hannovers_clocks(subscribe):
    for local in [
        (2030, 3, 30, 23, 30),
        (2030, 3, 31, 1, 30),  # over the gap in spring
        (2030, 3, 31, 19),
        (2030, 10, 27, 1),  # one hour is there twice
        (2030, 10, 27, 19),
        (2030, 12, 31, 23),
    ]:
        start = datetime(*local, tzinfo=BERLIN).astimezone(UTC)
        EventSessionFactory(starts_at=start, ends_at=start + timedelta(hours=2))

    seen = subscribe("/kalender.ics").sees()

    assert [event.partition(f" {SERIES}")[0] for event in seen] == [
        "30.03.2030 23:30 – 01:30",
        "31.03.2030 01:30 – 04:30",
        "31.03.2030 19:00 – 21:00",
        "27.10.2030 01:00 – 02:00",
        "27.10.2030 19:00 – 21:00",
        "31.12.2030 23:00 – 01:00",
    ]


def test_a_personal_calendar_follows_whoever_owns_it(subscribe):
    seated, waiting = (
        RegistrationFactory(email="erika@example.org", event_session=one, status=status)
        for one, status in [
            (evening("Erster", 2030, 7, 1, 19), Status.CONFIRMED),
            (evening("Zweiter", 2030, 12, 4, 19, capacity=0, offers=False), Status.WAITING),
        ]
    )
    personal_calendar.begin(seated)
    db.session.commit()
    subscriber = subscribe(f"/kalender/mein/{personal_calendar.of(seated).key}.ics")

    begun = subscriber.sees()
    changes.resize(waiting.event_session, 1, actor=STAFF)
    move(seated.event_session, timedelta(minutes=30))
    db.session.commit()
    moved = subscriber.sees()
    booking.withdraw(seated)
    changes.call_off(waiting.event_session, actor=STAFF)
    db.session.commit()
    ended = subscriber.sees()

    assert begun == [
        f"01.07.2030 19:00 – 21:00 {SERIES}: Erster {MARKET}",
        f"04.12.2030 19:00 – 21:00 Warteliste: {SERIES}: Zweiter {MARKET}",
    ]
    assert moved == [
        f"01.07.2030 19:30 – 21:30 {SERIES}: Erster {MARKET}",
        f"04.12.2030 19:00 – 21:00 {SERIES}: Zweiter {MARKET}",
    ]
    assert ended == [f"04.12.2030 19:00 – 21:00 ABGESAGT: {SERIES}: Zweiter {MARKET}"]
