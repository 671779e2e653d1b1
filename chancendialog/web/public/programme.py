"""The programme and a session's page."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats
from chancendialog.web.public import bp


@bp.get("/")
def programme() -> ResponseReturnValue:
    """Show what is coming, and what was."""
    sessions = queries.sessions()
    upcoming = [one for one in sessions if not one.is_over]
    return render_template(
        "public/programme.html",
        series=queries.series(),
        upcoming=upcoming,
        past=[one for one in sessions if one.is_over][::-1],
        availability=seats.availability(upcoming),
        topics=queries.topics(),
    )


@bp.get("/termine/<slug>")
def session_page(slug: str) -> ResponseReturnValue:
    """Show one session: what, when, where, and whether there is a seat."""
    event_session = known_session(slug)
    free, waiting = seats.availability([event_session])[event_session.id]
    return render_template(
        "public/session.html",
        event_session=event_session,
        free=free,
        waiting=waiting,
        refusal=booking.refusal(event_session),
    )


def known_session(slug: str) -> EventSession:
    """The session that an address names, or a 404 page. Drafts do not exist."""
    return queries.session_by_slug(slug) or abort(404)
