"""Calendars to subscribe to, and how to.

What everybody subscribes to is made here after a change, and kept ready to send.
"""

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from chancendialog.calendars import feeds
from chancendialog.i18n import language
from chancendialog.links import link
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import personal_calendar
from chancendialog.web.cookieless import cookieless
from chancendialog.web.guards import strict_headers
from chancendialog.web.kept_feeds import Feed, keep
from chancendialog.web.public import bp
from chancendialog.web.public.announcements import SERIES
from chancendialog.web.public.for_everybody import OPEN, revision
from chancendialog.web.public.programme import known_session
from chancendialog.web.weight import compressed

CALENDAR = "text/calendar; charset=utf-8"
FOR_EVERYBODY = OPEN | {"Cache-Control": "public, max-age=900, must-revalidate"}


@bp.get("/kalender")
@compressed()
def calendar_help() -> ResponseReturnValue:
    """Explain how to subscribe in the usual programs."""
    everything = link("public.feed")
    by_topic = [(topic, link("public.topic_feed", slug=topic.slug)) for topic in queries.topics()]
    return render_template("public/calendar.html", everything=everything, by_topic=by_topic)


@bp.get("/kalender.ics")
@cookieless
def feed() -> ResponseReturnValue:
    """All sessions."""
    return _feed()


@bp.get("/kalender/<slug>.ics")
@cookieless
def topic_feed(slug: str) -> ResponseReturnValue:
    """The sessions of one topic."""
    return _feed(slug)


@bp.get("/termine/<slug>.ics")
@cookieless
def session_calendar(slug: str) -> ResponseReturnValue:
    """One session as a file."""
    event_session = known_session(slug)
    content = feeds.download(event_session, url=_page_of(event_session), language=language())
    headers = revision(content, event_session.changed_at) | FOR_EVERYBODY
    return _answer(content, headers, f'attachment; filename="{slug}.ics"')


@bp.get("/kalender/mein/<key>.ics")
@cookieless
def personal_feed(key: str) -> ResponseReturnValue:
    """One person's registrations, for whoever has the key: 410 if it was revoked."""
    found = personal_calendar.by_key(key) or abort(404)
    email = found.email or abort(410)
    shown = personal_calendar.shown(email)
    content = feeds.personal_feed(
        shown.entries,
        name=_("%(series)s: Meine Anmeldungen", series=_name()),
        description=_("Wofür Sie angemeldet sind und worauf Sie warten"),
        url=link("public.calendar_help"),
        language=language(),
    )
    headers = revision(content, max([found.changed_at, *shown.changes]))
    return _answer(content, headers, 'inline; filename="meine-anmeldungen.ics"')


def _feed(slug: str | None = None) -> Response:
    """The feed of a topic, or of all that there is, as it is now.

    Its revision is asked for before it is made: at worst the feed is newer than that.
    """
    revisions = queries.revisions()
    topic = (queries.topic_by_slug(slug) or abort(404)) if slug else None
    shown = queries.shown_in_calendars(topic)
    content = feeds.feed(
        shown.sessions,
        name=f"{_name()}: {topic.text('title', language()).words}" if topic else _name(),
        description=_("Öffentliche Abende im Haus der Region Hannover"),
        source=link("public.topic_feed", slug=slug) if topic else link("public.feed"),
        url=link("public.calendar_help"),
        page_of=_page_of,
        language=language(),
    )
    headers = strict_headers() | revision(content, shown.changed_at) | FOR_EVERYBODY
    headers["Content-Type"] = CALENDAR
    more = {"Content-Disposition": 'inline; filename="chancendialog.ics"'}
    made = Feed(content, headers, more, shown.changed_at, revisions, shown.until)
    return keep(made).answer(request.environ)


def _answer(content: bytes, headers: dict[str, str], disposition: str) -> Response:
    response = Response(content, headers=headers, content_type=CALENDAR)
    response.headers["Content-Disposition"] = disposition
    response.make_conditional(request)
    return response


def _name() -> str:
    series = queries.series()
    return series.text("title", language()).words if series else SERIES


def _page_of(event_session: EventSession) -> str:
    return link("public.session_page", slug=event_session.slug)
