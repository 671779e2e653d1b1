"""Calendars to subscribe to, and how to."""

import hashlib
from datetime import datetime

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from chancendialog.calendars import feeds
from chancendialog.links import link
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession, Topic
from chancendialog.web.public import bp
from chancendialog.web.public.programme import known_session

MAX_AGE = 900  # seconds


@bp.get("/kalender")
def calendar_help() -> ResponseReturnValue:
    """Explain how to subscribe in the usual programs."""
    everything = link("public.feed")
    by_topic = [(topic, link("public.topic_feed", slug=topic.slug)) for topic in queries.topics()]
    return render_template("public/calendar.html", everything=everything, by_topic=by_topic)


@bp.get("/kalender.ics")
def feed() -> ResponseReturnValue:
    """All sessions."""
    return _feed(None, link("public.feed"))


@bp.get("/kalender/<slug>.ics")
def topic_feed(slug: str) -> ResponseReturnValue:
    """The sessions of one topic."""
    topic = queries.topic_by_slug(slug) or abort(404)
    return _feed(topic, link("public.topic_feed", slug=slug))


@bp.get("/termine/<slug>.ics")
def session_calendar(slug: str) -> ResponseReturnValue:
    """One session as a file."""
    event_session = known_session(slug)
    content = feeds.download(event_session, url=_page_of(event_session))
    response = _calendar(content, event_session.changed_at)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    return response


def _feed(topic: Topic | None, source: str) -> Response:
    series = queries.series()
    name = series.title if series else "Chancendialog Transformation"
    content = feeds.feed(
        queries.sessions_for_calendar(topic),
        name=f"{name}: {topic.title}" if topic else name,
        description=_("Öffentliche Abende im Haus der Region Hannover"),
        source=source,
        url=link("public.calendar_help"),
        page_of=_page_of,
    )
    response = _calendar(content, queries.calendar_changed_at())
    response.headers["Content-Disposition"] = 'inline; filename="chancendialog.ics"'
    return response


def _calendar(content: bytes, changed_at: datetime | None) -> Response:
    """With what a calendar program needs to ask „anything new?“ and hear 304."""
    response = Response(content, content_type="text/calendar; charset=utf-8")
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.last_modified = changed_at
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE
    response.cache_control.must_revalidate = True
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response


def _page_of(event_session: EventSession) -> str:
    return link("public.session_page", slug=event_session.slug)
