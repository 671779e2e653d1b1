"""The tables of registrations, and of letters to many of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    case,
    literal,
    literal_column,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from chancendialog import clock
from chancendialog.extensions import Encrypted, Model, new_ulid, one_of
from chancendialog.programme.models import EventSession
from chancendialog.registration import spelling, tickets


class Status(StrEnum):
    """Where a registration stands. That a session is called off is a fact of the session."""

    UNVERIFIED = "unverified"  # must click the mailed link; holds seats until `hold_until`
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"  # was asked from the waiting list; holds seats until `hold_until`
    EXPIRED = "expired"  # said nothing in time; a late click asks again
    WITHDRAWN = "withdrawn"  # final; undoing it is a new registration


HELD = (Status.UNVERIFIED, Status.OFFERED)
LIVE = (Status.CONFIRMED, Status.WAITING, *HELD)


class Source(StrEnum):
    """Through which door it came."""

    ONLINE = "online"
    COUNTER = "counter"  # staff entered it
    WALK_IN = "walk-in"  # let in at the door without having signed up


_LIVE = text("status IN ('confirmed', 'waiting', 'unverified', 'offered') AND email IS NOT NULL")
_HELD = text("status IN ('unverified', 'offered')")
_KEPT = text("erased_at IS NULL")
_TO_PHONE = text("to_phone_since IS NOT NULL")
_LETTER_BY_LETTER = String().with_variant(String(collation="C"), "postgresql")  # as SQLite sorts


class Registration(Model):
    """One mail address and its 1…n people in one session.

    `receipt` is the number of the form that made it: sending the same form
    twice is one registration, and one whose address was corrected is followed by
    another of the same form. `link_version` kills mailed links when raised.
    The name is empty, the address and the ticket are NULL once they are erased;
    the two keys, by which lists are sorted and searched, follow name and address.
    Walk-ins who gave no name are one party, `WALK_IN`, that counts as erased from
    the start: it never named anybody.

    `hold_until` is when seats held for an unverified or offered one are given
    on; NULL when none are held: somebody who joined the queue and has not
    clicked yet. `offered_at` tells an expired offer from an expired sign-up.
    `said_yes_at` is when they last said that they come. `to_phone_since` is when
    something happened of which somebody without an address has not been told on the
    phone yet; `phone` is asked of nobody else. `changed_at` moves with
    every change to the row, for their calendar.
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
        # what is counted, sorted and searched by is all in these three: no row is read for it
        Index(
            "ix_registration_queue",
            *("event_session_id", "status", "registered_at", "id", "party_size"),
        ),
        Index(
            "ix_registration_people",
            *("event_session_id", "registered_at", "id", "status", "hold_until", "party_size"),
        ),
        Index(
            "ix_registration_names",
            *("event_session_id", "sort_key", "id", "status", "hold_until", "search_key"),
        ),
        Index(
            "ix_registration_kept",
            "event_session_id",
            sqlite_where=_KEPT,
            postgresql_where=_KEPT,
        ),
        Index(
            "ix_registration_to_phone",
            "event_session_id",
            sqlite_where=_TO_PHONE,
            postgresql_where=_TO_PHONE,
        ),
        Index(
            "ix_registration_hold",
            "hold_until",
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ulid: Mapped[str] = mapped_column(unique=True, default=new_ulid)
    event_session_id: Mapped[int] = mapped_column(ForeignKey("event_session.id"))
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(default="")
    sort_key: Mapped[str] = mapped_column(_LETTER_BY_LETTER)
    search_key: Mapped[str]
    party_size: Mapped[int]
    status: Mapped[Status] = mapped_column(one_of(Status))
    source: Mapped[Source] = mapped_column(one_of(Source), default=Source.ONLINE)
    language: Mapped[str] = mapped_column(default="de")
    wants_reminder: Mapped[bool] = mapped_column(default=True)  # to be asked who comes
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    hold_until: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]  # when to ask once more for the click
    called_at: Mapped[datetime | None]  # when told last that the first to click gets a seat
    said_yes_at: Mapped[datetime | None]
    to_phone_since: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(index=True)
    link_version: Mapped[int] = mapped_column(default=0)
    ticket: Mapped[str | None] = mapped_column(unique=True, default=tickets.new_code)
    ical_uid: Mapped[str]
    ical_sequence: Mapped[int] = mapped_column(default=0)
    erased_at: Mapped[datetime | None]

    event_session: Mapped[EventSession] = relationship()

    @validates("name", "email")
    def _spell(self, field: str, value: str | None) -> str | None:
        """The keys follow whatever they are made of."""
        made_of = {"name": self.name, "email": self.email} | {field: value}
        self.sort_key = spelling.sort_key(made_of["name"] or "")
        self.search_key = spelling.search_key(made_of["name"] or "", made_of["email"])
        return value

    @hybrid_property
    def standing(self) -> Status:
        """The status as of now: an overdue hold has run out, also before anybody noted it."""
        overdue = self.status in HELD and self.hold_until and self.hold_until <= clock.now()
        return Status.EXPIRED if overdue else self.status

    @standing.inplace.expression
    @classmethod
    def _standing(cls) -> ColumnElement[Status]:
        overdue = and_(cls.status.in_(HELD), cls.hold_until <= clock.now())
        return case((overdue, literal(Status.EXPIRED, cls.status.type)), else_=cls.status)

    @property
    def is_live(self) -> bool:
        """Whether it has or holds a seat, or waits for one."""
        return self.standing in LIVE

    @property
    def is_let_in(self) -> bool:
        """Whether the door lets its people in: they have a seat, and it is not too late."""
        over = self.event_session.is_called_off or self.event_session.is_over
        return self.status is Status.CONFIRMED and not over

    @property
    def only_waits(self) -> bool:
        """Whether giving it up frees no seat: it waits for one, or would after the click."""
        return self.status is Status.WAITING or (
            self.status is Status.UNVERIFIED and self.hold_until is None
        )

    @hybrid_property
    def is_corrected_away(self) -> bool:
        """Whether its person has gone on at another address, with another registration."""
        return self.link_version > 0

    @hybrid_property
    def goes_early(self) -> bool:
        """Whether it is not kept as long as others: nobody said yes to it, or it went elsewhere."""
        has_expired = self.status is Status.EXPIRED and self.offered_at is None
        return self.status is Status.UNVERIFIED or has_expired or self.is_corrected_away

    @goes_early.inplace.expression
    @classmethod
    def _goes_early(cls) -> ColumnElement[bool]:
        has_expired = and_(cls.status == Status.EXPIRED, cls.offered_at.is_(None))
        return or_(cls.status == Status.UNVERIFIED, has_expired, cls.is_corrected_away)

    @property
    def thread(self) -> str:
        """Its name in the outbox and the journal."""
        return f"registration:{self.ulid}"


# written out, or databases would not use the partial index above for an address
LIVE_ONES = Registration.status.in_([literal_column(f"'{status}'") for status in LIVE])


class Arrangement(StrEnum):
    """What we arrange so that somebody can take part well; never why they need it."""

    SIGN_LANGUAGE = "sign-language"
    SPEECH_TO_TEXT = "speech-to-text"
    HEARING_LOOP = "hearing-loop"
    WHEELCHAIR = "wheelchair"
    LEGROOM = "legroom"
    COMPANION = "companion"
    ASSISTANCE_DOG = "assistance-dog"
    OTHER = "other"  # in their own words


class NeedState(StrEnum):
    """How far the office is with a need."""

    OPEN = "open"
    ARRANGED = "arranged"
    CANNOT = "cannot"


class Need(Model):
    """One thing that the people of a registration need, and the office's answer to them.

    Encrypted is all that tells something of their health, and that is the kind, too:
    whoever looks for kinds reads all rows. `changed_at` and `actor` are of whoever
    told or answered it last.
    """

    __tablename__ = "need"

    id: Mapped[int] = mapped_column(primary_key=True)
    ulid: Mapped[str] = mapped_column(unique=True, default=new_ulid)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    kind: Mapped[str | None] = mapped_column(Encrypted)  # None: no key opens it any more
    text: Mapped[str | None] = mapped_column(Encrypted)  # only of those in own words
    state: Mapped[NeedState] = mapped_column(one_of(NeedState), default=NeedState.OPEN)
    answer: Mapped[str | None] = mapped_column(Encrypted)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    actor: Mapped[str]

    registration: Mapped[Registration] = relationship()

    @property
    def arrangement(self) -> Arrangement:
        """What it asks for. One that no key opens any more stands with those in own words."""
        return Arrangement(self.kind) if self.kind else Arrangement.OTHER


class PersonalCalendar(Model):
    """The key to the calendar of one mail address, or what is left of a key that ended.

    Its row is found by the key's SHA-256. A revoked one keeps only that, so that
    whoever still asks can be told that it is gone. `changed_at` is when it was
    made, or last lost something that left no trace anywhere else.
    """

    __tablename__ = "personal_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    key: Mapped[str | None] = mapped_column(Encrypted)
    key_hash: Mapped[str] = mapped_column(unique=True)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]


class Occasion(StrEnum):
    """Why one letter goes to many."""

    MOVED = "moved"
    CALLED_OFF = "called_off"
    REINSTATED = "reinstated"
    REMINDER = "reminder"
    THANKS = "thanks"
    MESSAGE = "message"  # staff's own words


_ONCE = text("kind IN ('reminder', 'thanks')")


class Dispatch(Model):
    """One letter to many people of a session; `subject` and `text` if staff wrote it.

    A draft until `started_at`, when its recipients are fixed; the worker writes
    to them some at a time, and to the last at `written_at`.
    """

    __tablename__ = "dispatch"
    __table_args__ = (
        Index(
            "uq_dispatch_once",
            "event_session_id",
            "kind",
            unique=True,
            sqlite_where=_ONCE,
            postgresql_where=_ONCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ulid: Mapped[str] = mapped_column(unique=True, default=new_ulid)
    event_session_id: Mapped[int] = mapped_column(ForeignKey("event_session.id"))
    kind: Mapped[Occasion] = mapped_column(one_of(Occasion))
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default="")  # as staff chose it
    actor: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    written_at: Mapped[datetime | None]

    event_session: Mapped[EventSession] = relationship()


class DispatchRecipient(Model):
    """Somebody to whom a dispatch goes, or went at `written_at`."""

    __tablename__ = "dispatch_recipient"

    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatch.id"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    written_at: Mapped[datetime | None]
