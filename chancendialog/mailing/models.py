"""The outbox: one row per letter to one person, word for word."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock
from chancendialog.extensions import Model, one_of


class MailState(StrEnum):
    """Where a letter is on its way."""

    QUEUED = "queued"
    SENDING = "sending"  # a worker holds it until `leased_until`
    SENT = "sent"
    FAILED = "failed"  # given up after two days; staff see why
    REFUSED = "refused"  # the mail server said no for good; staff see its words
    SUPERSEDED = "superseded"  # never left, a newer letter says it all


class OutgoingMail(Model):
    """One letter to one address.

    `thread` (`registration:<ULID>`, `staff:<id>`) is opaque here; letters of
    one thread leave in the order of `rank`. `dispatch` names the letter to many
    that it is one of. `told` is what a later letter may refer to; a newer letter
    of the thread replaces one that has not left, unless its `told` is NULL.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        UniqueConstraint("thread", "rank"),
        UniqueConstraint("dispatch", "thread"),
        UniqueConstraint("message_id"),
        Index("ix_outgoing_mail_due", "state", "priority", "next_attempt_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread: Mapped[str]
    rank: Mapped[int]
    kind: Mapped[str]
    recipient_name: Mapped[str]
    recipient: Mapped[str]
    reply_to: Mapped[str]
    envelope_from: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    calendar: Mapped[bytes | None]
    calendar_method: Mapped[str | None]
    dispatch: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=0)  # the lowest leaves first
    told: Mapped[dict[str, str | None] | None] = mapped_column(JSON(none_as_null=True))
    language: Mapped[str]
    message_id: Mapped[str]
    answers: Mapped[str]  # message ids of the thread, oldest first: References
    state: Mapped[MailState] = mapped_column(one_of(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_attempt_at: Mapped[datetime] = mapped_column(default=clock.now)
    tried_at: Mapped[datetime | None] = mapped_column(index=True)  # last
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
