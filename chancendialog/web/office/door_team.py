"""Which door accounts see a session on its day."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.attendance import duty
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.people import staff_session


@bp.get("/termine/<slug>/einlass-team")
@requires(Permission.ASSIGN_DOOR)
def door_team(slug: str) -> ResponseReturnValue:
    """Show the door accounts, those that are assigned with a tick."""
    event_session = staff_session(slug)
    return render_template(
        "office/door_team.html",
        event_session=event_session,
        accounts=duty.door_accounts(),
        on_duty=duty.on_duty_at(event_session),
    )


@bp.post("/termine/<slug>/einlass-team")
@requires(Permission.ASSIGN_DOOR)
def assign_door_team(slug: str) -> ResponseReturnValue:
    """Assign the ticked ones, and no others."""
    event_session = staff_session(slug)
    ticked = set(request.form.getlist("account"))
    team = [account for account in duty.door_accounts() if str(account.id) in ticked]
    if duty.assign(event_session, team, actor=current_user.actor):
        flash(_("Gespeichert."), "success")
    else:
        flash(_("Es war nichts zu ändern."), "info")
    db.session.commit()
    return redirect(url_for(".door_team", slug=slug, _anchor="inhalt"), 303)
