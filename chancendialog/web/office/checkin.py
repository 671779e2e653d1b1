"""The door: find a name or a code, let them in, take it back."""

import re

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock
from chancendialog.attendance import roster
from chancendialog.attendance.roster import Guest
from chancendialog.documents import attendees
from chancendialog.extensions import db, new_ulid
from chancendialog.programme.models import EventSession
from chancendialog.registration import needs
from chancendialog.registration.models import Registration, Status
from chancendialog.staff.permissions import Permission
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.guards import only_on_duty, requires
from chancendialog.web.office import bp
from chancendialog.web.office.people import known_registration, staff_session


@bp.get("/termine/<slug>/einlass")
@requires(Permission.CHECK_IN)
def checkin(slug: str) -> ResponseReturnValue:
    """Show who has a seat, with a search on top."""
    event_session = _at_the_door(slug)
    guests = _seated(event_session)
    of, words = session.get("suche", ("", ""))
    words = words if of == slug else ""
    return _page(event_session, guests, roster.search(guests, words), words=words)


@bp.get("/termine/<slug>/einlass/<ulid>")
@requires(Permission.CHECK_IN)
def guest(slug: str, ulid: str) -> ResponseReturnValue:
    """Show the one whose ticket was scanned, or that it lets nobody in."""
    event_session = _at_the_door(slug)
    registration = known_registration(event_session, ulid)
    guests = _seated(event_session)
    shown = [one for one in guests if one.registration is registration]
    return _page(event_session, guests, shown, scanned=registration)


@bp.post("/termine/<slug>/einlass")
@requires(Permission.CHECK_IN)
def search(slug: str) -> ResponseReturnValue:
    """Look for a name or a code. It stays in the cookie, out of addresses and their logs."""
    _at_the_door(slug)
    session["suche"] = slug, plain_text(one_line(request.form.get("suche")))[:120]
    return redirect(url_for(".checkin", slug=slug), 303)


@bp.post("/termine/<slug>/einlass/<ulid>")
@requires(Permission.CHECK_IN)
def mark(slug: str, ulid: str) -> ResponseReturnValue:
    """Note that so many of a party are in now; 0 takes it back."""
    event_session = _at_the_door(slug)
    registration = known_registration(event_session, ulid)
    people = request.form.get("people", type=int)
    operation = request.form.get("operation", "")
    if people is None or not re.fullmatch(r"[0-9A-Za-z-]{8,64}", operation):
        abort(400)
    roster.check_in(registration, people, operation=operation, actor=current_user.actor)
    db.session.commit()
    if "scanned" in request.form:
        return redirect(url_for(".guest", slug=slug, ulid=ulid, _anchor=ulid), 303)
    return redirect(url_for(".checkin", slug=slug, _anchor=ulid), 303)


def _page(
    event_session: EventSession,
    guests: list[Guest],
    shown: list[Guest],
    *,
    words: str = "",
    scanned: Registration | None = None,
) -> str:
    return render_template(
        "office/checkin.html",
        event_session=event_session,
        is_today=clock.day_of(event_session.starts_at) == clock.today(),
        words=words,
        scanned=scanned,
        guests=shown,
        seats_kept=needs.seats_kept(event_session),  # for whom, and not why
        arrived=sum(guest.arrived for guest in guests),
        expected=sum(guest.registration.party_size for guest in guests),
        new_operation=new_ulid,
        status_name=attendees.status_name,
    )


def _seated(event_session: EventSession) -> list[Guest]:
    guests = roster.roster(event_session)
    return [one for one in guests if one.registration.status is Status.CONFIRMED]


def _at_the_door(slug: str) -> EventSession:
    event_session = staff_session(slug)
    only_on_duty(event_session)
    return event_session
