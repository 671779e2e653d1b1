"""What the people of a session need to take part well: a task list with answers."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.documents import attendees
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext
from chancendialog.registration import needs as rules
from chancendialog.registration.models import Need, NeedState
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.needs import AnswerForm
from chancendialog.web.office.people import staff_session


@bp.get("/termine/<slug>/bedarf")
@requires(Permission.SEE_NEEDS)
def needs(slug: str) -> ResponseReturnValue:
    """Show what is to be arranged, for whom, and how far the office is."""
    event_session = staff_session(slug)
    tasks = rules.tasks(event_session)
    return render_template(
        "office/needs.html",
        event_session=event_session,
        tasks=tasks,
        status_name=attendees.status_name,
    )


@bp.route("/termine/<slug>/bedarf/<ulid>", methods=["GET", "POST"])
@requires(Permission.SEE_NEEDS)
def answer_need(slug: str, ulid: str) -> ResponseReturnValue:
    """Say how it stands with one of them; the person gets a letter that there is an answer."""
    event_session = staff_session(slug)
    need = rules.named(event_session, ulid) or abort(404)
    form = AnswerForm(need)
    if not form.holds():
        return _page(need, form), 422 if form.errors else 200
    answered = [need, *(rules.open_alike(need) if form.for_all.data else [])]
    state, words, actor = NeedState(form.state.data), form.answer.data, current_user.actor
    to_call = [one for one in answered if not rules.answer(one, state, words, actor=actor)]
    flash(ngettext("Gespeichert.", "Gespeichert für %(num)s Personen.", len(answered)), "success")
    if to_call:
        names = ", ".join(one.registration.name for one in to_call)
        flash(_("Ohne E-Mail-Adresse, bitte anrufen: %(names)s", names=names), "warning")
    db.session.commit()
    return redirect(url_for(".needs", slug=slug, _anchor="inhalt"), 303)


def _page(need: Need, form: AnswerForm) -> str:
    return render_template(
        "office/need.html",
        event_session=need.registration.event_session,
        need=need,
        alike=rules.open_alike(need),
        form=form,
    )
