"""The same evening on several dates, by what clocks in Hannover show."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from sqlalchemy import inspect

from chancendialog.clock import BERLIN
from chancendialog.extensions import db, new_ulid
from chancendialog.links import new_calendar_uid
from chancendialog.programme import addresses, planning
from chancendialog.programme.models import EventSession, SessionStatus

MOST = 52
MONTH = "month"  # on the same weekday, counted from the beginning of the month
RHYTHMS = (*(str(weeks) for weeks in range(1, 9)), MONTH)  # every so many weeks
OF_ITS_OWN = {
    "id", "ulid", "slug", "series_id", "venue_id", "starts_at", "ends_at", "status",
    "registration_opens_at", "registration_closes_at", "needs_until", "called_off_at",
    "archived_at",
    "booking_turn", "last_call_at", "ical_uid", "ical_sequence", "created_at", "changed_at",
}  # fmt: skip
"""What a copy does not take over."""


def dates(first: datetime, rhythm: str, number: int) -> list[datetime]:
    """So many walls' times from the first on. A fifth weekday of the month is its last one."""
    if rhythm != MONTH:
        return list(rrule(WEEKLY, dtstart=first, interval=int(rhythm), count=number))
    nth = (first.day - 1) // 7 + 1
    day = weekday(first.weekday(), nth if nth < 5 else -1)
    return list(rrule(MONTHLY, dtstart=first, byweekday=day, count=number))


def copied(event_session: EventSession) -> dict[str, Any]:
    """The columns of a session that are the same in a copy."""
    names = (column.key for column in inspect(EventSession).column_attrs)
    return {name: getattr(event_session, name) for name in names if name not in OF_ITS_OWN}


def repeat(
    event_session: EventSession, starts: Iterable[datetime], *, number: str, actor: str
) -> list[EventSession]:
    """Make a draft like this session for each of these moments.

    It lasts as long, and its registration opens and closes as long before. `number` is that of
    the form: the first draft is called so, and sending the form twice makes nothing new.
    """
    planning.queue_up(event_session.series)
    if any(db.session.query(EventSession.id).filter_by(ulid=number)):
        return []
    made = list[EventSession]()
    for starts_at in starts:
        ulid = new_ulid() if made else number
        one = EventSession(
            **copied(event_session),
            **_moments(event_session, starts_at),
            ulid=ulid,
            slug=addresses.propose(starts_at, event_session.title),
            ical_uid=new_calendar_uid("session", ulid),
            series=event_session.series,
            venue=event_session.venue,
            topics=list(event_session.topics),
            status=SessionStatus.DRAFT,
        )
        planning.add(one, actor=actor)
        made.append(one)
    return made


def _moments(event_session: EventSession, starts_at: datetime) -> dict[str, datetime | None]:
    """All of its moments, as far from the start on the clock as they were."""
    later = _wall(starts_at) - _wall(event_session.starts_at)

    def moved(moment: datetime | None) -> datetime | None:
        return moment and (_wall(moment) + later).replace(tzinfo=BERLIN)

    return {
        "starts_at": starts_at,
        "ends_at": moved(event_session.ends_at),
        "registration_opens_at": moved(event_session.registration_opens_at),
        "registration_closes_at": moved(event_session.registration_closes_at),
        "needs_until": moved(event_session.needs_until),
    }


def _wall(moment: datetime) -> datetime:
    return moment.astimezone(BERLIN).replace(tzinfo=None)
