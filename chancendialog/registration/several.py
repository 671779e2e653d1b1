"""Several sessions with one form: each has its own seat, queue, letter and invitation."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, letters, seats, strangers
from chancendialog.registration.booking import Applicant, Outcome
from chancendialog.registration.seats import Numbers

# further sessions on one form: each may need a letter with a link, and so many a day are written
MOST = strangers.PER_DAY - 1
_NO_WAY_IN = (booking.RegistrationClosed, booking.PartyTooLarge, booking.SessionFull)


class Wish(NamedTuple):
    """A further session, and who wants to come to it."""

    event_session: EventSession
    applicant: Applicant


class Further(NamedTuple):
    """What came of such a wish; None when there was no way in."""

    event_session: EventSession
    outcome: Outcome | None


def sign_up(
    event_session: EventSession, applicant: Applicant, wishes: Sequence[Wish]
) -> tuple[Outcome, list[Further]]:
    """Do for each session what the form asks for; the first one decides whether anything is done.

    Who ticks a session would wait for it, too. One with no way in by now undoes
    none of the others. The first comes last, for its letter says what came of
    the others. Raises what `booking.sign_up` raises for it, and `AddressProven`
    and `TooManyCorrections` for any of them; nothing may be committed then.
    """
    sessions = [event_session, *(one for one, _who in wishes)]
    seats.take_turns(*sessions)
    if wishes:  # rows are held by ascending id, too: not everybody who holds them has the turns
        for one in sorted(sessions, key=lambda one: one.id):
            booking.live_registration(one, applicant.email)
    further = [Further(one, _if_possible(one, who)) for one, who in wishes]
    also = tuple(
        letters.also(one, applicant.language, outcome.status, outcome.hold_until)
        for one, outcome in further
        if outcome
    )
    return booking.sign_up(event_session, replace(applicant, also=also)), further


def on_offer_beside(
    event_session: EventSession, ticked: Collection[str] = ()
) -> list[tuple[EventSession, Numbers]]:
    """Other sessions of the series that somebody could come to, or wait for.

    What was `ticked` stays in sight, also when it has filled up meanwhile.
    Three queries, however many there are.
    """
    sessions = [
        one for one in _beside(event_session) if one.slug in ticked or not booking.refusal(one)
    ]
    numbers = seats.numbers(sessions) if sessions else {}
    with_room = [
        (one, numbers[one.id])
        for one in sessions
        if one.slug in ticked or numbers[one.id].for_newcomers or numbers[one.id].can_queue()
    ]
    return with_room[:MOST]


def ticked_beside(event_session: EventSession, ticked: Collection[str]) -> list[EventSession]:
    """The other sessions of the series with these addresses; not more than a form offers."""
    return [one for one in _beside(event_session) if one.slug in ticked][:MOST]


def _beside(event_session: EventSession) -> list[EventSession]:
    return [
        one
        for one in queries.sessions()
        if one.series_id == event_session.series_id and one.id != event_session.id
    ]


def _if_possible(event_session: EventSession, applicant: Applicant) -> Outcome | None:
    try:
        return booking.sign_up(event_session, replace(applicant, would_wait=True))
    except _NO_WAY_IN:
        return None
