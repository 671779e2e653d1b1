"""The overview of sessions, with numbers."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock
from chancendialog.attendance import roster
from chancendialog.programme import queries
from chancendialog.registration import seats
from chancendialog.staff.permissions import Permission, may, only_on_the_day
from chancendialog.web.guards import requires
from chancendialog.web.office import bp


@bp.get("/")
@requires(Permission.SEE_SESSIONS)
def sessions() -> ResponseReturnValue:
    """List the sessions: for the door today's, for the office all."""
    every = queries.sessions(drafts=True)
    if only_on_the_day(current_user):
        every = [one for one in every if clock.day_of(one.starts_at) == clock.today()]
    return render_template(
        "office/sessions.html",
        upcoming=[one for one in every if not one.is_over],
        past=[one for one in every if one.is_over][::-1],
        numbers=seats.numbers(every),
        arrived=roster.arrived_by_session(),
        sees_people=may(current_user, Permission.SEE_PEOPLE),
    )
