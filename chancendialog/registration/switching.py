"""Going to another session, too or instead: the first seat ends only once the second is sure."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from chancendialog import journal
from chancendialog.errors import DomainError
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, same_person, seats
from chancendialog.registration.booking import RegistrationClosed
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.seats import Numbers
from chancendialog.registration.waiting_list import give_away, note


@dataclass(frozen=True)
class Choice:
    """Another session, how full it is, and what a party would get there: a seat or to wait."""

    event_session: EventSession
    numbers: Numbers
    way_in: Status


class RegisteredThere(DomainError):
    """The address has a registration for the other session that came about in another way."""

    message = _(
        "Für diesen Termin gibt es schon eine Anmeldung mit Ihrer E-Mail-Adresse. Den Link dazu"
        " haben Sie in unserer E-Mail. Die Anmeldung hier bleibt bestehen."
    )


def switch(
    registration: Registration, to: EventSession, *, would_wait: bool = False, stays: bool = False
) -> Registration:
    """Register a party for another session, and give the registration that it has there.

    A seat there at once ends the registration here, and its seats go on, unless
    the party `stays`. A place in the queue there, which they must want, leaves
    the one here as it is.
    Nobody must click: only the mailed link leads here. Doing it twice does
    nothing the second time. Raises `RegistrationClosed`, `RegisteredThere`,
    `PartyTooLarge` and `SessionFull`.
    """
    here = registration.event_session
    seats.take_turns(here, to)
    for one in (here, to):
        give_away(one)  # holds run out first
    seats.again(registration)
    there = same_person.live_one(registration, to)
    if there and there.receipt == registration.ulid:
        return there
    if not registration.is_live:
        raise RegistrationClosed(_("Diese Anmeldung gilt nicht mehr."))
    if here.has_begun:
        raise RegistrationClosed(_("Die Veranstaltung hat schon begonnen."))
    if there or here.id == to.id:
        raise RegisteredThere
    moved = booking.register(to, booking.once_more(registration, would_wait=would_wait))
    if stays:
        return moved
    if moved.status is Status.CONFIRMED:
        note("switched_here", moved, journal.RESIDENT, moment=here.starts_at.isoformat())
        booking.give_up(registration, "switched", journal.RESIDENT, moment=to.starts_at.isoformat())
    else:
        note("waits_elsewhere", registration, journal.RESIDENT, moment=to.starts_at.isoformat())
    return moved


def may_switch(registration: Registration) -> bool:
    """Whether there is anything to switch: a live registration for what has not begun.

    Whoever has one for a session that is called off may go elsewhere, too.
    """
    return registration.is_live and not registration.event_session.has_begun


def choices(registration: Registration) -> list[Choice]:
    """The sessions to which a party can switch now, the earliest first. Four queries."""
    sessions = [one for one in queries.sessions() if not booking.refusal(one)]
    numbers = seats.numbers(sessions)
    theirs = same_person.live_ones(registration)
    taken = {registration.event_session_id, *(one.event_session_id for one in theirs)}
    return [
        Choice(one, numbers[one.id], way_in)
        for one in sessions
        if one.id not in taken
        and (way_in := booking.way_in(one, registration.party_size, numbers[one.id]))
    ]
