"""Sessions that need no database, and how another program reads what we make of them."""

from datetime import UTC, datetime, timedelta

import vobject

from chancendialog.calendars.feeds import Entry, download, feed, own_download, personal_feed
from chancendialog.calendars.invitations import Seat, cancellation, invitation
from chancendialog.clock import BERLIN
from chancendialog.programme.models import SessionStatus
from tests.factories import EventSessionFactory, TopicFactory

MADE = datetime(2026, 6, 1, 8, 15, 30, tzinfo=UTC)
PAGE = "https://termine.example.org/termine/abend"


def session(**facts):
    """An evening in October at seven, made up on a morning in June."""
    usual = {
        "slug": "abend",
        "starts_at": datetime(2026, 10, 7, 19, tzinfo=BERLIN),
        "created_at": MADE,
        "changed_at": MADE,
        "ical_uid": "session-1@termine.example.org",
        "ical_sequence": 0,
    }
    return EventSessionFactory.build(**(usual | facts))


def called_off(**facts):
    return session(status=SessionStatus.CALLED_OFF, ical_sequence=1, **facts)


def seat(**facts):
    usual = {
        "uid": "reg-1@termine.example.org",
        "sequence": 0,
        "stamp": MADE,
        "name": "Erika Mustermann",
        "email": "erika@example.org",
        "organizer": "termine@termine.example.org",
        "url": PAGE,
    }
    return Seat(**(usual | facts))


def entry(event_session=None, **facts):
    """A registration for that evening, made on the day after it was made up."""
    usual = {
        "uid": "reg-1@termine.example.org",
        "sequence": 0,
        "changed_at": MADE + timedelta(days=1),
        "waits": False,
        "url": PAGE,
    }
    return Entry(event_session=event_session or session(), **(usual | facts))


def personal_feed_of(*entries):
    return personal_feed(
        entries,
        name="Chancendialog Transformation: Meine Anmeldungen",
        description="Wofür Sie angemeldet sind",
        url="https://termine.example.org/kalender",
    )


def feed_of(*sessions, name="Chancendialog Transformation"):
    return feed(
        sessions,
        name=name,
        description="Öffentliche Abende",
        source="https://termine.example.org/kalender.ics",
        url="https://termine.example.org/kalender",
        page_of=lambda one: f"https://termine.example.org/termine/{one.slug}",
    )


def every_kind():
    """One of each file that we make, one after the other."""
    topics = TopicFactory.build_batch(3, title="Wohnen")
    one = session(topics=topics)
    return b"".join(
        [
            invitation(one, seat()),
            cancellation(one, seat(sequence=1)),
            download(one, url=PAGE),
            feed_of(one, called_off(topics=topics)),
            personal_feed_of(entry(one), entry(one, waits=True), entry(called_off())),
            own_download(entry(one)),
        ]
    )


def read(content):
    """As vobject reads it, which had no part in writing it."""
    return vobject.readOne(content.decode())


def summaries(content):
    """What a subscriber sees, in the order of the file."""
    return [event.summary.value for event in read(content).contents.get("vevent", [])]


def lines(content):
    """The content lines, unfolded."""
    return content.decode().replace("\r\n ", "").split("\r\n")[:-1]


def line(content, name):
    """The only line with this property of the only event."""
    (found,) = [one for one in event_lines(content) if one.startswith(name)]
    return found


def event_lines(content):
    """The lines of the first event, without its alarm."""
    every = lines(content)
    event = every[every.index("BEGIN:VEVENT") + 1 : every.index("END:VEVENT")]
    return event[: event.index("BEGIN:VALARM")] if "BEGIN:VALARM" in event else event


def names(content):
    """Which properties there are, components included, in the order of the file."""
    return [
        one if one.startswith(("BEGIN:", "END:")) else one.partition(":")[0].partition(";")[0]
        for one in lines(content)
    ]
