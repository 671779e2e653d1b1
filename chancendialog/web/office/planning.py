"""Moving a session, calling it off, and letting it take place after all.

Plain forms; what each does to people is shown before it is done (`foresight`).
"""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.extensions import db, only_read, write_from_here
from chancendialog.i18n import gettext as _
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import changes, seats
from chancendialog.registration.effects import Effects, effects_of
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp, foresight
from chancendialog.web.office.forms.moving import MoveForm
from chancendialog.web.office.people import staff_session


@bp.route("/termine/<slug>/verlegen", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def move(slug: str) -> ResponseReturnValue:
    """Give a session another time or place."""
    event_session = staff_session(slug)
    if request.method == "POST":
        seats.take_turn(event_session)  # what the form was filled in upon stays so
    venues = queries.venues()
    form = MoveForm(event_session, venues)
    if not form.holds(event_session.thread) or foresight.goes_back():
        return _form(event_session, form), 422 if form.errors else 200
    venue = next(one for one in venues if one.slug == form.venue.data)
    differences = foresight.differences(form)
    effects = effects_of(
        lambda: changes.move(
            event_session,
            starts_at=form.starts_at.data,
            ends_at=form.ends_at.data,
            venue=venue,
            room=form.room.data,
            actor=current_user.actor,
        ),
        event_session,
    )
    if foresight.is_due(effects):
        return foresight.page(_("Verlegen"), event_session, effects, differences)
    return _done(event_session, _("Der Termin ist verlegt.") if differences else "", effects)


@bp.get("/termine/<slug>/absagen")
@requires(Permission.PLAN_SESSIONS)
def cancellation(slug: str) -> ResponseReturnValue:
    """Ask whether to call a session off, or whether one that is takes place after all."""
    write_from_here()  # and take it back
    event_session = staff_session(slug)
    turns = changes.reinstate if event_session.is_called_off else _call_off
    effects = effects_of(lambda: turns(event_session, actor=current_user.actor), event_session)
    only_read()
    return render_template("office/call_off.html", event_session=event_session, effects=effects)


@bp.post("/termine/<slug>/absagen")
@requires(Permission.PLAN_SESSIONS)
def call_off(slug: str) -> ResponseReturnValue:
    """It does not take place."""
    return _turn(slug, _call_off, _("Der Termin ist abgesagt."))


@bp.post("/termine/<slug>/ansetzen")
@requires(Permission.PLAN_SESSIONS)
def reinstate(slug: str) -> ResponseReturnValue:
    """It takes place after all."""
    return _turn(slug, changes.reinstate, _("Der Termin findet doch statt."))


def _call_off(event_session: EventSession, *, actor: str) -> bool:
    """Nobody knows of a draft, so it is not called off."""
    is_known = event_session.status is not SessionStatus.DRAFT
    return is_known and changes.call_off(event_session, actor=actor)


def _turn(slug: str, deed: Callable[..., bool], what: str) -> ResponseReturnValue:
    event_session = staff_session(slug)
    before = event_session.status
    effects = effects_of(lambda: deed(event_session, actor=current_user.actor), event_session)
    return _done(event_session, what if event_session.status is not before else "", effects)


def _form(event_session: EventSession, form: MoveForm) -> str:
    return render_template("office/move.html", event_session=event_session, form=form)


def _done(event_session: EventSession, what: str, effects: Effects) -> ResponseReturnValue:
    """Say what was done and who hears of it, and show how far the letters are."""
    if what:
        flash(" ".join([what, foresight.who_hears(effects)]), "success")
    else:
        flash(_("Es war nichts zu ändern."), "info")
    target = url_for(".mails_of_session", slug=event_session.slug, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)
