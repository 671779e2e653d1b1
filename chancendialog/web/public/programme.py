"""The programme, a session's page, and what the series is about."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from chancendialog.house import contact
from chancendialog.links import link
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats
from chancendialog.web.public import bp, structured_data
from chancendialog.web.public.announcements import announce
from chancendialog.web.weight import compressed


@bp.get("/")
@compressed()
def programme() -> ResponseReturnValue:
    """Show what is coming, and what was; of one topic if asked."""
    slug = request.args.get("thema")
    chosen = (queries.topic_by_slug(slug) or abort(404)) if slug else None
    every = queries.sessions()
    to_come = [one for one in every if not one.is_over]
    about_it = [one for one in every if chosen is None or chosen in one.topics]
    upcoming = [one for one in about_it if not one.is_over]
    numbers = seats.numbers(upcoming)
    series = queries.series()
    return render_template(
        "public/programme.html",
        series=series,
        chosen=chosen,
        upcoming=upcoming,
        past=[one for one in about_it if one.is_over][::-1],
        numbers=numbers,
        admission={one.id: booking.admission(one, numbers[one.id]) for one in upcoming},
        topics=queries.topics(),
        topics_to_come={topic for one in to_come for topic in one.topics},
        data=structured_data.series_data(series, to_come, contact()) if series else None,
    )


@bp.get("/termine/<slug>")
@compressed()
def session_page(slug: str) -> ResponseReturnValue:
    """Show one session: what, when, where, and whether there is a seat."""
    event_session = known_session(slug)
    numbers = seats.numbers_of(event_session)
    admission = booking.admission(event_session, numbers)
    return render_template(
        "public/session.html",
        event_session=event_session,
        numbers=numbers,
        admission=admission,
        calendar_url=link("public.session_calendar", slug=slug),
        data=structured_data.session_data(announce(event_session, numbers), contact()),
    )


@bp.get("/transformation")
@compressed()
def about() -> ResponseReturnValue:
    """Say what the series is about: the hexagon of topics and what it stands on."""
    return render_template("public/about.html", topics=queries.topics())


def known_session(slug: str) -> EventSession:
    """The session that an address names, or a 404 page. Drafts do not exist."""
    return queries.session_by_slug(slug) or abort(404)
