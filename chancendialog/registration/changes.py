"""A session moved, grew, changed its rules or was called off: tell and seat everyone affected.

Pages and the programme file both come through here, so that nobody is moved
without a letter. The turn is short: who is to be written to is fixed in it, and
the worker writes (`dispatches`).
"""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, exists, select, update

from chancendialog import journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.programme import planning, queries, surroundings
from chancendialog.programme.models import EventSession, Series, SessionStatus, Topic, Venue
from chancendialog.registration import dispatches, seats
from chancendialog.registration.models import (
    HELD,
    LIVE_ONES,
    Dispatch,
    Occasion,
    Registration,
    Source,
    Status,
)
from chancendialog.registration.waiting_list import give_away, note

MOVES = {"name", "street", "postcode", "city"}  # what people go by who come to a venue


class PeopleAreRegistered(DomainError):
    """A session with registrations cannot become a draft again."""

    message = _(
        "Es gibt schon Anmeldungen. Sagen Sie die Veranstaltung ab, statt sie zu verbergen."
    )


class PeopleWereRegistered(DomainError):
    """A draft to which somebody signed up before it was hidden again is not deleted."""

    message = _("Zu diesem Termin gab es Anmeldungen. Er bleibt als Entwurf stehen.")


class NotADraft(DomainError):
    """What people know of is called off, not deleted."""

    message = _("Löschen lässt sich nur ein Entwurf. Diesen Termin können Sie absagen.")


def move(
    event_session: EventSession,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    venue: Venue,
    room: str | None = None,
    actor: str,
) -> bool:
    """Give a session another time or place, and tell everybody who has a seat or waits.

    Unless a room is named, it stays the same, or is unknown in another venue. Says
    whether anything was another; doing it twice does nothing the second time.
    """
    seats.take_turn(event_session)
    one = event_session
    if room is None:
        room = one.room if venue is one.venue else ""
    if (one.starts_at, one.ends_at, one.venue, one.room) == (starts_at, ends_at, venue, room):
        return False
    planning.move(one, starts_at=starts_at, ends_at=ends_at, venue=venue, room=room, actor=actor)
    _tell_of_move(event_session, actor)
    return True


def change_venue(venue: Venue, *, actor: str, **fields: Any) -> None:
    """Change what is said of a venue.

    Another name or address is a move for each of its sessions to come, and their people
    are told; of everything else only calendars hear.
    """
    here = take_turns_with(venue)
    different = surroundings.change(venue, here, actor=actor, **fields)
    if not different & MOVES:
        return
    for one in here:
        if not one.has_begun:
            planning.move(
                one,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                venue=venue,
                room=one.room,
                actor=actor,
            )
            _tell_of_move(one, actor)


def reword(shown: Series | Topic, *, actor: str, **fields: Any) -> None:
    """Change what is said of the series or a topic. Nobody is written to."""
    surroundings.change(shown, take_turns_with(shown), actor=actor, **fields)


def take_turns_with(*shown: Series | Topic | Venue) -> list[EventSession]:
    """Let nobody else change these, or a session shown with them, until this transaction ends.

    Says which sessions these are, and reads all of it anew: the sessions first, as a
    move does, or two could wait for each other for ever. On SQLite whoever writes is
    alone. Raises `Gone`.
    """
    here = {one.id: one for each in shown for one in queries.sessions_with(each)}
    seats.take_turns(*here.values())
    for each in sorted(shown, key=lambda one: one.id):
        kind = type(each)
        alone = select(kind).where(kind.id == each.id).with_for_update(key_share=True)
        if db.session.scalar(alone.execution_options(populate_existing=True)) is None:
            raise surroundings.Gone
    return list(here.values())


def resize(event_session: EventSession, capacity: int, *, actor: str) -> None:
    """Change the capacity; a larger room seats who waits, a smaller one throws nobody out."""
    seats.take_turn(event_session)
    planning.resize(event_session, capacity, actor=actor)
    db.session.flush()
    give_away(event_session)


def set_switches(event_session: EventSession, *, actor: str, **switches: Any) -> None:
    """Change how a session's seats are given; what that frees goes on at once.

    Nobody loses what they have: offers and holds that are out stay as told.
    """
    seats.take_turn(event_session)
    planning.set_switches(event_session, actor=actor, **switches)
    db.session.flush()
    give_away(event_session)


def call_off(event_session: EventSession, *, actor: str) -> bool:
    """The session does not take place: tell everybody, and their calendars.

    Says whether that is new.
    """
    seats.take_turn(event_session)
    if event_session.is_called_off:
        return False
    planning.set_status(event_session, SessionStatus.CALLED_OFF, actor=actor)
    event_session.last_call_at = None
    if not event_session.has_begun:
        _tell_everybody(Occasion.CALLED_OFF, event_session, actor)
    return True


def reinstate(event_session: EventSession, *, actor: str) -> bool:
    """It takes place after all; says whether that is new.

    Who had to click was told not to bother, so their time begins anew.
    """
    seats.take_turn(event_session)
    if not event_session.is_called_off:
        return False
    planning.set_status(event_session, SessionStatus.PUBLISHED, actor=actor)
    if event_session.has_begun:
        return True
    _tell_everybody(Occasion.REINSTATED, event_session, actor)
    for registration in _held(event_session):
        _hold(registration, seats.hold_ends_at(event_session))
    db.session.flush()
    give_away(event_session)
    return True


def publish(event_session: EventSession, *, actor: str) -> None:
    """Let the public see a draft."""
    seats.take_turn(event_session)
    planning.set_status(event_session, SessionStatus.PUBLISHED, actor=actor)


def hide(event_session: EventSession, *, actor: str) -> None:
    """Make a session a draft again; raises `PeopleAreRegistered`."""
    seats.take_turn(event_session)
    somebody = exists().where(Registration.event_session_id == event_session.id, LIVE_ONES)
    if db.session.scalar(select(somebody)):
        raise PeopleAreRegistered
    planning.set_status(event_session, SessionStatus.DRAFT, actor=actor)


def discard(event_session: EventSession, *, actor: str) -> None:
    """Delete a draft that nobody ever signed up to; raises `NotADraft`, `PeopleWereRegistered`."""
    seats.take_turn(event_session)
    if not event_session.is_draft:
        raise NotADraft
    of_it = Registration.event_session_id == event_session.id
    if db.session.scalar(select(exists().where(of_it))):
        raise PeopleWereRegistered
    db.session.execute(delete(Dispatch).where(Dispatch.event_session_id == event_session.id))
    planning.discard(event_session, actor=actor)


def _tell_of_move(event_session: EventSession, actor: str) -> None:
    if event_session.has_begun or event_session.status is not SessionStatus.PUBLISHED:
        return
    _tell_everybody(Occasion.MOVED, event_session, actor)
    latest = event_session.starts_at - seats.NOTHING_HELD_WITHIN
    for registration in _held(event_session):
        if registration.is_live and registration.hold_until:
            possible = seats.hold_ends_at(event_session)
            _hold(registration, possible and min(registration.hold_until, latest))
    db.session.flush()
    give_away(event_session)


def _tell_everybody(occasion: Occasion, event_session: EventSession, actor: str) -> None:
    """Revise their entries in calendars and fix who is written to, however many, at once.

    Their rows are stale after that: whoever needs one reads it anew.
    """
    db.session.flush()
    _let_go_of_erased(event_session)
    db.session.execute(
        update(Registration)
        .where(Registration.event_session_id == event_session.id, LIVE_ONES)
        .values(ical_sequence=Registration.ical_sequence + 1)
        .execution_options(synchronize_session=False)
    )
    dispatches.start(occasion, event_session, LIVE_ONES, actor=actor)


def _let_go_of_erased(event_session: EventSession) -> None:
    """Nobody can be reached whose name was deleted meanwhile: what they had goes to others."""
    gone = db.session.scalars(
        select(Registration).where(
            Registration.event_session_id == event_session.id,
            LIVE_ONES,
            Registration.erased_at.is_not(None),
            Registration.source != Source.WALK_IN,  # they never had a name
        )
    )
    for registration in gone:
        registration.status = Status.WITHDRAWN
        note("given_up_with_name", registration)
    db.session.flush()


def _hold(registration: Registration, until: datetime | None) -> None:
    """Hold its seats until another moment than they were told, or not at all.

    Without time to decide, a sign-up counts without the click, as it would for
    a newcomer, and an offer goes back to the queue, where the last call finds it.
    """
    if until == registration.hold_until:
        return
    registration.hold_until = until
    if until:
        code = "hold_changed"
    elif registration.status is Status.UNVERIFIED:
        code, registration.status = "confirmed_without_click", Status.CONFIRMED
    else:
        code, registration.status = "offer_taken_back", Status.WAITING
        registration.offered_at = None
    journal.note(
        code,
        actor=journal.SYSTEM,
        thread=registration.thread,
        scope=registration.event_session.thread,
        until=until.isoformat() if until else "",
        status=registration.status,
    )


def _held(event_session: EventSession) -> list[Registration]:
    """Those for whom seats are held, read anew."""
    return list(
        db.session.scalars(
            select(Registration)
            .where(
                Registration.event_session_id == event_session.id,
                Registration.status.in_(HELD),
                Registration.hold_until.is_not(None),
            )
            .order_by(Registration.registered_at, Registration.id)
            .execution_options(populate_existing=True)
        )
    )
