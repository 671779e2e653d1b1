"""Deleting what is due, and what somebody wants deleted.

What is left of a person are numbers that name nobody. Everything here is derived
from rows and repeated until it is true: whatever a round did not reach, or a
backup brought back, the next one finds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, or_, select, update
from sqlalchemy.orm import joinedload

from chancendialog import clock, house, journal
from chancendialog.extensions import Model, db
from chancendialog.house import Period
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.privacy.disclosure import left_behind
from chancendialog.privacy.registry import Goes, columns
from chancendialog.programme import retention
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import (
    booking,
    dispatches,
    letters,
    needs,
    personal_calendar,
    seats,
)
from chancendialog.registration.models import Dispatch, Need, PersonalCalendar, Registration, Status
from chancendialog.registration.waiting_list import note
from chancendialog.staff import accounts, visits

BATCH = 500  # registrations per transaction
THREAD = "registration:"  # how the letters of a registration are named, before its ULID
VISITS = (
    "signed_in",
    "signed_out",
    "visits_ended",
)  # of staff: nobody's hours are to be counted for ever
LAST_LETTER = letters.erased.__name__
NAMES_SOMEBODY = Registration.erased_at.is_(None)
HAS_NEEDS = exists().where(Need.registration_id == Registration.id)
NOT_IN_HAND = OutgoingMail.state != MailState.SENDING  # such a letter goes in the next round


def erase(registration: Registration, *, actor: str) -> None:
    """Delete what is personal about a registration at once (Art. 17 DSGVO).

    So goes what its earlier addresses left. A seat, an offer or a place in the
    queue is given up first. The last letter says so and takes back the calendar
    entry; it goes as soon as it has left. Whose address was a slip is not written to.
    Doing it twice does nothing the second time.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    db.session.refresh(registration, with_for_update={"of": Registration})  # or a worker writes
    if registration.erased_at:
        return
    gave_up = registration.is_live and event_session.is_to_come
    if registration.is_live and not event_session.has_begun:
        booking.withdraw(registration, actor=actor)
    if not registration.is_corrected_away:
        letters.tell(registration, partial(letters.erased, gave_up=gave_up))
    db.session.flush()
    all_of_it = [registration, *left_behind([registration])]
    for one in all_of_it:
        note("erased_on_request", one, actor)
    _empty(all_of_it)
    _drop_letters(
        OutgoingMail.thread.in_([one.thread for one in all_of_it]),
        OutgoingMail.kind != LAST_LETTER,
        NOT_IN_HAND,
    )
    end_calendars()


def erase_due() -> int:
    """Delete what has been kept long enough; say how many registrations that were.

    One session, and one batch of it, at a time; the worker repeats it until
    nothing is due. The journal says of each that it went, and names nobody.
    """
    now = clock.now()
    erased = _after_session(now) or _unconfirmed(now)
    _drop_needs(is_need_due(now))
    _words(now)
    _drop_letters(is_letter_due(now))
    visits.forget_over()
    journal.forget(VISITS, before=now - timedelta(days=house.days(Period.CONTACT)))
    end_calendars()
    return erased


def sessions_due(at: datetime, period: Period = Period.CONTACT) -> list[EventSession]:
    """Sessions whose names should be gone at a moment, or needs, in the order of turns."""
    return [one for one in sessions_over() if retention.goes_at(one, period) <= at]


def sessions_over() -> list[EventSession]:
    """Sessions that have begun or are off and still name somebody, in the order of turns."""
    still_named = exists().where(Registration.event_session_id == EventSession.id, NAMES_SOMEBODY)
    over = or_(
        EventSession.starts_at <= clock.now(), EventSession.status == SessionStatus.CALLED_OFF
    )
    return list(
        db.session.scalars(select(EventSession).where(over, still_named).order_by(EventSession.id))
    )


def is_unconfirmed_due(at: datetime) -> ColumnElement[bool]:
    """Of a registration: nobody confirmed it, and whoever's address it is may not have typed it."""
    return and_(NAMES_SOMEBODY, seats.is_forgotten(at))


def is_need_due(at: datetime) -> ColumnElement[bool]:
    """Of a registration: what its people need to take part well goes sooner than their names."""
    due = [one.id for one in sessions_due(at, Period.NEEDS)]
    return and_(Registration.event_session_id.in_(due), HAS_NEEDS)


def is_letter_due(at: datetime) -> ColumnElement[bool]:
    """Of a letter: its registration names nobody any more, or it belongs to none and is old.

    The last letter has time to leave, though not more than any other; links for
    staff, alarms and letters tried out belong to no registration. A link that
    opens an account goes with the day for which it works.
    """
    is_old = OutgoingMail.created_at <= at - timedelta(days=house.days(Period.CONTACT))
    has_left = OutgoingMail.state.not_in(outbox.UNSENT)
    is_pointless = OutgoingMail.kind != LAST_LETTER
    ulid = func.substr(OutgoingMail.thread, len(THREAD) + 1)
    of_erased = exists().where(
        Registration.ulid == ulid, Registration.erased_at.is_not(None), Registration.erased_at <= at
    )
    of_somebody = OutgoingMail.thread.startswith(THREAD)
    is_dead_link = and_(
        OutgoingMail.kind.in_(
            [one.__name__ for one in (accounts.staff_link, accounts.staff_invitation)]
        ),
        OutgoingMail.created_at <= at - accounts.LINK_LASTS,
    )
    return and_(
        NOT_IN_HAND,
        or_(
            and_(of_somebody, of_erased, or_(has_left, is_pointless, is_old)),
            and_(~of_somebody, is_old),
            is_dead_link,
        ),
    )


def words_due(at: datetime) -> list[Dispatch]:
    """What staff wrote to people of a session may name somebody; so may their own trial of it."""
    blanks = _blanks(Dispatch, Goes.AFTER_SESSION)
    wrote = db.session.scalars(
        select(Dispatch)
        .where(_holds_something(Dispatch, blanks))
        .options(joinedload(Dispatch.event_session))
    )
    return [one for one in wrote if retention.goes_at(one.event_session) <= at]


def end_calendars() -> None:
    """A personal calendar ends with the last registration of its address."""
    personal_calendar.revoke(
        and_(
            PersonalCalendar.email.is_not(None),
            ~exists().where(Registration.email == PersonalCalendar.email),
        )
    )


def _after_session(at: datetime) -> int:
    due = sessions_due(at)
    return _erase_some(due[0], NAMES_SOMEBODY) if due else 0


def _unconfirmed(at: datetime) -> int:
    due = is_unconfirmed_due(at)
    event_session = db.session.scalar(
        select(EventSession).join(Registration).where(due).order_by(EventSession.id).limit(1)
    )
    return _erase_some(event_session, due) if event_session else 0


def _erase_some(event_session: EventSession, which: ColumnElement[bool]) -> int:
    """Erase a batch of one session's registrations, in its turn: a click may come just now."""
    seats.take_turn(event_session)
    due = db.session.scalars(
        select(Registration)
        .where(Registration.event_session_id == event_session.id, which)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    ).all()
    for registration in due:
        if registration.status is Status.UNVERIFIED:
            registration.status = Status.EXPIRED
        note("erased", registration)
    _empty(due)
    _drop_letters(OutgoingMail.thread.in_([one.thread for one in due]), NOT_IN_HAND)
    return len(due)


def _empty(registrations: Sequence[Registration]) -> None:
    personal_calendar.note_loss([one.email for one in registrations if one.email])
    needs.forget(registrations)
    for registration in registrations:
        for name, blank in _blanks(Registration, Goes.AFTER_SESSION).items():
            setattr(registration, name, blank)
        registration.erased_at = clock.now()
    db.session.flush()


def _words(at: datetime) -> None:
    due = words_due(at)
    for dispatch in due:
        _drop_letters(OutgoingMail.thread.startswith(dispatches.trials_of(dispatch)))
    if due:
        blanks = _blanks(Dispatch, Goes.AFTER_SESSION)
        _blank_out(Dispatch, blanks, Dispatch.id.in_([one.id for one in due]))


def _blank_out(
    model: type[Model], blanks: dict[str, str | None], which: ColumnElement[bool]
) -> None:
    db.session.execute(
        update(model).where(which).values(blanks).execution_options(synchronize_session=False)
    )


def _drop_needs(whose: ColumnElement[bool]) -> None:
    of_them = Need.registration_id.in_(select(Registration.id).where(whose))
    db.session.execute(delete(Need).where(of_them).execution_options(synchronize_session=False))


def _drop_letters(*which: ColumnElement[bool]) -> None:
    db.session.execute(
        delete(OutgoingMail).where(*which).execution_options(synchronize_session=False)
    )


def _blanks(model: type[Model], goes: Goes) -> dict[str, str | None]:
    """What personal columns hold when they hold nothing any more."""
    known = model.__table__.c
    names = columns(model.__tablename__, goes)
    return {name: None if known[name].nullable else "" for name in names}


def _holds_something(model: type[Model], blanks: dict[str, str | None]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(model.__table__.c[name].is_distinct_from(blank) for name, blank in blanks.items()),
    )
