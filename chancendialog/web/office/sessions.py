"""The overview of sessions, with numbers, and what holds for all of them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock, house
from chancendialog.attendance import duty, roster
from chancendialog.extensions import db
from chancendialog.house import Switch
from chancendialog.i18n import gettext as _
from chancendialog.programme import queries
from chancendialog.registration import phone_list, seats
from chancendialog.staff.permissions import Permission, may, only_at_the_door
from chancendialog.web.guards import requires
from chancendialog.web.office import bp


@bp.get("/")
@requires(Permission.SEE_SESSIONS)
def sessions() -> ResponseReturnValue:
    """List the sessions: for the door today's that it is assigned to, for the office all."""
    every = [one for one in queries.sessions(drafts=True) if not one.is_archived]
    if only_at_the_door(current_user):
        assigned = duty.sessions_of(current_user)
        every = [
            one
            for one in every
            if one.id in assigned and clock.day_of(one.starts_at) == clock.today()
        ]
    return render_template(
        "office/sessions.html",
        upcoming=[one for one in every if not one.is_over],
        past=[one for one in every if one.is_over][::-1],
        numbers=seats.numbers(every),
        arrived=roster.arrived_by_session(),
        to_phone=phone_list.count_by_session(),
        sees_people=may(current_user, Permission.SEE_PEOPLE),
        plans_sessions=may(current_user, Permission.PLAN_SESSIONS),
        switches_house=may(current_user, Permission.SWITCH_HOUSE),
        confirmed_by_mail=house.is_on(Switch.CONFIRM_BY_MAIL),
    )


@bp.post("/bestaetigung")
@requires(Permission.SWITCH_HOUSE)
def confirm_by_mail() -> ResponseReturnValue:
    """Let every sign-up, or only those of some sessions, wait for the click on a mailed link."""
    value = request.form.get("on")
    if value not in ("0", "1"):
        abort(400)
    house.turn(Switch.CONFIRM_BY_MAIL, on=value == "1", actor=current_user.actor)
    if value == "1":
        flash(_("Neue Anmeldungen sind ab jetzt per E-Mail zu bestätigen."), "success")
    else:
        flash(_("Ab jetzt gilt wieder, was bei jedem Termin eingestellt ist."), "success")
    db.session.commit()
    return redirect(url_for(".sessions", _anchor="inhalt"), 303)
