"""One letter to many people of a session.

Its recipients are fixed in the transaction of the change it tells of, with one
statement however many they are; the worker writes to some of them at a time.
What each of them reads is composed then, of how things stand then: so two
changes in a row are one letter, and nobody reads what is no longer true.
"""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, insert, literal, or_, select, update

from chancendialog import clock, journal
from chancendialog.clock import BERLIN
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.mailing.outbox import Progress
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters, phone_list, seats
from chancendialog.registration.models import (
    Dispatch,
    DispatchRecipient,
    Occasion,
    Registration,
    Status,
)
from chancendialog.registration.waiting_list import note

WRITTEN_PER_TURN = 25  # letters that are written while others wait to change the same people's rows
ASKED_AT = time(10)  # in Hannover
ONCE_WITHIN = timedelta(minutes=1)
SAID_YES_LATELY = timedelta(days=1)
NEWS = (Occasion.MOVED, Occasion.CALLED_OFF, Occasion.REINSTATED)
TO_WHO_LEFT = "left"  # the audience of those who are not live any more


class SentAlready(DomainError):
    """What is on its way is not changed any more."""

    message = _("Diese E-Mail ist schon unterwegs und lässt sich nicht mehr ändern.")


class JustWritten(DomainError):
    """One letter a minute to somebody is enough, however often the button is pressed."""

    message = _(
        "In der letzten Minute ging schon eine E-Mail an diese Adresse. Warten Sie einen Moment."
    )


def start(
    occasion: Occasion, event_session: EventSession, who: ColumnElement[bool], *, actor: str
) -> Dispatch:
    """Write to everybody of a session for whom `who` holds, as they stand at this moment.

    News take the place of those before, as far as these are not written yet:
    each letter tells how things stand then.
    """
    if occasion in NEWS:
        _spare_older_news(event_session)
    dispatch = Dispatch(event_session=event_session, kind=occasion, actor=actor)
    db.session.add(dispatch)
    db.session.flush()
    send(dispatch, who, actor=actor)
    return dispatch


def send(dispatch: Dispatch, who: ColumnElement[bool], *, actor: str) -> None:
    """Fix the recipients of a draft and let the worker write; a second call does nothing."""
    now = clock.now()
    begun = db.session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch.id, Dispatch.started_at.is_(None))
        .values(started_at=now, actor=actor)
        .returning(Dispatch.id)
    )
    if not begun.first():
        return
    columns = ["dispatch_id", "registration_id"]
    people = select(literal(dispatch.id), Registration.id).where(
        Registration.event_session_id == dispatch.event_session_id,
        Registration.email.is_not(None),
        who,
    )
    db.session.execute(insert(DispatchRecipient).from_select(columns, people))
    if dispatch.kind is not Occasion.THANKS:
        phone_list.add(dispatch.event_session, who, since=now)
    db.session.refresh(dispatch)
    if reached := reach([dispatch])[dispatch.id].people:
        thread = dispatch.event_session.thread
        facts: dict[str, int | str] = {"people": reached, "occasion": dispatch.kind}
        journal.note("letter_sent", actor=actor, thread=thread, scope=thread, **facts)


def trials_of(dispatch: Dispatch) -> str:
    """How the threads begin under which staff send themselves this letter to try it."""
    return f"staff-letter:{dispatch.ulid}-"


def reachable(event_session: EventSession, who: ColumnElement[bool]) -> tuple[int, int]:
    """How many registrations would be written to, and how many left no address."""
    every, reached = db.session.execute(
        select(func.count(), func.count(Registration.email)).where(
            Registration.event_session_id == event_session.id, who
        )
    ).one()
    return reached, every - reached


def unfinished() -> list[int]:
    """Dispatches of which somebody is still to be written to, by id, the oldest first."""
    return list(
        db.session.scalars(
            select(Dispatch.id)
            .where(Dispatch.started_at.is_not(None), Dispatch.written_at.is_(None))
            .order_by(Dispatch.id)
        )
    )


def write_some(dispatch_id: int) -> int:
    """Write to the next few recipients and say to how many; after the last, it is finished.

    The caller commits, and repeats it until nobody is left. Rows that somebody
    is changing are left for later, so this waits for nobody.
    """
    dispatch = db.session.get_one(Dispatch, dispatch_id)
    still = (
        select(DispatchRecipient, Registration)
        .join(Registration, Registration.id == DispatchRecipient.registration_id)
        .where(DispatchRecipient.dispatch_id == dispatch_id, DispatchRecipient.written_at.is_(None))
    )
    some = db.session.execute(
        still.order_by(Registration.id)
        .limit(WRITTEN_PER_TURN)
        .with_for_update(skip_locked=True, of=[DispatchRecipient, Registration])
        .execution_options(populate_existing=True)
    ).all()
    for recipient, registration in some:
        recipient.written_at = clock.now()
        _write(dispatch, registration)
    db.session.flush()
    if not db.session.scalar(select(exists(still.with_only_columns(literal(1))))):
        dispatch.written_at = clock.now()
    return len(some)


def write_again(registration: Registration, mail: OutgoingMail, *, actor: str) -> bool:
    """Write once more to somebody whom a letter did not reach; says whether there is anything to.

    They read how things stand now, so that nothing older follows something
    newer: a letter to many is composed anew, any other is the letter of their state.
    """
    db.session.refresh(registration, with_for_update={"of": Registration})
    db.session.refresh(mail, with_for_update=True)
    if mail.state not in outbox.GIVEN_UP or not registration.email:
        return False
    ulid, mail.dispatch = mail.dispatch, None  # the new one is counted in its place
    dispatch = db.session.scalar(select(Dispatch).where(Dispatch.ulid == ulid))
    if not _repeat(registration, dispatch):
        mail.dispatch = ulid
        return False
    mail.state = MailState.SUPERSEDED
    note("letter_sent_again", registration, actor)
    return True


def send_again(registration: Registration, *, actor: str) -> bool:
    """Write how things stand once more, because somebody asks for it; says whether there is a way.

    There is none without an address, or to one that was corrected. Raises `JustWritten`.
    """
    db.session.refresh(registration, with_for_update={"of": Registration})
    if not registration.email or registration.is_corrected_away:
        return False
    if outbox.posted_within(registration.thread, None, ONCE_WITHIN):
        raise JustWritten
    if not _repeat(registration, None):
        return False
    note("letter_repeated", registration, actor)
    return True


def _repeat(registration: Registration, dispatch: Dispatch | None) -> bool:
    """Post what a lost letter said, as of now; says whether there is anything to post."""
    if dispatch and dispatch.kind not in NEWS:
        letter = _letter(dispatch, registration)
        if letter:
            outbox.post(letter, thread=registration.thread, dispatch=dispatch.ulid)
        return letter is not None
    if registration.event_session.has_begun:
        return False
    return letters.tell(
        registration, letters.as_it_stands, dispatch=dispatch.ulid if dispatch else None
    )


def hand_over(old: Registration, new: Registration | None) -> None:
    """Write nothing more to a wrong address; what it missed is written to the right one.

    That is what was not written yet, has not left, or was lost there.
    """
    missed = db.session.scalars(
        select(OutgoingMail)
        .where(
            OutgoingMail.thread == old.thread,
            or_(
                OutgoingMail.state.in_(outbox.GIVEN_UP),
                and_(OutgoingMail.state == MailState.QUEUED, OutgoingMail.dispatch.is_not(None)),
            ),
        )
        .with_for_update()
    ).all()
    for mail in missed:
        mail.state = MailState.SUPERSEDED
    if new:
        _write_instead(old, new, [mail.dispatch for mail in missed if mail.dispatch])


def _write_instead(old: Registration, new: Registration, missed: list[str]) -> None:
    of_missed = select(Dispatch.id).where(Dispatch.ulid.in_(missed))
    unread = or_(
        DispatchRecipient.written_at.is_(None), DispatchRecipient.dispatch_id.in_(of_missed)
    )
    theirs_now = db.session.scalars(
        update(DispatchRecipient)
        .where(DispatchRecipient.registration_id == old.id, unread)
        .values(registration_id=new.id, written_at=None)
        .returning(DispatchRecipient.dispatch_id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.execute(
        update(Dispatch)
        .where(Dispatch.id.in_(theirs_now))
        .values(written_at=None)
        .execution_options(synchronize_session=False)
    )


class Reach(NamedTuple):
    """How far a dispatch has come, in people written to and in letters."""

    people: int
    written: int
    letters: Progress


def reach(dispatches: list[Dispatch]) -> dict[int, Reach]:
    """How far each of them has come, by id. Two queries for any number of them."""
    rows = db.session.execute(
        select(
            DispatchRecipient.dispatch_id, func.count(), func.count(DispatchRecipient.written_at)
        )
        .where(DispatchRecipient.dispatch_id.in_([one.id for one in dispatches]))
        .group_by(DispatchRecipient.dispatch_id)
    )
    people = {number: (everybody, written) for number, everybody, written in rows}
    posted = outbox.progress_of([one.ulid for one in dispatches])
    return {
        one.id: Reach(*people.get(one.id, (0, 0)), posted.get(one.ulid, Progress()))
        for one in dispatches
    }


def sessions_to_ask() -> list[EventSession]:
    """Sessions whose people are now to be asked whether they come, in the order of turns."""
    asked = exists().where(
        Dispatch.event_session_id == EventSession.id, Dispatch.kind == Occasion.REMINDER
    )
    ahead = db.session.scalars(
        select(EventSession)
        .where(
            EventSession.status == SessionStatus.PUBLISHED,
            EventSession.reminder_days.is_not(None),
            EventSession.starts_at > clock.now(),
            ~asked,
        )
        .order_by(EventSession.id)
    )
    return [one for one in ahead if _is_time_to_ask(one)]


def _is_time_to_ask(event_session: EventSession) -> bool:
    moment, now = asks_at(event_session), clock.now()
    in_time = event_session.starts_at > now + seats.NOTHING_HELD_WITHIN
    takes_place = event_session.status is SessionStatus.PUBLISHED
    return moment is not None and moment <= now and in_time and takes_place


def asks_at(event_session: EventSession) -> datetime | None:
    """When the people of a session are asked whether they come; None if they are not."""
    if event_session.reminder_days is None:
        return None
    day = clock.day_of(event_session.starts_at) - timedelta(days=event_session.reminder_days)
    return datetime.combine(day, ASKED_AT, BERLIN)


def ask_who_comes(event_session: EventSession) -> None:
    """Ask everybody who has a seat whether they come, but who said so within the last day.

    Who does not want to be asked is not. Once per session, also if it moves: doing it
    twice does nothing the second time, and neither if it has just moved away. The
    caller holds the session's turn.
    """
    moment = asks_at(event_session)
    due = moment and _is_time_to_ask(event_session)
    if not moment or not due or of_session(event_session, Occasion.REMINDER):
        return
    who = and_(
        Registration.status == Status.CONFIRMED,
        Registration.wants_reminder,
        or_(
            Registration.said_yes_at.is_(None),
            Registration.said_yes_at <= moment - SAID_YES_LATELY,
        ),
    )
    start(Occasion.REMINDER, event_session, who, actor=journal.SYSTEM)


def of_session(event_session: EventSession, *occasions: Occasion) -> list[Dispatch]:
    """The dispatches of a session, the newest first; only of these occasions, if any are named."""
    query = select(Dispatch).where(Dispatch.event_session_id == event_session.id)
    if occasions:
        query = query.where(Dispatch.kind.in_(occasions))
    return list(db.session.scalars(query.order_by(Dispatch.id.desc())))


def _write(dispatch: Dispatch, registration: Registration) -> None:
    """Write to one of its recipients, if it still concerns them."""
    if dispatch.kind in NEWS:
        letters.tell_news(registration, dispatch=dispatch.ulid)
    elif registration.email and (letter := _letter(dispatch, registration)):
        outbox.post(letter, thread=registration.thread, dispatch=dispatch.ulid)
        if dispatch.kind is Occasion.REMINDER:
            note("asked_who_comes", registration)


def _letter(dispatch: Dispatch, registration: Registration) -> Letter | None:
    """What somebody reads who is still one of those that it is meant for; else nothing."""
    event_session = registration.event_session
    if dispatch.kind is Occasion.MESSAGE:
        has_left = not registration.is_live and dispatch.audience != TO_WHO_LEFT
        return None if has_left else letters.message(registration, dispatch.subject, dispatch.text)
    if registration.status is not Status.CONFIRMED or event_session.is_called_off:
        return None
    if dispatch.kind is Occasion.THANKS:
        return letters.thanks(registration)
    is_asked = registration.wants_reminder and not event_session.has_begun
    return letters.reminder(registration) if is_asked else None


def _spare_older_news(event_session: EventSession) -> None:
    """Of older news nobody else needs to hear: the worker finds nothing left to write."""
    older = select(Dispatch.id).where(
        Dispatch.event_session_id == event_session.id,
        Dispatch.kind.in_(NEWS),
        Dispatch.written_at.is_(None),
    )
    db.session.execute(
        update(DispatchRecipient)
        .where(DispatchRecipient.dispatch_id.in_(older), DispatchRecipient.written_at.is_(None))
        .values(written_at=clock.now())
        .execution_options(synchronize_session=False)
    )
