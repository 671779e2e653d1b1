"""What a change does to people, found out by doing it.

Whoever plans is shown it before it is done: the page makes the change, looks, and
takes it back with its transaction. So the forecast is the change itself and cannot
differ from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import EventSession
from chancendialog.registration import seats
from chancendialog.registration.models import (
    LIVE,
    Dispatch,
    DispatchRecipient,
    Registration,
    Status,
)


@dataclass(frozen=True, kw_only=True)
class Effects:
    """How many registrations a change touches, and in which way."""

    written: int  # get an e-mail
    to_call: int  # would get one, but left no address
    entries: int  # have an entry in their calendar that the e-mail changes or removes
    seated: int  # waited, and have a seat now
    offered: int  # waited, and are offered one now
    deadlines: int  # must click until another moment than they were told
    waiting: int  # wait as before

    @property
    def touch_somebody(self) -> bool:
        """Whether anybody notices; that some go on waiting is no effect."""
        return bool(self.written or self.to_call or self.seated or self.offered or self.deadlines)


class _Standing(NamedTuple):
    session_id: int
    thread: str
    has_address: bool
    status: Status
    hold_until: datetime | None


def effects_of(change: Callable[[], object], *sessions: EventSession) -> Effects:
    """Make a change to sessions and say what it does to their people.

    Takes their turns. The caller commits, or takes it all back with `only_read`. Eight
    queries, and the change itself.
    """
    for event_session in sorted(sessions, key=lambda one: one.id):
        seats.take_turn(event_session)
    before, dispatches, mails = _standing(sessions), _latest(Dispatch), _latest(OutgoingMail)
    change()
    db.session.flush()
    after = _standing(sessions)
    told = _told(since=dispatches) & after.keys()  # others may have written to their people
    threads = _mailed(since=mails)
    mailed = {one for one, now in after.items() if now.thread in threads}
    moved_on = {one for one, now in after.items() if now.status is not before[one].status}
    news_of = _sessions_with_news(since=dispatches)
    concerned = moved_on | {
        one for one, now in after.items() if now.session_id in news_of and now.status in LIVE
    }

    def of_the_waiting(now: Status) -> int:
        return sum(
            before[one].status is Status.WAITING and after[one].status is now for one in moved_on
        )

    return Effects(
        written=len(told | mailed),
        to_call=sum(not after[one].has_address for one in concerned),
        entries=sum(before[one].status is Status.CONFIRMED for one in told),
        seated=of_the_waiting(Status.CONFIRMED),
        offered=of_the_waiting(Status.OFFERED),
        deadlines=sum(
            after[one].hold_until != before[one].hold_until for one in after.keys() - moved_on
        ),
        waiting=sum(now.status is Status.WAITING for now in after.values()),
    )


def _standing(sessions: tuple[EventSession, ...]) -> dict[int, _Standing]:
    """How everybody who ever signed up stands, by id."""
    rows = db.session.execute(
        select(
            Registration.id,
            Registration.event_session_id,
            Registration.ulid,
            Registration.email,
            Registration.status,
            Registration.hold_until,
        ).where(Registration.event_session_id.in_([one.id for one in sessions]))
    )
    return {
        number: _Standing(event_session, f"registration:{ulid}", bool(email), status, hold_until)
        for number, event_session, ulid, email, status, hold_until in rows
    }


def _latest(table: type[Dispatch | OutgoingMail]) -> int:
    return db.session.scalar(select(func.max(table.id))) or 0


def _sessions_with_news(*, since: int) -> set[int]:
    return set(db.session.scalars(select(Dispatch.event_session_id).where(Dispatch.id > since)))


def _told(*, since: int) -> set[int]:
    """To whom the worker is going to write, by the registration's id."""
    later = DispatchRecipient.dispatch_id > since
    return set(db.session.scalars(select(DispatchRecipient.registration_id).where(later)))


def _mailed(*, since: int) -> set[str]:
    """The threads in which a letter was posted at once."""
    return set(db.session.scalars(select(OutgoingMail.thread).where(OutgoingMail.id > since)))
