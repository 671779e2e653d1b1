"""What the series is called and about, and the way to all that its sessions are shown with."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.programme import queries
from chancendialog.registration import changes
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.surroundings import SeriesForm


@bp.get("/orte-und-themen")
@requires(Permission.PLAN_SESSIONS)
def surroundings() -> ResponseReturnValue:
    """Lead to places, topics and the series."""
    return render_template("office/surroundings.html")


@bp.route("/reihe", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def series() -> ResponseReturnValue:
    """Change what the series is called, and what it is about."""
    found = queries.series() or abort(404)
    if request.method == "POST":
        changes.take_turns_with(found)
    form = SeriesForm(found)
    if not form.holds():
        page = render_template("office/series.html", form=form)
        return page, 422 if form.errors else 200
    if any(form.differences()):
        flash(_("Die Angaben zur Reihe sind geändert."), "success")
    else:
        flash(_("Es war nichts zu ändern."), "info")
    changes.reword(found, actor=current_user.actor, **form.columns())
    say_what_stays(form)
    target = url_for(".series", _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)
