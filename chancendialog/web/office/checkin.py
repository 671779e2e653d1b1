"""The door: find a name, let them in, take it back."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from chancendialog.attendance import roster
from chancendialog.extensions import db, new_ulid
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Registration, Status
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import close_to_strangers, requires
from chancendialog.web.office import bp
from chancendialog.web.office.people import staff_session


@bp.get("/termine/<slug>/einlass")
@requires(Permission.CHECK_IN)
def checkin(slug: str) -> ResponseReturnValue:
    """Show who has a seat, with a search on top."""
    event_session = _at_the_door(slug)
    guests = [
        guest
        for guest in roster.roster(event_session)
        if guest.registration.status is Status.CONFIRMED
    ]
    words = request.args.get("suche", "")
    return render_template(
        "office/checkin.html",
        event_session=event_session,
        words=words,
        guests=roster.search(guests, words),
        arrived=sum(guest.arrived for guest in guests),
        expected=sum(guest.registration.party_size for guest in guests),
        new_operation=new_ulid,
    )


@bp.post("/termine/<slug>/einlass/<ulid>")
@requires(Permission.CHECK_IN)
def mark(slug: str, ulid: str) -> ResponseReturnValue:
    """Note that so many of a party are in now; 0 takes it back."""
    event_session = _at_the_door(slug)
    registration = db.session.scalar(
        select(Registration).where(
            Registration.ulid == ulid, Registration.event_session_id == event_session.id
        )
    )
    people = request.form.get("people", type=int)
    operation = request.form.get("operation", "")
    if registration is None:
        abort(404)
    if people is None or not operation:
        abort(400)
    roster.check_in(registration, people, operation=operation, actor=current_user.actor)
    db.session.commit()
    words = request.form.get("suche", "")
    return redirect(url_for(".checkin", slug=slug, suche=words or None, _anchor=ulid), 303)


def _at_the_door(slug: str) -> EventSession:
    event_session = staff_session(slug)
    close_to_strangers(event_session)
    return event_session
