"""Changing what we offer.

Only the programme: who must be told of a change sits above, in
`registration.changes`. Revisions follow RFC 5546, 2.1.4: SEQUENCE goes up when
time, place or taking place change; wording only moves `changed_at`.
"""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import update

from chancendialog import clock, journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.programme.models import EventSession, Series, SessionStatus, Venue


class StillToCome(DomainError):
    """What takes place is not put away."""

    message = _("Ins Archiv kommt nur, was vorbei oder abgesagt ist.")


DEEDS = (
    "session_added", "session_reworded", "session_moved", "session_resized", "session_switched",
    "session_status",
)  # fmt: skip
"""What the journal calls a change to a session."""


def add(event_session: EventSession, *, actor: str) -> None:
    """Put a new session into the programme."""
    db.session.add(event_session)
    if event_session.status is not SessionStatus.DRAFT:
        touch(event_session)
    db.session.flush()
    _note("session_added", event_session, actor)


def reword(event_session: EventSession, *, actor: str, **fields: object) -> None:
    """Change what is written about a session."""
    for name, value in fields.items():
        setattr(event_session, name, value)
    touch(event_session)
    _note("session_reworded", event_session, actor, fields=", ".join(sorted(fields)))


def rename(event_session: EventSession, slug: str, *, actor: str) -> None:
    """Give a draft another address; whoever knows of a session may have kept its own."""
    event_session.slug = slug
    _note("session_reworded", event_session, actor, fields="slug")


def move(
    event_session: EventSession,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    venue: Venue,
    room: str,
    actor: str,
) -> None:
    """Give a session another time or place."""
    event_session.starts_at, event_session.ends_at = starts_at, ends_at
    event_session.venue, event_session.room = venue, room
    _revise(event_session)
    place = ", ".join(filter(None, (venue.slug, room)))
    _note("session_moved", event_session, actor, starts_at=starts_at.isoformat(), venue=place)


def resize(event_session: EventSession, capacity: int, *, actor: str) -> None:
    """Change how many people may come. Calendars do not show it."""
    _note("session_resized", event_session, actor, before=event_session.capacity, now=capacity)
    event_session.capacity = capacity


def set_switches(event_session: EventSession, *, actor: str, **switches: Any) -> None:
    """Change the rules of its registration. Calendars do not show them."""
    for name, now in switches.items():
        before = getattr(event_session, name)
        if before != now:
            setattr(event_session, name, now)
            _note(
                "session_switched", event_session, actor,
                switch=name, before=_said(before), now=_said(now),
            )  # fmt: skip


def set_status(event_session: EventSession, status: SessionStatus, *, actor: str) -> None:
    """Publish, call off or reinstate a session."""
    _note("session_status", event_session, actor, before=event_session.status, now=status)
    event_session.status = status
    event_session.called_off_at = clock.now() if event_session.is_called_off else None
    _revise(event_session)


def archive(event_session: EventSession, *, actor: str) -> bool:
    """Put a session away that is over or called off; raises `StillToCome`. Says whether it is new.

    Only the office's list is another: the public sees it as before.
    """
    if event_session.is_to_come:
        raise StillToCome
    if event_session.is_archived:
        return False
    event_session.archived_at = clock.now()
    _note("session_archived", event_session, actor)
    return True


def bring_back(event_session: EventSession, *, actor: str) -> bool:
    """Take a session out of the archive. Says whether it was there."""
    if not event_session.is_archived:
        return False
    event_session.archived_at = None
    _note("session_brought_back", event_session, actor)
    return True


def discard(event_session: EventSession, *, actor: str) -> None:
    """Delete a draft; `registration.changes` knows whether anybody signed up to it."""
    _note("session_discarded", event_session, actor, slug=event_session.slug)
    db.session.delete(event_session)
    db.session.flush()


def queue_up(series: Series) -> None:
    """Let new sessions and new addresses come one after the other until the transaction ends.

    Whoever has a session's turn took it before this, never after.
    """
    db.session.execute(update(Series).where(Series.id == series.id).values(slug=Series.slug))


def touch(*sessions: EventSession) -> None:
    """Let calendars fetch these sessions again, and whatever they were shown beside."""
    for event_session in sessions:
        event_session.changed_at = clock.now()
        renew(event_session.series)


def renew(series: Series) -> None:
    """Let the feeds be made anew: something that they show is different now."""
    series.changed_at, series.revision = clock.now(), new_ulid()


def _revise(event_session: EventSession) -> None:
    event_session.ical_sequence += 1
    touch(event_session)


def _said(value: Any) -> int | str:
    """A switch's value as the journal keeps it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, datetime):
        return value.isoformat()
    return "–" if value is None else value


def _note(code: str, event_session: EventSession, actor: str, **facts: int | str) -> None:
    thread = event_session.thread
    journal.note(code, actor=actor, thread=thread, scope=thread, **facts)
