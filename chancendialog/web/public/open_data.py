"""Sessions as JSON for other sites, first of all the Region's own; only to read.

What each field means stands in `open_data_schema`, which a test holds against
what is answered.
"""

from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from chancendialog.markdown import plain
from chancendialog.programme import queries
from chancendialog.registration import seats
from chancendialog.web.cookieless import cookieless
from chancendialog.web.public import bp, open_data_schema
from chancendialog.web.public.announcements import (
    Announcement,
    announce,
    announce_all,
    in_hannover,
)
from chancendialog.web.public.for_everybody import as_json

PROBLEM = "application/problem+json"  # RFC 9457


@bp.get("/api/termine")
@cookieless
def open_sessions() -> ResponseReturnValue:
    """All that is to come and the last 90 days, the earliest first: what calendars show, too."""
    shown = queries.shown_in_calendars().sessions
    return as_json({"sessions": [_facts(one) for one in announce_all(shown)]})


@bp.get("/api/termine/<slug>")
@cookieless
def open_session(slug: str) -> ResponseReturnValue:
    """One session, however long ago it was."""
    event_session = queries.session_by_slug(slug)
    if event_session is None:
        problem = {"title": _("Diesen Termin gibt es nicht."), "status": 404}
        return as_json(problem, PROBLEM, status=404)
    return as_json(_facts(announce(event_session, seats.numbers_of(event_session))))


@bp.get("/api/openapi.json")
@cookieless
def open_data_description() -> ResponseReturnValue:
    """What can be asked, and what the answers mean (OpenAPI 3.1)."""
    return as_json(open_data_schema.document())


def _facts(announcement: Announcement) -> dict[str, Any]:
    one = announcement.event_session
    return {
        "slug": one.slug,
        "url": announcement.url,
        "registration_url": announcement.registration_url,
        "title": one.title,
        "description": plain(one.description),
        "language": one.language,
        "starts_at": in_hannover(one.starts_at),
        "ends_at": in_hannover(one.ends_at) if one.ends_at else None,
        "venue": {
            "name": one.venue.name,
            "street": one.venue.street,
            "postcode": one.venue.postcode,
            "city": one.venue.city,
            "stop": one.venue.stop,
            "directions": one.venue.directions,
            "entrance": one.venue.entrance,
            "step_free": one.venue.step_free,
            "hearing_loop": one.venue.hearing_loop,
            "access": one.venue.access,
            "notes": one.venue.notes,
        },
        "room": one.room,
        "speakers": one.speakers,
        "interpreters": one.interpreters,
        "notes": one.notes,
        "photos": one.photos,
        "topics": [{"slug": topic.slug, "title": topic.title} for topic in one.topics],
        "status": one.status,
        "registration": announcement.registration,
        "places_free": announcement.places_free,
        "changed_at": in_hannover(one.changed_at),
    }
