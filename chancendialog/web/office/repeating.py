"""Several sessions like one, in one go: first a list of dates to tick off, then the drafts."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock
from chancendialog.clock import BERLIN
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext
from chancendialog.programme import queries, repetition
from chancendialog.programme.file import berlin
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.repeating import DatesForm, RhythmForm
from chancendialog.web.office.people import staff_session


@bp.route("/termine/<slug>/wiederholen", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def repeat_session(slug: str) -> ResponseReturnValue:
    """Ask for a rhythm, show its dates, and make a draft for each that is ticked."""
    event_session = staff_session(slug)
    rhythm, ticked = RhythmForm(event_session), DatesForm()
    if ticked.validate_on_submit():
        made = repetition.repeat(
            event_session, ticked.moments, number=ticked.number.data, actor=current_user.actor
        )
        _report(len(made))
        db.session.commit()
        return redirect(url_for(".sessions", _anchor="inhalt"), 303)
    is_asked = "starts_at" in request.args
    dates = _dates(rhythm, ticked) if is_asked and rhythm.validate() else []
    ticked.offer([str(one["value"]) for one in dates])
    page = render_template(
        "office/repeat.html",
        event_session=event_session,
        form=rhythm,
        ticked=ticked,
        target=url_for(".repeat_session", slug=slug, **rhythm.asked),
        dates=dates,
    )
    return page, 422 if ticked.errors or rhythm.errors else 200


def _dates(rhythm: RhythmForm, ticked: DatesForm) -> list[dict[str, object]]:
    """The dates of a rhythm, all ticked at first but for those when there is something already."""
    first = rhythm.starts_at.data.astimezone(BERLIN).replace(tzinfo=None)
    there = {one.starts_at for one in queries.sessions(drafts=True)}
    before = ticked.dates.data if ticked.is_submitted() else None
    return [
        _date(wall, there, before)
        for wall in repetition.dates(first, rhythm.rhythm.data, rhythm.count.data)
    ]


def _date(wall: datetime, there: set[datetime], before: list[str] | None) -> dict[str, object]:
    """One of them; what clocks do not show, or show twice, cannot be ticked."""
    value = f"{wall:%Y-%m-%dT%H:%M}"
    try:
        moment = berlin(wall)
    except ValueError as trouble:
        return {"value": value, "wall": wall, "trouble": str(trouble), "is_off": True}
    is_past, is_taken = moment <= clock.now(), moment in there
    return {
        "value": value,
        "moment": moment,
        "is_past": is_past,
        "is_taken": is_taken,
        "is_off": is_past,
        "is_ticked": not is_taken if before is None else value in before,
    }


def _report(made: int) -> None:
    if made:
        said = ngettext("%(num)s Entwurf ist angelegt.", "%(num)s Entwürfe sind angelegt.", made)
        flash(said, "success")
    else:
        flash(_("Diese Entwürfe sind schon angelegt."), "info")
