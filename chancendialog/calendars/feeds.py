"""What calendar programs subscribe to or load: sessions, without anybody's name.

No METHOD, ORGANIZER or ATTENDEE, or programs begin to mail answers. Events of
public feeds are kept, so that of a thousand sessions only those that changed
are written anew.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from icalendar import Alarm, Calendar, vDuration, vText, vUri

from chancendialog.calendars.objects import (
    END,
    SESSIONS_KEPT,
    clean,
    event,
    new_calendar,
    title_of,
    to_bytes,
)
from chancendialog.i18n import gettext
from chancendialog.programme.facts import SessionFacts, facts_of
from chancendialog.programme.models import EventSession

REFRESH = timedelta(hours=4)
REMIND = timedelta(days=-1)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One registration, as the calendar of whoever made it shows it."""

    event_session: EventSession
    uid: str
    sequence: int
    changed_at: datetime
    waits: bool  # there is no seat yet that is theirs
    url: str  # of the session's public page


def feed(
    sessions: Iterable[EventSession],
    *,
    name: str,
    description: str,
    source: str,
    url: str,
    page_of: Callable[[EventSession], str],
    language: str = "de",
) -> bytes:
    """A calendar to subscribe to. The same sessions give the same bytes.

    `source` is the address of the feed itself, `url` that of the page about
    it (RFC 7986). A called-off session says so in its title as well, since
    some programs ignore STATUS.
    """
    calendar = _subscription(name, description, url)
    calendar.add("source", vUri(source), parameters={"VALUE": "URI"})
    return to_bytes(calendar, (_event(one, page_of(one), language) for one in sessions))


def personal_feed(
    entries: Iterable[Entry], *, name: str, description: str, url: str, language: str = "de"
) -> bytes:
    """One person's registrations to subscribe to.

    Who waits sees it in the title, and their time stays free. SOURCE is left
    out: it would hold the key, and events are passed on.
    """
    events = (_own_event(one, language) for one in entries)
    return to_bytes(_subscription(name, description, url), events)


def download(event_session: EventSession, *, url: str, language: str = "de") -> bytes:
    """One session as a file, for calendars that do not subscribe."""
    written = _event(event_session, url, language)
    return to_bytes(new_calendar(), [_with_alarm(written, event_session, language)])


def own_download(entry: Entry, *, language: str = "de") -> bytes:
    """One registration as a file: the event that its invitation brings, too."""
    written = _own_event(entry, language)
    return to_bytes(new_calendar(), [_with_alarm(written, entry.event_session, language)])


def _subscription(name: str, description: str, url: str) -> Calendar:
    calendar = new_calendar()
    for key in ("name", "x-wr-calname"):
        calendar.add(key, vText(clean(name)))
    for key in ("description", "x-wr-caldesc"):
        calendar.add(key, vText(clean(description)))
    calendar.add("x-wr-timezone", vText("Europe/Berlin"))
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    calendar.add("url", vUri(url))
    calendar.add("color", "teal")
    return calendar


def _event(event_session: EventSession, url: str, language: str) -> bytes:
    return _kept(
        facts_of(event_session, language),
        event_session.ical_uid,
        event_session.ical_sequence,
        event_session.changed_at,
        url,
        *_standing(off=event_session.is_called_off),
    )


def _own_event(entry: Entry, language: str) -> bytes:
    return _written(
        facts_of(entry.event_session, language),
        entry.uid,
        entry.sequence,
        entry.changed_at,
        entry.url,
        *_standing(off=entry.event_session.is_called_off, waits=entry.waits),
    )


def _standing(*, off: bool, waits: bool = False) -> tuple[str, str]:
    """STATUS, and what stands before the title for programs that ignore it."""
    if off:
        return "CANCELLED", gettext("ABGESAGT: ")
    return ("TENTATIVE", gettext("Warteliste: ")) if waits else ("CONFIRMED", "")


def _written(
    facts: SessionFacts,
    uid: str,
    sequence: int,
    changed_at: datetime,
    url: str,
    status: str,
    prefix: str,
) -> bytes:
    return event(
        facts,
        uid=uid,
        sequence=sequence,
        stamp=changed_at,
        modified=changed_at,
        url=url,
        status=status,
        prefix=prefix,
    )


_kept = lru_cache(SESSIONS_KEPT)(_written)


def _with_alarm(written: bytes, event_session: EventSession, language: str) -> bytes:
    """The event of a file reminds of itself the day before, unless there is nothing to come to.

    Programs that subscribe or are invited have their own ways to remind.
    """
    if event_session.is_called_off:
        return written
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title_of(facts_of(event_session, language)))
    alarm.add("trigger", REMIND)
    raw: bytes = alarm.to_ical()
    return written.removesuffix(END) + raw + END
