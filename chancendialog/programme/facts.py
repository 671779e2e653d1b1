"""A session as values: what letters and calendars tell of it.

Equal facts make equal letters and equal calendar lines, so those can be kept;
a row that somebody changes cannot.
"""

from datetime import datetime
from typing import NamedTuple

from chancendialog.i18n import Text
from chancendialog.markdown import plain
from chancendialog.programme.models import EventSession
from chancendialog.programme.texts import said_of_access


class SessionFacts(NamedTuple):
    """What, when, where, and what happens when it is full, in one language if it is there."""

    title: str
    description: str
    language: str  # of the title
    series: str
    topics: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    presumed_end: datetime
    venue: str  # and the room in it
    address: str
    stop: Text
    directions: Text
    entrance: Text
    step_free: bool | None
    hearing_loop: bool | None
    access: Text
    notes: tuple[Text, ...]
    photos: bool
    offers: bool
    waiting_list: bool
    created_at: datetime

    @property
    def on_site(self) -> list[str]:
        """As the venue says it."""
        return said_of_access(self.step_free, self.hearing_loop)


def facts_of(event_session: EventSession, language: str = "de") -> SessionFacts:
    """A session's facts at this moment, for readers of a language."""
    venue = event_session.venue
    title = event_session.text("title", language)
    return SessionFacts(
        title=title.words,
        description=plain(event_session.text("description", language).words),
        language=title.language,
        series=event_session.series.text("title", language).words,
        topics=tuple(topic.text("title", language).words for topic in event_session.topics),
        starts_at=event_session.starts_at,
        ends_at=event_session.ends_at,
        presumed_end=event_session.presumed_end,
        venue=event_session.house_and_room,
        address=venue.address,
        stop=venue.text("stop", language),
        directions=venue.text("directions", language),
        entrance=venue.text("entrance", language),
        step_free=venue.step_free,
        hearing_loop=venue.hearing_loop,
        access=venue.text("access", language),
        notes=event_session.current_notes(language),
        photos=event_session.photos,
        offers=event_session.offers,
        waiting_list=event_session.waiting_list,
        created_at=event_session.created_at,
    )
