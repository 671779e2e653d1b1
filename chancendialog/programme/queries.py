"""Reading the programme. The public never sees drafts."""

from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.orm import joinedload, subqueryload

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.programme.models import (
    EventSession,
    Series,
    SessionStatus,
    Topic,
    Venue,
    session_topic,
)

_WITH_PARTS = (
    joinedload(EventSession.venue),
    joinedload(EventSession.series),
    subqueryload(EventSession.topics),  # `selectinload` would ask once for every 500 sessions
)
_PUBLIC = EventSession.status != SessionStatus.DRAFT
_AS_IT_IS_NOW = (
    select(EventSession)
    .where(EventSession.id == bindparam("session_id"))
    .options(
        joinedload(EventSession.venue),
        joinedload(EventSession.series),
        joinedload(EventSession.topics),
    )
    .execution_options(populate_existing=True)
)


def session_by_slug(slug: str, *, drafts: bool = False) -> EventSession | None:
    """One session with its venue, series and topics."""
    query = select(EventSession).where(EventSession.slug == slug).options(*_WITH_PARTS)
    return db.session.scalar(query if drafts else query.where(_PUBLIC))


def session_by_ulid(ulid: str) -> EventSession | None:
    """One session by the name that no colleague can change, drafts included."""
    return db.session.scalar(select(EventSession).where(EventSession.ulid == ulid))


def as_it_is_now(session_id: int) -> EventSession:
    """A session and all that is shown with it, read anew in one query, whatever was known."""
    return db.session.scalars(_AS_IT_IS_NOW, {"session_id": session_id}).unique().one()


def sessions(*, drafts: bool = False) -> list[EventSession]:
    """All sessions, the earliest first. Two queries, however many there are."""
    query = select(EventSession).options(*_WITH_PARTS)
    if not drafts:
        query = query.where(_PUBLIC)
    return list(db.session.scalars(query.order_by(EventSession.starts_at, EventSession.id)))


def sessions_with(shown: Series | Topic | Venue) -> list[EventSession]:
    """Every session that is shown with it, drafts and past ones too, the earliest first."""
    query = select(EventSession).options(*_WITH_PARTS)
    if isinstance(shown, Topic):
        query = query.where(EventSession.topics.contains(shown))
    elif isinstance(shown, Venue):
        query = query.where(EventSession.venue == shown)
    else:
        query = query.where(EventSession.series == shown)
    return list(db.session.scalars(query.order_by(EventSession.starts_at, EventSession.id)))


def sessions_by_venue() -> dict[int, int]:
    """How many sessions each place has, by its id; those without any are left out."""
    query = select(EventSession.venue_id, func.count()).group_by(EventSession.venue_id)
    return dict(db.session.execute(query).all())


def sessions_by_topic() -> dict[int, int]:
    """The same of topics."""
    topic = session_topic.c.topic_id
    return dict(db.session.execute(select(topic, func.count()).group_by(topic)).all())


class Shown(NamedTuple):
    """What subscribed calendars show at this moment."""

    sessions: list[EventSession]
    changed_at: datetime | None  # when it last changed; that sessions leave is a change, too
    until: datetime | None  # when the next session leaves, without anybody's doing


def shown_in_calendars(topic: Topic | None = None) -> Shown:
    """What a subscribed calendar shows: the last 90 days and all to come.

    A called-off session stays until a day after it would have ended, so that
    everybody sees it struck through once. Three queries, however many there are.
    """
    now = clock.now()
    every = [(one, leaves_calendars_at(one)) for one in sessions()]
    changed = db.session.scalars(select(Series.changed_at))
    return Shown(
        [
            one
            for one, leaves_at in every
            if now < leaves_at and (topic is None or topic in one.topics)
        ],
        max([*changed, *(leaves_at for _, leaves_at in every if leaves_at <= now)], default=None),
        min((leaves_at for _, leaves_at in every if now < leaves_at), default=None),
    )


def leaves_calendars_at(event_session: EventSession) -> datetime:
    """The moment from which feeds no longer name a session."""
    stays = timedelta(days=1) if event_session.is_called_off else timedelta(days=90)
    return event_session.presumed_end + stays


def revisions() -> tuple[str, ...]:
    """What is another one after every change that feeds show."""
    return tuple(db.session.scalars(select(Series.revision).order_by(Series.id)))


def revisions_from(engine: Engine) -> tuple[str, ...]:
    """The same without a session, asked of the driver itself: in a tenth of the time."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT revision FROM series ORDER BY id")
        return tuple(revision for (revision,) in cursor.fetchall())


def topics() -> list[Topic]:
    """The six topics, then the three foundations."""
    in_order = (Topic.is_foundation, Topic.position, Topic.id)
    return list(db.session.scalars(select(Topic).order_by(*in_order)))


def topic_by_slug(slug: str) -> Topic | None:
    """One topic."""
    return db.session.scalar(select(Topic).where(Topic.slug == slug))


def series() -> Series | None:
    """The series. There is one; None before a programme is loaded."""
    return db.session.scalar(select(Series).order_by(Series.id).limit(1))


def series_by_slug(slug: str) -> Series | None:
    """One series."""
    return db.session.scalar(select(Series).where(Series.slug == slug))


def venues() -> list[Venue]:
    """Every place there is."""
    return list(db.session.scalars(select(Venue).order_by(Venue.name)))


def venue_by_slug(slug: str) -> Venue | None:
    """One place."""
    return db.session.scalar(select(Venue).where(Venue.slug == slug))


def is_empty() -> bool:
    """Whether no programme was ever loaded."""
    return not db.session.scalar(select(func.count()).select_from(Series))
