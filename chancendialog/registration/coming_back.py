"""Coming after all: who gave up their seats gets as many again, while there are some."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from chancendialog import journal
from chancendialog.registration import booking, same_person, seats
from chancendialog.registration.booking import (
    PartyTooLarge,
    RegisteredAnew,
    RegistrationClosed,
    SessionFull,
)
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.waiting_list import give_away, note

GAVE_UP = ("withdrawn", "cannot_come", "offer_passed_on")


@dataclass(frozen=True)
class WayBack:
    """What coming back would bring now: a seat, a place in the queue, or nothing; and why.

    `free` is how many people could come at once, `newer` the registration that
    coming back has brought already.
    """

    status: Status | None
    sentence: str
    free: int = 0
    newer: Registration | None = None


def come_back(registration: Registration, *, would_wait: bool = False) -> Registration:
    """Sign the same people up once more, and give the registration that they have then.

    A new one: calendars forget an entry that was cancelled, and the queue goes by
    the time of the sign-up. The rules are those for newcomers, but nobody must
    click: only the mailed link leads here. Doing it twice does nothing the second
    time. Raises `RegistrationClosed`, also for whom it was not them who gave up,
    `RegisteredAnew`, `PartyTooLarge` and `SessionFull`.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    give_away(event_session)  # holds run out first
    if not gave_up(seats.again(registration)):
        raise RegistrationClosed(_("Das lässt sich hier nicht rückgängig machen."))
    newer = same_person.live_one(registration, event_session)
    if newer and newer.receipt == registration.ulid:
        return newer
    if newer:
        raise RegisteredAnew
    back = booking.register(event_session, booking.once_more(registration, would_wait=would_wait))
    note("came_back", registration, journal.RESIDENT)
    return back


def way_back(registration: Registration) -> WayBack | None:
    """How somebody who gave up could come after all; None if it was not them. Three queries."""
    event_session = registration.event_session
    if not gave_up(registration):
        return None
    if newer := same_person.live_one(registration, event_session):
        is_back = newer.receipt == registration.ulid
        return WayBack(None, str(RegisteredAnew.message), newer=newer if is_back else None)
    if closed := booking.refusal(event_session):
        return WayBack(None, closed)
    if registration.party_size > event_session.party_limit:
        return WayBack(None, PartyTooLarge(event_session.party_limit).message)
    numbers = seats.numbers_of(event_session)
    status = booking.way_in(event_session, registration.party_size, numbers)
    if status is Status.CONFIRMED:
        sentence = str(_("Es ist noch Platz. Mit dem Knopf sind Sie doch dabei."))
    else:
        sentence = SessionFull(numbers, can_wait=status is Status.WAITING).message
    return WayBack(status, sentence, numbers.for_newcomers)


def gave_up(registration: Registration) -> bool:
    """Whether they gave up themselves; not for another session, and nobody did it for them."""
    return registration.status is Status.WITHDRAWN and journal.was_done(
        registration.thread, GAVE_UP, by=journal.RESIDENT
    )
