"""Who gets a free seat.

Sign-up, withdrawal, a larger room and the worker's round all call
the one function here; running it once more does no harm.
"""

from sqlalchemy import func, select

from chancendialog import clock, journal
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters, seats
from chancendialog.registration.models import Registration, Status


def seat_the_waiting(event_session: EventSession) -> list[Registration]:
    """Give every free seat to whoever has waited longest, and tell them.

    A party is seated whole or not at all. One that does not fit keeps its
    place and the next that fits is asked, so nobody who would have fitted is
    passed over. The caller holds the session's turn. Once a session has begun
    or is called off, nobody is called in.
    """
    seated: list[Registration] = []
    if event_session.has_begun or event_session.status is not SessionStatus.PUBLISHED:
        return seated
    free = seats.free_seats(event_session)
    while free and (registration := _first_that_fits(event_session, free)):
        registration.status = Status.CONFIRMED
        free -= registration.party_size
        journal.note(
            "seated_from_waiting_list",
            actor=journal.SYSTEM,
            thread=registration.thread,
            scope=event_session.thread,
            party_size=registration.party_size,
        )
        letters.tell(registration, letters.promoted)
        seated.append(registration)
    return seated


def position(registration: Registration) -> int:
    """Their place in the queue, counted in registrations from 1."""
    ahead = db.session.scalar(
        select(func.count())
        .select_from(Registration)
        .where(
            Registration.event_session_id == registration.event_session_id,
            Registration.status == Status.WAITING,
            (Registration.registered_at < registration.registered_at)
            | (
                (Registration.registered_at == registration.registered_at)
                & (Registration.id < registration.id)
            ),
        )
    )
    return 1 + (ahead or 0)


def sessions_to_heal() -> list[EventSession]:
    """Sessions to come in which somebody waits: the worker looks at each in turn."""
    return list(
        db.session.scalars(
            select(EventSession)
            .where(
                EventSession.status == SessionStatus.PUBLISHED,
                EventSession.starts_at > clock.now(),
                select(Registration.id)
                .where(
                    Registration.event_session_id == EventSession.id,
                    Registration.status == Status.WAITING,
                )
                .exists(),
            )
            .order_by(EventSession.id)
        )
    )


def _first_that_fits(event_session: EventSession, free: int) -> Registration | None:
    return db.session.scalar(
        select(Registration)
        .where(
            Registration.event_session_id == event_session.id,
            Registration.status == Status.WAITING,
            Registration.party_size <= free,
        )
        .order_by(Registration.registered_at, Registration.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )
