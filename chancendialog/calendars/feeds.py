"""What calendar programs subscribe to: sessions, without anybody's name.

No METHOD, ORGANIZER or ATTENDEE, or programs begin to mail answers.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from icalendar import vDuration, vText, vUri

from chancendialog.calendars.objects import clean, event, new_calendar, to_bytes
from chancendialog.programme.models import EventSession

REFRESH = timedelta(hours=4)


def feed(
    sessions: Iterable[EventSession],
    *,
    name: str,
    description: str,
    source: str,
    url: str,
    page_of: Callable[[EventSession], str],
) -> bytes:
    """A calendar to subscribe to. The same sessions give the same bytes.

    `source` is the address of the feed itself, `url` that of the page about
    it (RFC 7986). A called-off session says so in its title as well, since
    some programs ignore STATUS.
    """
    calendar = new_calendar()
    for key in ("name", "x-wr-calname"):
        calendar.add(key, vText(clean(name)))
    for key in ("description", "x-wr-caldesc"):
        calendar.add(key, vText(clean(description)))
    calendar.add("x-wr-timezone", vText("Europe/Berlin"))
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    calendar.add("source", vUri(source), parameters={"VALUE": "URI"})
    calendar.add("url", vUri(url))
    calendar.add("color", "teal")
    return to_bytes(calendar, (_event(one, page_of(one)) for one in sessions))


def download(event_session: EventSession, *, url: str) -> bytes:
    """One session as a file, for calendars that do not subscribe."""
    return to_bytes(new_calendar(), [_event(event_session, url)])


def _event(event_session: EventSession, url: str) -> bytes:
    off = event_session.is_called_off
    return event(
        event_session,
        uid=event_session.ical_uid,
        sequence=event_session.ical_sequence,
        stamp=event_session.changed_at,
        modified=event_session.changed_at,
        url=url,
        status="CANCELLED" if off else "CONFIRMED",
        prefix="ABGESAGT: " if off else "",
    )
