"""The table of registrations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chancendialog import clock
from chancendialog.extensions import Model, new_ulid, one_of
from chancendialog.programme.models import EventSession


class Status(StrEnum):
    """Where a registration stands. That a session is called off is a fact of the session."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"  # final; undoing it is a new registration


class Source(StrEnum):
    """Through which door it came."""

    ONLINE = "online"
    COUNTER = "counter"  # staff entered it


_LIVE = text("status IN ('confirmed', 'waiting') AND email IS NOT NULL")


class Registration(Model):
    """One mail address and its 1…n people in one session.

    `receipt` is the number of the form that made it: sending the same form
    twice is one registration. `link_version` kills mailed links when raised.
    The name is empty and the address NULL once they are erased.
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lowercase"),
        CheckConstraint("party_size >= 1", name="party_size_is_positive"),
        UniqueConstraint("ical_uid"),
        Index(
            "uq_registration_live_email",
            "event_session_id",
            "email",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_registration_queue", "event_session_id", "status", "registered_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ulid: Mapped[str] = mapped_column(unique=True, default=new_ulid)
    event_session_id: Mapped[int] = mapped_column(ForeignKey("event_session.id"))
    name: Mapped[str]
    email: Mapped[str | None]
    party_size: Mapped[int]
    status: Mapped[Status] = mapped_column(one_of(Status))
    source: Mapped[Source] = mapped_column(one_of(Source), default=Source.ONLINE)
    language: Mapped[str] = mapped_column(default="de")
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    receipt: Mapped[str | None] = mapped_column(index=True)
    link_version: Mapped[int] = mapped_column(default=0)
    ical_uid: Mapped[str]
    ical_sequence: Mapped[int] = mapped_column(default=0)
    erased_at: Mapped[datetime | None]

    event_session: Mapped[EventSession] = relationship()

    @property
    def is_live(self) -> bool:
        """Whether it holds a seat or waits for one."""
        return self.status in (Status.CONFIRMED, Status.WAITING)

    @property
    def thread(self) -> str:
        """Its name in the outbox and the journal."""
        return f"registration:{self.ulid}"
