"""The tables of the programme.

They never learn of registrations: whoever needs both asks from above.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chancendialog import clock
from chancendialog.extensions import Model, new_ulid, one_of
from chancendialog.i18n import Text
from chancendialog.programme.texts import Translated, said_of_access

USUAL_LENGTH = timedelta(hours=2)  # of a session whose end nobody has said
TIME_TO_BOOK = timedelta(days=14)  # before the start, unless a session says otherwise


class SessionStatus(StrEnum):
    """Whether the public sees a session, and whether it takes place."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CALLED_OFF = "called-off"


class Confirmation(StrEnum):
    """What makes a sign-up count."""

    DIRECT = "direct"  # the form itself
    BY_MAIL = "by-mail"  # the click on a mailed link; until then the seat is held


class Series(Translated, Model):
    """A Veranstaltungsreihe.

    `changed_at` moves with every change to what calendars show of it; `revision`
    is then another one, also when two changes fall on the same moment.
    """

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    revision: Mapped[str] = mapped_column(default=new_ulid)


class Topic(Translated, Model):
    """One of the six topics, or of the three foundations they stand on."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    is_foundation: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]


class Venue(Translated, Model):
    """Where a session takes place.

    Nothing is guessed about the way in: `step_free` and `hearing_loop` are NULL
    until somebody has looked. `rooms` are proposals for `EventSession.room`.
    """

    __tablename__ = "venue"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    rooms: Mapped[list[str]] = mapped_column(JSON, default=list)
    directions: Mapped[str] = mapped_column(default="")
    stop: Mapped[str] = mapped_column(default="")  # the nearest one of a tram or bus
    entrance: Mapped[str] = mapped_column(default="")  # how to get in
    step_free: Mapped[bool | None]  # from the street into the rooms
    hearing_loop: Mapped[bool | None]
    access: Mapped[str] = mapped_column(default="")  # what else is to be known: lifts, toilets
    notes: Mapped[str] = mapped_column(default="")  # what is different these days

    @property
    def address(self) -> str:
        """„Hildesheimer Straße 20, 30169 Hannover“."""
        return f"{self.street}, {self.postcode} {self.city}"

    @property
    def on_site(self) -> list[str]:
        """Whether people can get in and hear, as sentences; `access` says more."""
        return said_of_access(self.step_free, self.hearing_loop)


session_topic = Table(
    "session_topic",
    Model.metadata,
    Column("event_session_id", ForeignKey("event_session.id"), primary_key=True),
    Column("topic_id", ForeignKey("topic.id"), primary_key=True),
)


class EventSession(Translated, Model):
    """One evening of the series. The word Session alone belongs to others.

    `booking_turn` counts the changes to its seats; writing to it is how they
    queue up, see `registration.seats`. `changed_at` moves with everything that
    calendars show of it, the venue's address and the topics' names included.
    `last_call_at` is when, shortly before the start, everybody waiting was told
    that the first to click gets a seat; NULL while there is none to have.
    """

    __tablename__ = "event_session"
    __table_args__ = (
        CheckConstraint("capacity >= 0", name="capacity_is_not_negative"),
        CheckConstraint("party_limit >= 1", name="party_limit_is_positive"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("waiting_list_limit >= 0", name="waiting_list_limit_is_not_negative"),
        CheckConstraint("reminder_days >= 1", name="reminder_days_are_positive"),
        CheckConstraint("contact_days >= 0", name="contact_days_are_not_negative"),
        CheckConstraint("needs_days >= 0", name="needs_days_are_not_negative"),
        UniqueConstraint("ical_uid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ulid: Mapped[str] = mapped_column(unique=True, default=new_ulid)
    slug: Mapped[str] = mapped_column(unique=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="de")  # that is spoken, and written in title
    speakers: Mapped[str] = mapped_column(default="")
    interpreters: Mapped[str] = mapped_column(default="")  # sign languages, speech to text
    notes: Mapped[str] = mapped_column(default="")  # what is different on that evening
    photos: Mapped[bool] = mapped_column(default=False)  # whether the office takes some
    room: Mapped[str] = mapped_column(default="")  # in the venue; as good as an address
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    capacity: Mapped[int]  # people
    party_limit: Mapped[int] = mapped_column(default=4)  # people per registration
    waiting_list: Mapped[bool] = mapped_column(default=True)  # whether newcomers may join it
    waiting_list_limit: Mapped[int | None]  # people; NULL: as many as like
    offers: Mapped[bool] = mapped_column(default=True)  # ask who waits, or seat them directly
    confirmation: Mapped[Confirmation] = mapped_column(
        one_of(Confirmation), default=Confirmation.DIRECT
    )
    registration_opens_at: Mapped[datetime | None]
    registration_closes_at: Mapped[datetime | None]
    reminder_days: Mapped[int | None] = mapped_column(
        Integer().evaluates_none(),
        default=3,  # before the start; None, if said, means none
    )
    thanks: Mapped[bool] = mapped_column(default=True)  # write to who came, the day after
    contact_days: Mapped[int | None]  # that names and addresses are kept; NULL: as usual
    needs_until: Mapped[datetime | None]  # see `bookable_until`
    needs_days: Mapped[int | None]  # that needs are kept; NULL: as usual
    status: Mapped[SessionStatus] = mapped_column(one_of(SessionStatus))
    called_off_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]  # when the office had done with it
    booking_turn: Mapped[int] = mapped_column(default=0)
    last_call_at: Mapped[datetime | None]
    ical_uid: Mapped[str]
    ical_sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    series: Mapped[Series] = relationship()
    venue: Mapped[Venue] = relationship()
    topics: Mapped[list[Topic]] = relationship(secondary=session_topic, order_by=Topic.position)

    @property
    def written_in(self) -> str:
        """The language of title and description: the one that is spoken."""
        return self.language

    @property
    def house_and_room(self) -> str:
        """„Haus der Region, Raum N 003“."""
        return ", ".join(filter(None, (self.venue.name, self.room)))

    @property
    def place(self) -> str:
        """The same with the address."""
        return f"{self.house_and_room}, {self.venue.address}"

    def current_notes(self, language: str) -> tuple[Text, ...]:
        """What is different than usual: in the house, and on that evening."""
        notes = (one.text("notes", language) for one in (self.venue, self))
        return tuple(note for note in notes if note.words)

    @property
    def is_draft(self) -> bool:
        """Whether nobody but the office knows of it."""
        return self.status is SessionStatus.DRAFT

    @property
    def is_archived(self) -> bool:
        """Whether the office has put it away; what takes place after all is back in the list."""
        return self.archived_at is not None and not self.is_to_come

    @property
    def is_called_off(self) -> bool:
        """Whether the office has called it off."""
        return self.status is SessionStatus.CALLED_OFF

    @property
    def presumed_end(self) -> datetime:
        """When it is over: two hours after the start unless somebody said."""
        return self.ends_at or self.starts_at + USUAL_LENGTH

    @property
    def bookable_until(self) -> datetime:
        """Until when interpreters that people ask for can be booked: two weeks before the start."""
        return self.needs_until or self.starts_at - TIME_TO_BOOK

    @property
    def is_too_late_to_book(self) -> bool:
        """Whether interpreters could only be found by luck."""
        return clock.now() > self.bookable_until

    @property
    def has_begun(self) -> bool:
        """Whether it is too late to take or give up a seat."""
        return clock.now() >= self.starts_at

    @property
    def is_to_come(self) -> bool:
        """Whether there is still something to come to: it has not begun and is not called off."""
        return not (self.has_begun or self.is_called_off)

    @property
    def is_over(self) -> bool:
        """Whether it belongs to the past ones."""
        return clock.now() >= self.presumed_end

    @property
    def thread(self) -> str:
        """Its name in the journal."""
        return f"session:{self.ulid}"
