"""Who gets a free seat.

Sign-up, withdrawal, a hold that has run out, a larger room and the worker's
round all call the one function here; running it once more does no harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from chancendialog import clock, journal
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters, phone_list, seats
from chancendialog.registration.models import HELD, Registration, Status
from chancendialog.registration.seats import Numbers

CALLED_PER_TURN = 25  # letters that are written while others wait for their turn


def give_away(event_session: EventSession) -> Numbers:
    """Note which holds have run out, and offer every free seat; say how full it is then.

    Oldest first. A party is asked whole or not at all; one that does not fit
    keeps its place and the next that fits is asked, so nobody who would have
    fitted is passed over. With offers switched off, they are seated at once.
    When nothing is held any more (see `seats.hold_ends_at`), everybody waiting
    who fits is told instead, and the first to click gets the seat. Once a
    session has begun or is called off, nobody is called in.

    The caller holds the session's turn. The number of queries depends on how
    many seats are given away, never on how many people wait.
    """
    now = clock.now()  # for all of it: a hold that runs out meanwhile is for the next time
    numbers = seats.numbers_of(event_session, now)
    if event_session.has_begun or event_session.status is not SessionStatus.PUBLISHED:
        return numbers
    if numbers.overdue:
        _expire(event_session, now)
        numbers = seats.numbers_of(event_session, now)
    hold_until = seats.hold_ends_at(event_session)
    if hold_until is None:
        return _call_or_fall_silent(event_session, numbers)
    if event_session.last_call_at:
        event_session.last_call_at = None
    if numbers.somebody_fits:
        for registration, free in _next_that_fit(event_session, numbers.free):
            _ask(registration, free, hold_until)
        numbers = seats.numbers_of(event_session, now)
    if numbers.free and numbers.waiting:
        _note_that_nobody_fits(event_session, numbers)
    return numbers


@dataclass(frozen=True)
class Place:
    """A place in the queue: counted in registrations from 1, and who is ahead in people."""

    number: int
    people_ahead: int

    @property
    def ahead(self) -> str:
        """The same as a sentence: „Vor Ihnen warten 3 Personen“."""
        if not self.people_ahead:
            return _("Vor Ihnen wartet niemand.")
        return ngettext(
            "Vor Ihnen wartet %(num)s Person.",
            "Vor Ihnen warten %(num)s Personen.",
            self.people_ahead,
        )


def place_of(registration: Registration) -> Place:
    """Where somebody who waits stands."""
    ahead, people = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Registration.party_size), 0)).where(
            Registration.event_session_id == registration.event_session_id,
            Registration.status == Status.WAITING,
            or_(
                Registration.registered_at < registration.registered_at,
                and_(
                    Registration.registered_at == registration.registered_at,
                    Registration.id < registration.id,
                ),
            ),
        )
    ).one()
    return Place(ahead + 1, people)


def may_take_a_seat(registration: Registration, numbers: Numbers) -> bool:
    """Whether this party may have a seat that is free after everybody before it was asked.

    During a last call that is for those who were there when it began; who came
    later waits, like any newcomer, for what it leaves.
    """
    called_at = registration.event_session.last_call_at
    in_time = called_at is None or registration.registered_at <= called_at
    fits = registration.party_size <= numbers.free
    return fits and (in_time or numbers.call_is_over)


def sessions_to_heal() -> list[EventSession]:
    """Sessions to come in which somebody waits, or a hold has run out."""
    return _sessions(or_(Registration.status == Status.WAITING, _overdue(clock.now())))


def sessions_with_expired_holds() -> list[EventSession]:
    """Sessions in which a seat has just become free because nobody clicked."""
    return _sessions(_overdue(clock.now()))


def call_some(event_session: EventSession) -> int:
    """Write to the next few who wait, fit, and have not heard of this call; say to how many.

    The caller holds the turn and commits; the worker repeats it until nobody
    is left, so that nobody else waits long for the turn.
    """
    numbers = give_away(event_session)
    called_at = event_session.last_call_at
    if called_at is None:
        return 0
    some = _queue(event_session, numbers.free).where(
        or_(Registration.called_at.is_(None), Registration.called_at < called_at)
    )
    if not seats.call_is_over(event_session):
        some = some.where(Registration.registered_at <= called_at)
    called = db.session.scalars(some.limit(CALLED_PER_TURN)).all()
    for registration in called:
        registration.called_at = clock.now()
        phone_list.add_one(registration)
        note("last_call", registration, free=numbers.free)
        letters.tell(registration, letters.last_call)
    return len(called)


def sessions_with_a_call() -> list[EventSession]:
    """Sessions about to begin, with a free seat for the first to click."""
    return list(
        db.session.scalars(
            select(EventSession)
            .where(
                EventSession.status == SessionStatus.PUBLISHED,
                EventSession.last_call_at.is_not(None),
                EventSession.starts_at > clock.now(),
            )
            .order_by(EventSession.id)
        )
    )


def _expire(event_session: EventSession, now: datetime) -> None:
    """Note the holds that have run out. An offer that was not taken gets a letter."""
    overdue = db.session.scalars(
        select(Registration)
        .where(Registration.event_session_id == event_session.id, _overdue(now))
        .order_by(Registration.hold_until, Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    for registration in overdue:
        was, registration.status = registration.status, Status.EXPIRED
        until = registration.hold_until.isoformat() if registration.hold_until else ""
        if was is Status.OFFERED:
            note("offer_expired", registration, until=until)
            letters.tell(registration, letters.offer_expired)
        else:
            note("sign_up_expired", registration, until=until)


def _ask(registration: Registration, free: int, hold_until: datetime) -> None:
    """Offer seats to one party, or give them at once: offers are off, or nobody could answer.

    Who gave no address is told by phone, by staff.
    """
    if registration.event_session.offers and registration.email:
        registration.status = Status.OFFERED
        registration.offered_at = clock.now()
        registration.hold_until = hold_until
        note("offered", registration, free=free, until=hold_until.isoformat())
        letters.tell(registration, letters.offer)
    else:
        registration.status = Status.CONFIRMED
        phone_list.add_one(registration)
        note("seated_from_waiting_list", registration, free=free)
        letters.tell(registration, letters.promoted)


def _next_that_fit(event_session: EventSession, free: int) -> Iterator[tuple[Registration, int]]:
    """Who is to be asked, oldest first, each with the seats free before them."""
    while free:
        # as many as could fit; those that do not fit behind others make another look worthwhile
        found = db.session.scalars(_queue(event_session, free).limit(free)).all()
        if not found:
            return
        for registration in found:
            if registration.party_size <= free:
                yield registration, free
                free -= registration.party_size


def _call_or_fall_silent(event_session: EventSession, numbers: Numbers) -> Numbers:
    """Open the last call when a seat is free for somebody who waits; end it when none is.

    Only the session's row is touched: the worker writes the letters, a few per turn.
    """
    if not numbers.somebody_fits:
        event_session.last_call_at = None
        return replace(numbers, call_is_over=False)
    if event_session.last_call_at is None:
        event_session.last_call_at = clock.now()
        thread = event_session.thread
        journal.note(
            "called_out", actor=journal.SYSTEM, thread=thread, scope=thread, free=numbers.free
        )
    return numbers


def _note_that_nobody_fits(event_session: EventSession, numbers: Numbers) -> None:
    """Once per situation, not once per look: only if something has happened since."""
    thread = event_session.thread
    latest = journal.of_scope(thread, limit=1)
    if not latest or latest[0].code != "nobody_fits":
        journal.note(
            "nobody_fits",
            actor=journal.SYSTEM,
            thread=thread,
            scope=thread,
            free=numbers.free,
            wanted=numbers.smallest_waiting,
        )


def _queue(event_session: EventSession, free: int) -> Select[Registration]:
    """Who waits and fits, oldest first, as of now."""
    return (
        select(Registration)
        .where(
            Registration.event_session_id == event_session.id,
            Registration.status == Status.WAITING,
            Registration.party_size <= free,
        )
        .order_by(Registration.registered_at, Registration.id)
        .execution_options(populate_existing=True)
    )


def _overdue(now: datetime) -> ColumnElement[bool]:
    return and_(Registration.status.in_(HELD), Registration.hold_until <= now)


def _sessions(somebody: ColumnElement[bool]) -> list[EventSession]:
    """Published sessions to come with such a registration, in the order of turns."""
    return list(
        db.session.scalars(
            select(EventSession)
            .where(
                EventSession.status == SessionStatus.PUBLISHED,
                EventSession.starts_at > clock.now(),
                exists().where(Registration.event_session_id == EventSession.id, somebody),
            )
            .order_by(EventSession.id)
        )
    )


def note(
    code: str, registration: Registration, actor: str = journal.SYSTEM, **facts: int | str
) -> None:
    """Write down what was done with a registration, and why."""
    journal.note(
        code,
        actor=actor,
        thread=registration.thread,
        scope=registration.event_session.thread,
        party_size=registration.party_size,
        **facts,
    )
