"""Which letter leaves next.

A letter is posted in the transaction of the change it tells of: no letter
without the change, no change without the letter. A worker claims a row with a
lease in one short transaction and notes the result in another, so that no lock
is held while the mail server talks, and a worker that dies loses nothing: the
lease runs out and the next one takes over, with the same Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from chancendialog import clock, tokens
from chancendialog.extensions import db
from chancendialog.links import mail_domain, sender
from chancendialog.mailing.letter import Letter
from chancendialog.mailing.models import MailState, OutgoingMail

LEASE = timedelta(minutes=5)
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60)]
LATER_PAUSE = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=48)
UNSENT = (MailState.QUEUED, MailState.SENDING)


def post(letter: Letter, *, thread: str, first: bool = False) -> OutgoingMail:
    """Put a letter into the outbox. `first` of its thread spares a look. The caller commits."""
    earlier = [] if first else _earlier(thread)
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
        told=letter.told,
        language=letter.language,
        message_id=f"<{thread.rpartition(':')[2]}.{rank}@{mail_domain()}>",
        answers=" ".join([*answers[:1], *answers[1:][-8:]]),
        created_at=clock.now(),
    )
    db.session.add(row)
    return row


def _earlier(thread: str) -> Sequence[Row[int, str, MailState]]:
    return db.session.execute(
        select(OutgoingMail.rank, OutgoingMail.message_id, OutgoingMail.state)
        .where(OutgoingMail.thread == thread)
        .order_by(OutgoingMail.rank)
    ).all()


def supersede(thread: str) -> None:
    """Drop what has not left yet, because a newer letter tells the whole state.

    From here on no worker can claim those, so `what_left` stays true until the
    transaction ends.
    """
    db.session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.thread == thread, OutgoingMail.state == MailState.QUEUED)
        .values(state=MailState.SUPERSEDED)
    )


@dataclass(frozen=True)
class Left:
    """What the reader of a thread knows: its last letter that left."""

    told: dict[str, str | None]
    invited: bool  # an invitation left, and nothing has taken it back


def what_left(thread: str) -> Left | None:
    """What the letters that left say in the end; None if none has left.

    One that was tried counts: the server may have taken it and lost its voice.
    """
    letters = db.session.execute(
        select(OutgoingMail.told, OutgoingMail.calendar_method)
        .where(OutgoingMail.thread == thread, OutgoingMail.attempts > 0)
        .order_by(OutgoingMail.rank.desc())
    ).all()
    if not letters:
        return None
    methods = [letter.calendar_method for letter in letters if letter.calendar_method]
    return Left(letters[0].told, invited=methods[:1] == ["REQUEST"])


def posted_within(thread: str, kind: str, period: timedelta) -> int:
    """How many letters of this kind were posted within the last `period`."""
    return (
        db.session.scalar(
            select(func.count()).where(
                OutgoingMail.thread == thread,
                OutgoingMail.kind == kind,
                OutgoingMail.created_at > clock.now() - period,
            )
        )
        or 0
    )


def failures(threads: list[str]) -> dict[str, str]:
    """What the mail server said about letters that were given up, by thread."""
    rows = db.session.execute(
        select(OutgoingMail.thread, OutgoingMail.last_error)
        .where(OutgoingMail.thread.in_(threads), OutgoingMail.state == MailState.FAILED)
        .order_by(OutgoingMail.rank)
    )
    return {row.thread: row.last_error for row in rows}


def claim() -> OutgoingMail | None:
    """Take the letter that is due next; commit before sending it.

    Taken by one worker only, and freed again when its lease ends.
    """
    row = db.session.scalar(
        select(OutgoingMail)
        .where(*_is_due())
        .order_by(OutgoingMail.next_attempt_at, OutgoingMail.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutgoingMail)
    )
    if row:
        row.state = MailState.SENDING
        row.leased_until = clock.now() + LEASE
        row.attempts += 1
    return row


def anything_due() -> bool:
    """Whether it is worth calling the mail server."""
    return bool(db.session.scalar(select(exists().where(*_is_due()))))


def note_sent(row: OutgoingMail) -> None:
    """The mail server has taken it."""
    _note(row, state=MailState.SENT, sent_at=clock.now(), last_error="")


def note_failure(row: OutgoingMail, why: str, *, for_good: bool) -> None:
    """Try again after a growing pause: 1, 5, 15, 60 minutes, then every 6 hours.

    When the server refuses for good, or 48 hours have gone by with more than a
    few tries, staff see it.
    """
    now = clock.now()
    tried_enough = row.attempts > len(PAUSES) and now - row.created_at >= GIVE_UP_AFTER
    if for_good or tried_enough:
        _note(row, state=MailState.FAILED, last_error=why)
        return
    pause = PAUSES[row.attempts - 1] if row.attempts <= len(PAUSES) else LATER_PAUSE
    _note(row, state=MailState.QUEUED, last_error=why, next_attempt_at=now + pause)


def reply_address(email: str, *, bounces: bool = False) -> str:
    """Where answers go: one address per person where the setting says {token}.

    Mail that cannot be delivered returns to the same with b- before the token.
    """
    pattern: str = current_app.config["MAIL_REPLY_ADDRESS"]
    token = tokens.person_token(email)
    if bounces and "{token}" not in pattern:
        return sender()[1]
    return pattern.replace("{token}", f"b-{token}" if bounces else token) or sender()[1]


def _is_due() -> tuple[ColumnElement[bool], ...]:
    """Its time has come, or its worker died; and no older letter of its thread is unsent.

    Else calendars would jump back to what the older one says.
    """
    now = clock.now()
    older = aliased(OutgoingMail)
    return (
        or_(
            and_(OutgoingMail.state == MailState.QUEUED, OutgoingMail.next_attempt_at <= now),
            and_(OutgoingMail.state == MailState.SENDING, OutgoingMail.leased_until <= now),
        ),
        ~exists().where(
            older.thread == OutgoingMail.thread,
            older.rank < OutgoingMail.rank,
            older.state.in_(UNSENT),
        ),
    )


def _note(row: OutgoingMail, **values: object) -> None:
    """Only for the attempt that was ours: another worker may have taken over since."""
    db.session.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.id == row.id,
            OutgoingMail.state == MailState.SENDING,
            OutgoingMail.attempts == row.attempts,
        )
        .values(leased_until=None, **values)
    )
