"""Which letter leaves next.

A letter is posted in the transaction of the change it tells of: no letter
without the change, no change without the letter. A worker claims a row with a
lease in one short transaction and notes the result in another, so that no lock
is held while the mail server talks, and a worker that dies loses nothing: the
lease runs out and the next one takes over, with the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    true,
    update,
)
from sqlalchemy.orm import aliased

from chancendialog import clock, tokens
from chancendialog.extensions import UTCDateTime, db
from chancendialog.links import mail_domain, sender
from chancendialog.mailing.letter import Letter
from chancendialog.mailing.models import MailState, OutgoingMail

MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60)]
LATER_PAUSE = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=48)
UNSENT = (MailState.QUEUED, MailState.SENDING)
GIVEN_UP = (MailState.FAILED, MailState.REFUSED)
RATE_LOCK = 2035  # a number that no other advisory lock of this database has


def post(
    letter: Letter, *, thread: str, first: bool = False, dispatch: str | None = None
) -> OutgoingMail:
    """Put a letter into the outbox; the caller commits.

    `first` of its thread spares a look. `dispatch` names the letter to many that
    it is one of; those leave after letters to one person, unless such a letter
    waits behind them.
    """
    earlier = [] if first else _earlier(thread)
    if not dispatch and any(row.waits_among_many for row in earlier):
        _bring_forward(thread)
    rank = earlier[-1].rank + 1 if earlier else 0
    answers = [row.message_id for row in earlier if row.state is not MailState.SUPERSEDED]
    row = OutgoingMail(
        thread=thread,
        rank=rank,
        kind=letter.kind,
        recipient_name=letter.name,
        recipient=letter.email,
        reply_to=reply_address(letter.email),
        envelope_from=reply_address(letter.email, bounces=True),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendar=letter.calendar,
        calendar_method=letter.calendar_method,
        dispatch=dispatch,
        priority=1 if dispatch else 0,
        told=letter.told,
        language=letter.language,
        message_id=f"<{thread.rpartition(':')[2]}.{rank}@{mail_domain()}>",
        answers=" ".join([*answers[:1], *answers[1:][-8:]]),
        created_at=clock.now(),
    )
    db.session.add(row)
    return row


def _earlier(thread: str) -> Sequence[Row[int, str, MailState, bool]]:
    return db.session.execute(
        select(
            OutgoingMail.rank,
            OutgoingMail.message_id,
            OutgoingMail.state,
            _WAITS_AMONG_MANY.label("waits_among_many"),
        )
        .where(OutgoingMail.thread == thread)
        .order_by(OutgoingMail.rank)
    ).all()


def _bring_forward(thread: str) -> None:
    """Nobody waits for their own letter until hundreds of others have theirs."""
    db.session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.thread == thread, _WAITS_AMONG_MANY)
        .values(priority=0)
    )


_WAITS_AMONG_MANY = and_(OutgoingMail.state == MailState.QUEUED, OutgoingMail.priority > 0)


def supersede(thread: str) -> None:
    """Drop what has not left yet, because a newer letter tells the whole state.

    Letters that tell nothing of it stay. From here on no worker can claim the
    others, so `what_left` stays true until the transaction ends.
    """
    db.session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.thread == thread,
            OutgoingMail.state == MailState.QUEUED,
            OutgoingMail.told.is_not(None),
        )
        .values(state=MailState.SUPERSEDED)
    )


@dataclass(frozen=True)
class Left:
    """What the reader of a thread knows: its last letter of their state that left."""

    told: dict[str, str | None]
    invited: bool  # an invitation left, and nothing has taken it back
    taken_back: bool = False  # it left, and so did its cancellation


def what_left(thread: str) -> Left | None:
    """What the letters that left say in the end; None if none that tells something has left.

    One that was tried counts: the server may have taken it and lost its voice.
    One that it refused for good does not.
    """
    that_left = (OutgoingMail.attempts > 0, OutgoingMail.state != MailState.REFUSED)
    letters = _that_tell(thread, *that_left)
    if not letters:
        return None
    method = next((letter.calendar_method for letter in letters if letter.calendar_method), None)
    return Left(letters[0].told or {}, method == "REQUEST", method == "CANCEL")


def last_told(thread: str) -> dict[str, str | None] | None:
    """What the last letter of a thread tells that left or will leave."""
    lost = (MailState.SUPERSEDED, MailState.REFUSED)
    letters = _that_tell(thread, OutgoingMail.state.not_in(lost))
    return letters[0].told if letters else None


def _that_tell(
    thread: str, *which: ColumnElement[bool]
) -> list[Row[dict[str, str | None] | None, str | None]]:
    """What letters of a thread told and did to calendars, the last first."""
    letters = db.session.execute(
        select(OutgoingMail.told, OutgoingMail.calendar_method)
        .where(OutgoingMail.thread == thread, *which)
        .order_by(OutgoingMail.rank.desc())
    )
    return [letter for letter in letters if letter.told]


def posted_within(thread: str, kind: str | None, period: timedelta) -> int:
    """How many letters of this kind, or of any, were posted within the last `period`."""
    return (
        db.session.scalar(
            select(func.count()).where(
                OutgoingMail.thread == thread,
                true() if kind is None else OutgoingMail.kind == kind,
                OutgoingMail.created_at > clock.now() - period,
            )
        )
        or 0
    )


def last_posted_at(thread: str, kind: str) -> datetime | None:
    """When the last letter of this kind was posted, as long as it is kept."""
    return db.session.scalar(
        select(func.max(OutgoingMail.created_at)).where(
            OutgoingMail.thread == thread, OutgoingMail.kind == kind
        )
    )


def is_about_to_leave(thread: str, kind: str) -> bool:
    """Whether a letter of this kind has not left yet."""
    waits = exists().where(
        OutgoingMail.thread == thread,
        OutgoingMail.kind == kind,
        OutgoingMail.state == MailState.QUEUED,
    )
    return bool(db.session.scalar(select(waits)))


def posted_to(email: str, kind: str, period: timedelta) -> int:
    """How many letters of this kind were posted to an address within the last `period`."""
    return (
        db.session.scalar(
            select(func.count()).where(
                OutgoingMail.created_at > clock.now() - period,
                OutgoingMail.recipient == email,
                OutgoingMail.kind == kind,
                OutgoingMail.state != MailState.SUPERSEDED,
            )
        )
        or 0
    )


def failures(threads: list[str]) -> dict[str, str]:
    """What the mail server said about the last letter of each thread, if that was given up."""
    newer = aliased(OutgoingMail)
    arrived_since = exists().where(
        newer.thread == OutgoingMail.thread,
        newer.rank > OutgoingMail.rank,
        newer.state == MailState.SENT,
    )
    rows = db.session.execute(
        select(OutgoingMail.thread, OutgoingMail.last_error)
        .where(OutgoingMail.thread.in_(threads), OutgoingMail.state.in_(GIVEN_UP), ~arrived_since)
        .order_by(OutgoingMail.rank)
    )
    return {row.thread: row.last_error for row in rows}


def letters_in(*states: MailState, limit: int) -> list[OutgoingMail]:
    """Letters in these states, for staff to look at: by their turn, or what was tried last."""
    by_turn = (OutgoingMail.priority, OutgoingMail.next_attempt_at, OutgoingMail.id)
    last_tried = (OutgoingMail.tried_at.desc().nulls_last(), OutgoingMail.id.desc())
    order = by_turn if MailState.QUEUED in states else last_tried
    query = select(OutgoingMail).where(OutgoingMail.state.in_(states)).order_by(*order)
    return list(db.session.scalars(query.limit(limit)))


def stuck_since(patience: timedelta) -> datetime | None:
    """Since when a letter could leave, if for so long none has been tried; None if all is well.

    Who waits for an older letter of their own, or for a rate, is not stuck.
    """
    before = clock.now() - patience
    if db.session.scalar(select(exists().where(OutgoingMail.tried_at > before))):
        return None
    return db.session.scalar(_SINCE_WHEN, {"now": before})


class Progress(NamedTuple):
    """How many letters of a dispatch wait, left, or were given up."""

    waiting: int = 0
    sent: int = 0
    given_up: int = 0


def progress() -> Progress:
    """How many letters wait, left or were given up; replaced ones count as none of these."""
    return Progress._make(db.session.execute(select(*_counts())).one())


def progress_of(dispatches: list[str]) -> dict[str, Progress]:
    """The same for the letters of each of these dispatches. One query for any number of them."""
    rows = db.session.execute(
        select(OutgoingMail.dispatch, *_counts())
        .where(OutgoingMail.dispatch.in_(dispatches))
        .group_by(OutgoingMail.dispatch)
    )
    return {str(dispatch): Progress(*counts) for dispatch, *counts in rows}


def _counts() -> list[Any]:
    states = (UNSENT, (MailState.SENT,), GIVEN_UP)
    return [func.count(case((OutgoingMail.state.in_(some), 1))) for some in states]


def anything_due() -> bool:
    """Whether it is worth calling the mail server.

    What a worker has held for longer than its lease is due again: it has died.
    """
    now = clock.now()
    db.session.execute(_FREE_AGAIN, {"now": now})
    return upcoming() is not None


def upcoming() -> OutgoingMail | None:
    """The letter that is to leave next, to be claimed by whoever can.

    Letters to one person leave before those to many. None while as many have
    left as `MAIL_RATE` allows.
    """
    _count_one_after_the_other()
    now = clock.now()
    return None if _rate_is_used_up(now) else db.session.scalar(_UPCOMING, {"now": now})


def claim(mail: OutgoingMail) -> bool:
    """Take a letter for this worker alone, until its lease ends; commit before sending it.

    False if somebody else was quicker, a newer letter has replaced it, or the
    rate is used up by now.
    """
    _count_one_after_the_other()
    now = clock.now()
    if _rate_is_used_up(now):
        return False
    facts = {"mail_id": mail.id, "now": now, "lease_ends": now + LEASE}
    attempts = db.session.scalar(_CLAIM, facts)
    mail.attempts = attempts or mail.attempts
    return attempts is not None


def note_sent(mail: OutgoingMail) -> None:
    """The mail server has taken it."""
    facts = {"mail_id": mail.id, "attempt": mail.attempts, "now": clock.now()}
    db.session.execute(_SENT, facts)


def note_failure(mail: OutgoingMail, why: str, *, for_good: bool) -> None:
    """Try again after a growing pause: 1, 5, 15, 60 minutes, then every 6 hours.

    When the server refuses for good, or 48 hours have gone by with more than a
    few tries, staff see it.
    """
    now, state = clock.now(), MailState.QUEUED
    if for_good:
        state = MailState.REFUSED
    elif mail.attempts > len(PAUSES) and now - mail.created_at >= GIVE_UP_AFTER:
        state = MailState.FAILED
    pause = PAUSES[mail.attempts - 1] if mail.attempts <= len(PAUSES) else LATER_PAUSE
    facts = {"mail_id": mail.id, "attempt": mail.attempts, "again_at": now + pause}
    db.session.execute(_NOT_TAKEN, facts | {"becomes": state, "why": why})


def reply_address(email: str, *, bounces: bool = False) -> str:
    """Where answers go: one address per person where the setting says {token}.

    Mail that cannot be delivered returns to the same with b- before the token.
    """
    pattern: str = current_app.config["MAIL_REPLY_ADDRESS"]
    token = tokens.person_token(email)
    if bounces and "{token}" not in pattern:
        return sender()[1]
    return pattern.replace("{token}", f"b-{token}" if bounces else token) or sender()[1]


_NOW = bindparam("now", type_=UTCDateTime())


def _may_leave() -> ColumnElement[bool]:
    """Its time has come, and no older letter of its thread is unsent.

    Else calendars would jump back to what the older one says.
    """
    older = aliased(OutgoingMail)
    older_is_unsent = exists().where(
        older.thread == OutgoingMail.thread,
        older.rank < OutgoingMail.rank,
        older.state.in_(UNSENT),
    )
    return and_(
        OutgoingMail.state == MailState.QUEUED,
        OutgoingMail.next_attempt_at <= _NOW,
        ~older_is_unsent,
    )


# Written once: building them takes as long as running them, and a letter needs each of them.
_UPCOMING = (
    select(OutgoingMail)
    .where(_may_leave())
    .order_by(OutgoingMail.priority, OutgoingMail.next_attempt_at, OutgoingMail.id)
    .limit(1)
    .execution_options(populate_existing=True)
)
_SINCE_WHEN = select(func.min(OutgoingMail.next_attempt_at)).where(_may_leave())
_MAIL = cast("Table", OutgoingMail.__table__)
_FREE_AGAIN = (
    update(OutgoingMail)
    .where(OutgoingMail.state == MailState.SENDING, OutgoingMail.leased_until <= _NOW)
    .values(state=MailState.QUEUED, leased_until=None)
)
_CLAIM = (
    update(_MAIL)
    .where(_MAIL.c.id == bindparam("mail_id"), _MAIL.c.state == MailState.QUEUED)
    .values(
        state=MailState.SENDING,
        tried_at=_NOW,
        leased_until=bindparam("lease_ends", type_=UTCDateTime()),
        attempts=_MAIL.c.attempts + 1,
    )
    .returning(_MAIL.c.attempts)
)
_OURS = (
    _MAIL.c.id == bindparam("mail_id"),
    _MAIL.c.state == MailState.SENDING,
    _MAIL.c.attempts == bindparam("attempt"),  # another worker may have taken over since
)
_SENT = (
    update(_MAIL)
    .where(*_OURS)
    .values(state=MailState.SENT, sent_at=_NOW, last_error="", leased_until=None)
)
_NOT_TAKEN = (
    update(_MAIL)
    .where(*_OURS)
    .values(
        state=bindparam("becomes", type_=_MAIL.c.state.type),
        last_error=bindparam("why"),
        next_attempt_at=bindparam("again_at", type_=UTCDateTime()),
        leased_until=None,
    )
)
_TRIED = select(func.count()).where(OutgoingMail.tried_at > bindparam("since", type_=UTCDateTime()))


def _count_one_after_the_other() -> None:
    """With a rate, workers claim one at a time, or each would find room for one more letter.

    SQLite lets nobody else write from the start of a transaction.
    """
    if current_app.config["MAIL_RATE"] and db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(RATE_LOCK)))


def _rate_is_used_up(now: datetime) -> bool:
    """Whether as many letters were tried within a minute as the mail server allows."""
    rate: int = current_app.config["MAIL_RATE"]
    return bool(rate) and (db.session.scalar(_TRIED, {"since": now - MINUTE}) or 0) >= rate
