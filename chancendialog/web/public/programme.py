"""The programme and a session's page."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from chancendialog.house import contact
from chancendialog.links import link
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats
from chancendialog.web.public import bp, structured_data
from chancendialog.web.public.announcements import announce


@bp.get("/")
def programme() -> ResponseReturnValue:
    """Show what is coming, and what was."""
    sessions = queries.sessions()
    upcoming = [one for one in sessions if not one.is_over]
    numbers = seats.numbers(upcoming)
    series = queries.series()
    return render_template(
        "public/programme.html",
        series=series,
        upcoming=upcoming,
        past=[one for one in sessions if one.is_over][::-1],
        numbers=numbers,
        admission={one.id: booking.admission(one, numbers[one.id]) for one in upcoming},
        topics=queries.topics(),
        data=structured_data.series_data(series, upcoming, contact()) if series else None,
    )


@bp.get("/termine/<slug>")
def session_page(slug: str) -> ResponseReturnValue:
    """Show one session: what, when, where, and whether there is a seat."""
    event_session = known_session(slug)
    numbers = seats.numbers_of(event_session)
    return render_template(
        "public/session.html",
        event_session=event_session,
        numbers=numbers,
        admission=booking.admission(event_session, numbers),
        calendar_url=link("public.session_calendar", slug=slug),
        data=structured_data.session_data(announce(event_session, numbers), contact()),
    )


def known_session(slug: str) -> EventSession:
    """The session that an address names, or a 404 page. Drafts do not exist."""
    return queries.session_by_slug(slug) or abort(404)
