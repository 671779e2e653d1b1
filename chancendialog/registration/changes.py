"""A session moved, grew or was called off: tell and seat everyone affected.

Pages and the programme file both come through here, so that nobody is moved
without a letter.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import select

from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.links import mail_domain
from chancendialog.mailing.letter import Letter
from chancendialog.programme import planning
from chancendialog.programme.models import EventSession, SessionStatus, Venue
from chancendialog.registration import letters, seats
from chancendialog.registration.letters import Told, tell
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.waiting_list import seat_the_waiting


class PeopleAreRegistered(DomainError):
    """A session with registrations cannot become a draft again."""

    message = "Es gibt schon Anmeldungen. Sagen Sie die Veranstaltung ab, statt sie zu verbergen."


def move(
    event_session: EventSession,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    venue: Venue,
    actor: str,
) -> None:
    """Give a session another time or place, and tell everybody who has a seat or waits."""
    seats.take_turn(event_session)
    before = _as_told(event_session)
    planning.move(event_session, starts_at=starts_at, ends_at=ends_at, venue=venue, actor=actor)
    _tell_of_move(event_session, before)


def move_house(venue: Venue, sessions: list[EventSession], *, actor: str, **fields: str) -> None:
    """Correct a venue's name or address: a move for each of its sessions to come."""
    ahead = [one for one in sorted(sessions, key=lambda one: one.id) if not one.has_begun]
    for event_session in ahead:
        seats.take_turn(event_session)
    before = {one.id: _as_told(one) for one in ahead}
    for name, value in fields.items():
        setattr(venue, name, value)
    for one in ahead:
        planning.move(one, starts_at=one.starts_at, ends_at=one.ends_at, venue=venue, actor=actor)
        _tell_of_move(one, before[one.id])


def resize(event_session: EventSession, capacity: int, *, actor: str) -> None:
    """Change the capacity; a larger room seats who waits, a smaller one throws nobody out."""
    seats.take_turn(event_session)
    planning.resize(event_session, capacity, actor=actor)
    db.session.flush()
    seat_the_waiting(event_session)


def call_off(event_session: EventSession, *, actor: str) -> None:
    """The session does not take place: tell everybody, and their calendars."""
    seats.take_turn(event_session)
    planning.set_status(event_session, SessionStatus.CALLED_OFF, actor=actor)
    if event_session.has_begun:
        return
    for registration in _live(event_session):
        registration.ical_sequence += 1
        invited = letters.was_invited(registration)
        tell(registration, partial(letters.called_off, invited=invited))


def reinstate(event_session: EventSession, *, actor: str) -> None:
    """It takes place after all. Calendars forget a cancelled UID, so each seat gets a new one."""
    seats.take_turn(event_session)
    planning.set_status(event_session, SessionStatus.PUBLISHED, actor=actor)
    for registration in _live(event_session):
        registration.ical_uid = f"reg-{new_ulid().lower()}@{mail_domain()}"
        registration.ical_sequence = 0
        tell(registration, _state(registration))
    db.session.flush()
    seat_the_waiting(event_session)


def publish(event_session: EventSession, *, actor: str) -> None:
    """Let the public see a draft."""
    seats.take_turn(event_session)
    planning.set_status(event_session, SessionStatus.PUBLISHED, actor=actor)


def hide(event_session: EventSession, *, actor: str) -> None:
    """Make a session a draft again; raises `PeopleAreRegistered`."""
    seats.take_turn(event_session)
    if _live(event_session):
        raise PeopleAreRegistered
    planning.set_status(event_session, SessionStatus.DRAFT, actor=actor)


def _tell_of_move(event_session: EventSession, before: Told) -> None:
    """An unsent confirmation stays one, with the new facts; others read old and new."""
    if event_session.has_begun or event_session.status is not SessionStatus.PUBLISHED:
        return
    for registration in _live(event_session):
        registration.ical_sequence += 1
        seated = registration.status is Status.CONFIRMED
        if letters.was_invited(registration) if seated else letters.was_told(registration):
            tell(registration, partial(letters.moved, before=before, seated=seated))
        else:
            tell(registration, _state(registration))


def _state(registration: Registration) -> Callable[[Registration], Letter]:
    return letters.confirmed if registration.status is Status.CONFIRMED else letters.waiting


def _live(event_session: EventSession) -> list[Registration]:
    return list(
        db.session.scalars(
            select(Registration)
            .where(
                Registration.event_session_id == event_session.id,
                Registration.status.in_([Status.CONFIRMED, Status.WAITING]),
            )
            .order_by(Registration.registered_at, Registration.id)
            .execution_options(populate_existing=True)
        )
    )


def _as_told(event_session: EventSession) -> Told:
    venue = event_session.venue
    place = f"{venue.name}, {venue.address}"
    return Told(event_session.starts_at, event_session.ends_at, place)
