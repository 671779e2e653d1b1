"""Deleting what is due, and what somebody wants deleted.

What is left of a person are numbers that name nobody. Everything here is derived
from rows and repeated until it is true: whatever a round did not reach, or a
backup brought back, the next one finds.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from chancendialog import clock, house, journal
from chancendialog.extensions import Model, db
from chancendialog.house import Period
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.privacy.registry import Goes, columns
from chancendialog.programme import retention
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import booking, letters, personal_calendar, seats
from chancendialog.registration.models import Dispatch, PersonalCalendar, Registration, Status
from chancendialog.registration.waiting_list import note

BATCH = 500  # registrations per transaction
THREAD = "registration:"  # how the letters of a registration are named, before its ULID
NOT_IN_HAND = OutgoingMail.state != MailState.SENDING  # such a letter goes in the next round
WITHOUT_DEADLINE = seats.HOLD  # who joined a queue and must click has as long as for a seat


def erase(registration: Registration, *, actor: str) -> None:
    """Delete what is personal about a registration at once (Art. 17 DSGVO).

    A seat, an offer or a place in the queue is given up first. The last letter
    says so and takes back the calendar entry; it goes as soon as it has left.
    Doing it twice does nothing the second time.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    db.session.refresh(registration)
    if registration.erased_at:
        return
    if registration.is_live and not event_session.has_begun:
        booking.withdraw(registration, actor=actor)
    letters.tell(registration, letters.erased)
    db.session.flush()
    _empty(registration)
    note("erased_on_request", registration, actor)
    db.session.flush()
    _drop_letters(
        OutgoingMail.thread == registration.thread,
        OutgoingMail.kind != letters.erased.__name__,
        NOT_IN_HAND,
    )
    end_calendars()


def erase_due() -> int:
    """Delete what has been kept long enough; say how many registrations that were.

    One session, and one batch of it, at a time; the worker repeats it until
    nothing is due. The journal says how many of which session went, and
    nothing about whom.
    """
    erased = _after_session() or _unconfirmed()
    _needs()
    _words()
    _drop_letters(_is_of_erased(), OutgoingMail.state.not_in(outbox.UNSENT))
    _drop_letters(
        ~OutgoingMail.thread.startswith(THREAD),  # links, alarms, letters tried out
        OutgoingMail.created_at < clock.now() - timedelta(days=house.days(Period.CONTACT)),
    )
    end_calendars()
    return erased


def sessions_over() -> list[EventSession]:
    """Sessions that are over or off and still name somebody, in the order of turns."""
    still_named = exists().where(
        Registration.event_session_id == EventSession.id, Registration.erased_at.is_(None)
    )
    over = or_(
        EventSession.starts_at <= clock.now(), EventSession.status == SessionStatus.CALLED_OFF
    )
    return list(
        db.session.scalars(select(EventSession).where(over, still_named).order_by(EventSession.id))
    )


def is_unconfirmed() -> ColumnElement[bool]:
    """Of a registration: whether nobody has ever said yes to it, and it names somebody."""
    return and_(
        or_(
            Registration.status == Status.UNVERIFIED,
            and_(Registration.status == Status.EXPIRED, Registration.offered_at.is_(None)),
        ),
        Registration.erased_at.is_(None),
    )


def end_calendars() -> None:
    """A personal calendar ends with the last registration of its address."""
    personal_calendar.revoke(
        and_(
            PersonalCalendar.email.is_not(None),
            ~exists().where(Registration.email == PersonalCalendar.email),
        )
    )


def _after_session() -> int:
    for event_session in sessions_over():
        if retention.goes_at(event_session) <= clock.now():
            return _erase_some(event_session, Registration.erased_at.is_(None))
    return 0


def _unconfirmed() -> int:
    """Sign-ups that nobody confirmed: whoever gave the address may not be whose it is."""
    due = and_(is_unconfirmed(), _deadline_passed(timedelta(days=house.days(Period.UNCONFIRMED))))
    event_session = db.session.scalar(
        select(EventSession).join(Registration).where(due).order_by(EventSession.id).limit(1)
    )
    return _erase_some(event_session, due) if event_session else 0


def _deadline_passed(ago: timedelta) -> ColumnElement[bool]:
    moment = clock.now() - ago
    return or_(
        Registration.hold_until <= moment,
        and_(
            Registration.hold_until.is_(None),
            Registration.registered_at <= moment - WITHOUT_DEADLINE,
        ),
    )


def _erase_some(event_session: EventSession, which: ColumnElement[bool]) -> int:
    """Erase a batch of one session's registrations, in its turn: a click may come just now."""
    seats.take_turn(event_session)
    due = db.session.scalars(
        select(Registration)
        .where(Registration.event_session_id == event_session.id, which)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    ).all()
    personal_calendar.note_loss([one.email for one in due if one.email])
    for registration in due:
        if registration.status is Status.UNVERIFIED:
            registration.status = Status.EXPIRED
        _empty(registration)
        journal.note(
            "erased",
            actor=journal.SYSTEM,
            thread=registration.thread,
            scope=event_session.thread,
        )
    db.session.flush()
    _drop_letters(OutgoingMail.thread.in_([one.thread for one in due]), NOT_IN_HAND)
    return len(due)


def _empty(registration: Registration) -> None:
    for goes in (Goes.AFTER_SESSION, Goes.NEEDS_AFTER_SESSION):
        for name, blank in _blanks(Registration, goes).items():
            setattr(registration, name, blank)
    registration.erased_at = clock.now()


def _needs() -> None:
    """What people need to take part well goes sooner than their names."""
    blanks = _blanks(Registration, Goes.NEEDS_AFTER_SESSION)
    if not blanks:
        return
    due = [one.id for one in sessions_over() if retention.goes_at(one, Period.NEEDS) <= clock.now()]
    db.session.execute(
        update(Registration)
        .where(Registration.event_session_id.in_(due), _holds_something(Registration, blanks))
        .values(blanks)
        .execution_options(synchronize_session=False)
    )


def _words() -> None:
    """What staff wrote to people of a session may name somebody."""
    blanks = _blanks(Dispatch, Goes.AFTER_SESSION)
    wrote = db.session.scalars(
        select(EventSession).where(
            exists().where(
                Dispatch.event_session_id == EventSession.id, _holds_something(Dispatch, blanks)
            )
        )
    )
    due = [one.id for one in wrote if retention.goes_at(one) <= clock.now()]
    db.session.execute(
        update(Dispatch)
        .where(Dispatch.event_session_id.in_(due))
        .values(blanks)
        .execution_options(synchronize_session=False)
    )


def _drop_letters(*which: ColumnElement[bool]) -> None:
    db.session.execute(
        delete(OutgoingMail).where(*which).execution_options(synchronize_session=False)
    )


def _is_of_erased() -> ColumnElement[bool]:
    """Whether a letter belongs to a registration that names nobody any more."""
    ulid = func.substr(OutgoingMail.thread, len(THREAD) + 1)
    return and_(
        OutgoingMail.thread.startswith(THREAD),
        exists().where(Registration.ulid == ulid, Registration.erased_at.is_not(None)),
    )


def _blanks(model: type[Model], goes: Goes) -> dict[str, str | None]:
    """What personal columns hold when they hold nothing any more."""
    known = model.__table__.c
    names = columns(model.__tablename__, goes)
    return {name: None if known[name].nullable else "" for name in names}


def _holds_something(model: type[Model], blanks: dict[str, str | None]) -> ColumnElement[bool]:
    return or_(*(model.__table__.c[name].is_distinct_from(blank) for name, blank in blanks.items()))
