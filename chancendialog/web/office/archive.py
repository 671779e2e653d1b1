"""Sessions that the office has done with: out of its list, and back."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.programme import planning, queries
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.people import staff_session


@bp.get("/archiv")
@requires(Permission.PLAN_SESSIONS)
def archive() -> ResponseReturnValue:
    """List what is put away, the latest first."""
    every = [one for one in queries.sessions(drafts=True) if one.is_archived]
    return render_template("office/archive.html", sessions=every[::-1])


@bp.post("/termine/<slug>/archivieren")
@requires(Permission.PLAN_SESSIONS)
def put_away(slug: str) -> ResponseReturnValue:
    """Put a session away, or bring it back."""
    event_session = staff_session(slug)
    wanted = request.form.get("on")
    if wanted not in ("0", "1"):
        abort(400)
    deed = planning.archive if wanted == "1" else planning.bring_back
    if not deed(event_session, actor=current_user.actor):
        flash(_("Es war nichts zu ändern."), "info")
    elif wanted == "1":
        flash(_("Der Termin liegt jetzt im Archiv."), "success")
    else:
        flash(_("Der Termin steht wieder in der Liste."), "success")
    db.session.commit()
    return redirect(url_for(".archive" if wanted == "0" else ".sessions", _anchor="inhalt"), 303)
