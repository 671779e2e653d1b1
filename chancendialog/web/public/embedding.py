"""The next sessions as a list inside other sites' pages.

No cookies and no scripts, so a site that embeds it needs nobody's consent, and
no forms, so nobody can be made to press something they do not see. Whatever is
wrong is said inside the frame.
"""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from chancendialog.programme import queries
from chancendialog.programme.models import EventSession, Topic
from chancendialog.registration import seats
from chancendialog.web.cookieless import cookieless
from chancendialog.web.public import bp
from chancendialog.web.public.for_everybody import answer

USUAL, MOST = 5, 20  # sessions
HTML = "text/html; charset=utf-8"


@bp.get("/einbetten/termine")
@cookieless
def embedded_sessions() -> ResponseReturnValue:
    """Show what is to come, if asked so of one topic (`thema`) or so many (`anzahl`)."""
    number = _number(request.args.get("anzahl", str(USUAL)))
    if number is None:
        return _trouble(_("Für „anzahl“ geht jede Zahl von 1 bis %(most)s.", most=MOST), 400)
    slug = request.args.get("thema")
    topic = queries.topic_by_slug(slug) if slug and slug.isprintable() else None
    if slug and topic is None:
        return _trouble(_("Dieses Thema gibt es nicht."), 404)
    shown = _upcoming(topic)[:number]
    page = render_template(
        "public/embedded.html", sessions=shown, topic=topic, numbers=seats.numbers(shown)
    )
    return answer(page, HTML)


def _upcoming(topic: Topic | None) -> list[EventSession]:
    return [
        one
        for one in queries.sessions()
        if not one.is_over and (topic is None or topic in one.topics)
    ]


def _number(typed: str) -> int | None:
    """How many were asked for; None for what is no such number."""
    is_number = typed.isascii() and typed.isdigit() and len(typed) < 3
    return int(typed) if is_number and 1 <= int(typed) <= MOST else None


def _trouble(sentence: str, status: int) -> Response:
    page = render_template("public/embedded.html", trouble=sentence)
    return answer(page, HTML, status=status)
