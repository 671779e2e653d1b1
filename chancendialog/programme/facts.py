"""A session as values: what letters and calendars tell of it.

Equal facts make equal letters and equal calendar lines, so those can be kept;
a row that somebody changes cannot.
"""

from datetime import datetime
from typing import NamedTuple

from chancendialog.programme.models import EventSession


class SessionFacts(NamedTuple):
    """What, when, where, and what happens when it is full."""

    title: str
    description: str
    language: str
    series: str
    topics: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    presumed_end: datetime
    venue: str
    address: str
    directions: str
    offers: bool
    waiting_list: bool
    created_at: datetime


def facts_of(event_session: EventSession) -> SessionFacts:
    """A session's facts at this moment."""
    venue = event_session.venue
    return SessionFacts(
        title=event_session.title,
        description=event_session.description,
        language=event_session.language,
        series=event_session.series.title,
        topics=tuple(topic.title for topic in event_session.topics),
        starts_at=event_session.starts_at,
        ends_at=event_session.ends_at,
        presumed_end=event_session.presumed_end,
        venue=venue.name,
        address=venue.address,
        directions=venue.directions,
        offers=event_session.offers,
        waiting_list=event_session.waiting_list,
        created_at=event_session.created_at,
    )
