"""Several sessions with one form: each has its own seat, queue, letter and invitation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from chancendialog.programme import queries
from chancendialog.programme.facts import facts_of
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats, strangers
from chancendialog.registration.booking import Applicant, Outcome
from chancendialog.registration.letters import Also
from chancendialog.registration.models import Status
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
    none of the others. The caller holds all turns. Raises what
    `booking.sign_up` raises for the first; nothing may be committed then.
    """
    further = [Further(one, _if_possible(one, who)) for one, who in wishes]
    also = tuple(
        Also(facts_of(one), outcome.status is Status.WAITING) for one, outcome in further if outcome
    )
    return booking.sign_up(event_session, replace(applicant, also=also)), further


def on_offer_beside(event_session: EventSession) -> list[tuple[EventSession, Numbers]]:
    """Other sessions of the series that somebody could come to, or wait for. Two queries."""
    sessions = [
        one
        for one in queries.upcoming_in(event_session.series_id)
        if one.id != event_session.id and not booking.refusal(one)
    ]
    numbers = seats.numbers(sessions) if sessions else {}
    with_room = [
        (one, numbers[one.id])
        for one in sessions
        if numbers[one.id].for_newcomers or numbers[one.id].can_queue()
    ]
    return with_room[:MOST]


def _if_possible(event_session: EventSession, applicant: Applicant) -> Outcome | None:
    try:
        return booking.sign_up(event_session, replace(applicant, would_wait=True))
    except _NO_WAY_IN:
        return None
