"""The turn, and how many seats are free.

Seats taken are derived from rows, never counted up and down.
"""

from collections.abc import Iterable

from sqlalchemy import func, select, update

from chancendialog.extensions import db
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Registration, Status


def take_turn(event_session: EventSession) -> None:
    """Let the changes to one session's seats happen one after the other.

    Writing to the session's row makes the database hold back every other
    change until this transaction ends, on PostgreSQL and on SQLite; `SELECT …
    FOR UPDATE` would be dropped silently on SQLite. Everything that was read
    before is stale now: the session is read again here, registrations by
    whoever needs them, with `again()`.
    """
    db.session.execute(
        update(EventSession)
        .where(EventSession.id == event_session.id)
        .values(booking_turn=EventSession.booking_turn + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(event_session)


def again(registration: Registration) -> Registration:
    """The registration as it is now, after the turn was taken."""
    db.session.refresh(registration)
    return registration


def seats_taken(event_session: EventSession) -> int:
    """How many people have a seat."""
    return _people(Status.CONFIRMED, [event_session.id]).get(event_session.id, 0)


def people_waiting(event_session: EventSession) -> int:
    """How many people wait."""
    return _people(Status.WAITING, [event_session.id]).get(event_session.id, 0)


def free_seats(event_session: EventSession) -> int:
    """How many people could still be seated; 0 when staff overbooked on purpose."""
    return max(0, event_session.capacity - seats_taken(event_session))


def numbers(sessions: Iterable[EventSession]) -> dict[int, tuple[int, int]]:
    """People with a seat and people waiting, by session id. Two queries for any number."""
    ids = [event_session.id for event_session in sessions]
    taken, waiting = _people(Status.CONFIRMED, ids), _people(Status.WAITING, ids)
    return {one: (taken.get(one, 0), waiting.get(one, 0)) for one in ids}


def availability(sessions: Iterable[EventSession]) -> dict[int, tuple[int, int]]:
    """Free seats and people waiting by session id. Two queries for any number."""
    sessions = list(sessions)
    known = numbers(sessions)
    return {one.id: (max(0, one.capacity - known[one.id][0]), known[one.id][1]) for one in sessions}


def _people(status: Status, session_ids: list[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Registration.event_session_id, func.sum(Registration.party_size))
        .where(Registration.event_session_id.in_(session_ids), Registration.status == status)
        .group_by(Registration.event_session_id)
    )
    return {session_id: int(people) for session_id, people in rows}
