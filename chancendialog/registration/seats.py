"""The turn, how many seats are free, and how long one is held.

Seats taken are derived from rows, never counted up and down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast

from flask_babel import lazy_gettext as _
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    inspect,
    or_,
    select,
    update,
)

from chancendialog import clock, house
from chancendialog.errors import DomainError
from chancendialog.extensions import UTCDateTime, db
from chancendialog.house import Period
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration.models import HELD, LIVE_ONES, Registration, Status

HOLD = timedelta(hours=24)
SHORTER_WITHIN = timedelta(hours=48)  # of the start
NOTHING_HELD_WITHIN = timedelta(hours=3)  # of the start
LEAST_HOLD = timedelta(minutes=30)
CALL_LASTS = timedelta(minutes=30)  # before newcomers may take what is left
NIGHT_BEGINS, NIGHT_ENDS = time(21), time(8)  # in Hannover


class Erased(DomainError):
    """Nobody is behind this registration any more."""

    message = _("Diese Anmeldung ist gelöscht. Melden Sie sich noch einmal an.")


# Statements of the sign-up are built once: building them takes as long as running them.
_SESSION = cast("Table", EventSession.__table__)
_TURN = update(_SESSION).values(booking_turn=_SESSION.c.booking_turn + 1)
_TURN_OF = _TURN.where(_SESSION.c.id == bindparam("session_id"))
_TURN_AT = _TURN.where(
    _SESSION.c.slug == bindparam("address"), _SESSION.c.status != SessionStatus.DRAFT
).returning(_SESSION.c.id)


def take_turn(event_session: EventSession) -> None:
    """Let the changes to one session's seats happen one after the other.

    Writing to the session's row makes the database hold back every other
    change until this transaction ends, on PostgreSQL and on SQLite; `SELECT …
    FOR UPDATE` would be dropped silently on SQLite. Everything that was read
    before is stale now: the session is read again here with its venue and all
    that letters tell of it, registrations by whoever needs them, with `again()`.
    Whoever has the turn keeps it until the transaction ends; there are no savepoints
    in which it could be lost before.
    """
    (session_id,) = inspect(event_session).identity or (event_session.id,)
    if _is_ours(session_id):
        db.session.flush()  # what was done in it so far can be read again, too
    else:
        db.session.execute(_TURN_OF, {"session_id": session_id})
        _read_in_turn(session_id)


def take_turns(*sessions: EventSession) -> None:
    """Take several turns. By ascending id, or two people could wait for each other for ever."""
    by_id = {(inspect(one).identity or (one.id,))[0]: one for one in sessions}
    for session_id in sorted(by_id):
        take_turn(by_id[session_id])


def turn_at(slug: str) -> EventSession | None:
    """Take the turn of the session that a public address names; None if it names none."""
    session_id = db.session.scalar(_TURN_AT, {"address": slug})
    return _read_in_turn(session_id) if session_id else None


def _read_in_turn(session_id: int) -> EventSession:
    """Remember that this transaction has the turn, and read the session anew."""
    transaction = db.session().get_transaction()
    holder, ours = db.session.info.get("turns", (None, frozenset()))
    ours = ours if holder is transaction else frozenset()
    db.session.info["turns"] = (transaction, ours | {session_id})
    return queries.as_it_is_now(session_id)


def _is_ours(session_id: int) -> bool:
    """Whether this transaction has the turn: no seat can have changed hands since."""
    holder, ours = db.session.info.get("turns", (None, frozenset()))
    return holder is db.session().get_transaction() and session_id in ours


def again(registration: Registration) -> Registration:
    """The registration as it is now, after the turn was taken. Raises `Erased`."""
    db.session.refresh(registration)
    if registration.erased_at:
        raise Erased
    return registration


@dataclass(frozen=True)
class Numbers:
    """How full a session is, in people, and who waits for it."""

    capacity: int
    call_is_over: bool = False  # those called shortly before the start had their half hour
    list_is_open: bool = True
    list_limit: int | None = None  # people
    taken: int = 0  # with a seat or one held for them
    held: int = 0  # those of them who must still click
    waiting: int = 0
    parties_waiting: int = 0
    smallest_waiting: int = 0  # people in the smallest of these parties; 0 if nobody waits
    overdue: int = 0  # registrations whose hold has run out and nobody has noted it

    @property
    def free(self) -> int:
        """How many people could still be seated; 0 when staff overbooked on purpose."""
        return max(0, self.capacity - self.taken)

    @property
    def somebody_fits(self) -> bool:
        """Whether a seat is free that somebody who waits could have."""
        return 0 < self.smallest_waiting <= self.free

    def can_queue(self, party_size: int = 1) -> bool:
        """Whether the waiting list is on and has room for so many more people."""
        fits = self.list_limit is None or self.waiting + party_size <= self.list_limit
        return self.list_is_open and fits

    @property
    def for_newcomers(self) -> int:
        """Seats that somebody new may take: none while anyone waits, but what a call has left."""
        return self.free if not self.waiting or self.call_is_over else 0


def _counted(which: ColumnElement[bool]) -> Select[int, int, int, int, int, int, int]:
    """The numbers of sessions by id, in the order of the fields of `Numbers`."""
    size, now = Registration.party_size, bindparam("now", type_=UTCDateTime())
    waits = Registration.status == Status.WAITING
    held = and_(Registration.status.in_(HELD), Registration.hold_until > now)
    overdue = and_(Registration.status.in_(HELD), Registration.hold_until <= now)
    return (
        select(
            Registration.event_session_id,
            func.sum(case((or_(Registration.status == Status.CONFIRMED, held), size), else_=0)),
            func.sum(case((held, size), else_=0)),
            func.sum(case((waits, size), else_=0)),
            func.count(case((waits, 1))),
            func.coalesce(func.min(case((waits, size))), 0),
            func.count(case((overdue, 1))),
        )
        .where(which, LIVE_ONES)
        .group_by(Registration.event_session_id)
    )


_COUNTED = _counted(Registration.event_session_id.in_(bindparam("ids", expanding=True)))
_COUNTED_IN_ONE = _counted(Registration.event_session_id == bindparam("session_id"))


def numbers(sessions: Iterable[EventSession]) -> dict[int, Numbers]:
    """The numbers of each session, by its id. One query for any number of them."""
    by_id = {one.id: one for one in sessions}
    rows = db.session.execute(_COUNTED, {"ids": list(by_id), "now": clock.now()})
    counted = {number: row for number, *row in rows}
    return {number: _numbers(one, counted.get(number, [])) for number, one in by_id.items()}


def numbers_of(event_session: EventSession, at: datetime | None = None) -> Numbers:
    """The numbers of one session; holds are those that have not run out at this moment, or now."""
    facts = {"session_id": event_session.id, "now": at or clock.now()}
    _id, *counted = db.session.execute(_COUNTED_IN_ONE, facts).first() or [event_session.id]
    return _numbers(event_session, counted)


def _numbers(event_session: EventSession, counted: Sequence[Any]) -> Numbers:
    return Numbers(
        event_session.capacity,
        call_is_over(event_session),
        event_session.waiting_list,
        event_session.waiting_list_limit,
        *map(int, counted),
    )


def call_is_over(event_session: EventSession) -> bool:
    """Whether those who were called had their half hour and newcomers may take what is left."""
    called_at = event_session.last_call_at
    return called_at is not None and called_at + CALL_LASTS <= clock.now()


def hold_ends_at(event_session: EventSession) -> datetime | None:
    """Until when a seat given away now is held for whoever must click; None: not at all.

    24 hours, or half of what is left when that is less than 48 (WCAG 2.2.1
    asks for more than 20 hours where there is time). Nobody's time runs out at
    night, between 21:00 and 8:00 in Hannover, and nothing is held in the last
    three hours before the start. Less than half an hour is no time to decide.
    """
    now = clock.now()
    left = event_session.starts_at - now
    ends_at = _after_the_night(now + (HOLD if left >= SHORTER_WITHIN else left / 2))
    ends_at = min(ends_at, event_session.starts_at - NOTHING_HELD_WITHIN)
    if ends_at - now < LEAST_HOLD:
        return None
    return ends_at.replace(second=0, microsecond=0)  # as people read it


def forgotten_at(registration: Registration) -> datetime:
    """When one that `goes_early` is erased: so many days after its deadline or its correction.

    Who joined a queue and must click has as long as for a seat.
    """
    deadline = registration.hold_until or registration.registered_at + HOLD
    if registration.is_corrected_away:
        deadline = registration.changed_at  # nothing happens to it after that
    return deadline + timedelta(days=house.days(Period.UNCONFIRMED))


def is_forgotten(at: datetime, days: int | None = None) -> ColumnElement[bool]:
    """The same for a query: whether that moment has come, or would have with so many days."""
    if days is None:
        days = house.days(Period.UNCONFIRMED)
    deadline = at - timedelta(days=days)
    went_elsewhere = Registration.is_corrected_away
    return and_(
        Registration.goes_early,
        or_(
            and_(went_elsewhere, Registration.changed_at <= deadline),
            and_(~went_elsewhere, Registration.hold_until <= deadline),
            and_(
                ~went_elsewhere,
                Registration.hold_until.is_(None),
                Registration.registered_at <= deadline - HOLD,
            ),
        ),
    )


def _after_the_night(moment: datetime) -> datetime:
    local = moment.astimezone(clock.BERLIN)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return moment
    morning = local.date() + timedelta(days=local.time() >= NIGHT_BEGINS)
    return datetime.combine(morning, NIGHT_ENDS, clock.BERLIN).astimezone(moment.tzinfo)
