"""Who comes without having signed up.

They are registrations like all others, so that seats, lists and numbers agree by
themselves: those who gave a name one each, all others of a session together one
party, which grows and shrinks at the door and names nobody.
"""

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from chancendialog import clock, journal
from chancendialog.attendance import roster
from chancendialog.attendance.models import AttendanceMark
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.links import new_calendar_uid
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import booking, seats
from chancendialog.registration.models import Registration, Source, Status
from chancendialog.registration.seats import Numbers
from chancendialog.registration.waiting_list import give_away

TOGETHER = "Gäste ohne Anmeldung"  # what lists call those who gave no name


class DoorClosed(DomainError):
    """Nobody is let in without having signed up, for this session or on this day."""


class SentWithAnotherName(DomainError):
    """The same form let somebody in already, under another name."""

    message = _("Das steht schon in der Liste, unter einem anderen Namen. Laden Sie sie neu.")


class NobodyToTakeBack(DomainError):
    """There is nobody left who could be taken back."""

    message = _("Es ist niemand ohne Anmeldung da. Laden Sie die Liste neu.")


def count(event_session: EventSession, more: int, *, operation: str, actor: str) -> None:
    """Let so many more in who gave no name, or take them back where it is negative.

    The door decides: they are let in also where no seat is free, and the journal
    says so. The same operation sent twice counts once. Raises `DoorClosed` and
    `NobodyToTakeBack`.
    """
    room = _begin(event_session)
    if _is_known(operation):
        return
    guests = together(event_session)
    people = (guests.party_size if guests and guests.status is Status.CONFIRMED else 0) + more
    if people < 0:
        raise NobodyToTakeBack
    guests = guests or _add_together(event_session)
    guests.status = Status.CONFIRMED if people else Status.WITHDRAWN
    guests.party_size = people or 1
    _let_in(guests, people, more, room, operation=operation, actor=actor)
    if more < 0:
        give_away(event_session)


def let_in(
    event_session: EventSession, name: str, people: int, *, operation: str, actor: str
) -> Registration:
    """Let somebody in who gives a name, as one of the guests. The same form sent twice is one."""
    room = _begin(event_session)
    if known := booking.sent_with(event_session, operation, name):
        return known
    if _is_known(operation):
        raise SentWithAnotherName
    guest = _add(event_session, name, people, receipt=operation)
    _let_in(guest, people, people, room, operation=operation, actor=actor)
    return guest


def together(event_session: EventSession) -> Registration | None:
    """The party of all who gave no name; None before the first of them."""
    return db.session.scalar(
        select(Registration)
        .where(
            Registration.event_session_id == event_session.id,
            Registration.source == Source.WALK_IN,
            Registration.name == TOGETHER,
            Registration.erased_at.is_not(None),
        )
        .execution_options(populate_existing=True)
    )


def is_together(registration: Registration) -> bool:
    """Whether this is that party, and not somebody who calls themselves so."""
    is_walk_in = registration.source is Source.WALK_IN
    return is_walk_in and registration.name == TOGETHER and registration.erased_at is not None


def room(event_session: EventSession, numbers: Numbers, arrived: int) -> int:
    """How many may come in without having signed up, so that everybody has a seat.

    Until the start these are the seats that newcomers may take; from then on
    all on which nobody sits.
    """
    if event_session.has_begun:
        return max(0, event_session.capacity - arrived)
    return numbers.for_newcomers


def refusal(event_session: EventSession) -> str:
    """Why nobody may be let in without having signed up; empty if they may."""
    if event_session.is_called_off:
        return str(_("Diese Veranstaltung ist abgesagt."))
    if event_session.status is not SessionStatus.PUBLISHED:
        return str(_("Diese Veranstaltung ist noch nicht veröffentlicht."))
    if clock.today() < clock.day_of(event_session.starts_at):
        return str(_("Gäste ohne Anmeldung lassen Sie erst am Tag der Veranstaltung ein."))
    return ""


def _begin(event_session: EventSession) -> int:
    """Take the turn, and say for how many there is room."""
    seats.take_turn(event_session)
    if reason := refusal(event_session):
        raise DoorClosed(reason)
    numbers = give_away(event_session)
    return room(event_session, numbers, roster.arrived_in(event_session))


def _add_together(event_session: EventSession) -> Registration:
    guests = _add(event_session, TOGETHER, 1, erased_at=clock.now())
    guests.ticket = None  # there is nobody to show one
    return guests


def _add(event_session: EventSession, name: str, party_size: int, **more: object) -> Registration:
    ulid = new_ulid()
    guest = Registration(
        ulid=ulid,
        event_session=event_session,
        name=name,
        party_size=party_size,
        status=Status.CONFIRMED,
        source=Source.WALK_IN,
        ical_uid=new_calendar_uid("reg", ulid),
        **more,
    )
    db.session.add(guest)
    db.session.flush()
    return guest


def _let_in(
    guest: Registration, people: int, more: int, room: int, *, operation: str, actor: str
) -> None:
    """So many of a party are in now, `more` of them just then."""
    code = "walk_in_taken_back"
    if more > 0:
        code = "walked_in" if more <= room else "walked_in_when_full"
    scope = guest.event_session.thread
    journal.note(code, actor=actor, thread=guest.thread, scope=scope, people=people)
    roster.mark(guest, people, operation=operation, actor=actor)


def _is_known(operation: str) -> bool:
    which = select(AttendanceMark.id).where(AttendanceMark.operation == operation)
    return db.session.scalar(which) is not None
