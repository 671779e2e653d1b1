"""Moving a session, calling it off, and letting it take place after all.

Plain forms; each says beforehand how many will be written to.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import changes, dispatches, seats
from chancendialog.registration.models import LIVE_ONES
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
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
    told = event_session.status is SessionStatus.PUBLISHED
    shown = (event_session.starts_at, event_session.ends_at, event_session.venue.slug)
    if not form.holds(*shown, event_session.room):
        page = _page("office/move.html", event_session, form=form, told=told)
        return page, 422 if form.errors else 200
    moved = changes.move(
        event_session,
        starts_at=form.starts_at.data,
        ends_at=form.ends_at.data,
        venue=next(one for one in venues if one.slug == form.venue.data),
        room=form.room.data,
        actor=current_user.actor,
    )
    return _done(event_session, _("Der Termin ist verlegt.") if moved else "", told=told)


@bp.get("/termine/<slug>/absagen")
@requires(Permission.PLAN_SESSIONS)
def cancellation(slug: str) -> ResponseReturnValue:
    """Ask whether to call a session off, or whether one that is takes place after all."""
    event_session = staff_session(slug)
    return _page("office/call_off.html", event_session, told=not event_session.has_begun)


@bp.post("/termine/<slug>/absagen")
@requires(Permission.PLAN_SESSIONS)
def call_off(slug: str) -> ResponseReturnValue:
    """It does not take place. Nobody knows of a draft, so it is not called off."""
    event_session = staff_session(slug)
    is_known = event_session.status is not SessionStatus.DRAFT
    changed = is_known and changes.call_off(event_session, actor=current_user.actor)
    what = _("Der Termin ist abgesagt.") if changed else ""
    return _done(event_session, what, told=not event_session.has_begun)


@bp.post("/termine/<slug>/ansetzen")
@requires(Permission.PLAN_SESSIONS)
def reinstate(slug: str) -> ResponseReturnValue:
    """It takes place after all."""
    event_session = staff_session(slug)
    changed = changes.reinstate(event_session, actor=current_user.actor)
    what = _("Der Termin findet doch statt.") if changed else ""
    return _done(event_session, what, told=not event_session.has_begun)


def _page(template: str, event_session: EventSession, **facts: object) -> str:
    reached, without_address = dispatches.reachable(event_session, LIVE_ONES)
    return render_template(
        template,
        event_session=event_session,
        reached=reached,
        without_address=without_address,
        **facts,
    )


def _done(event_session: EventSession, what: str, *, told: bool) -> ResponseReturnValue:
    """Say what was done and who hears of it, and show how far the letters are."""
    reached, _without = dispatches.reachable(event_session, LIVE_ONES)
    if not what:
        flash(_("Es war nichts zu ändern."), "info")
    elif told and reached:
        hear = ngettext(
            "%(num)s Anmeldung bekommt eine E-Mail.",
            "%(num)s Anmeldungen bekommen eine E-Mail.",
            reached,
        )
        flash(f"{what} {hear}", "success")
    else:
        nobody = _("Niemand bekommt eine E-Mail.")
        flash(f"{what} {nobody}", "success")
    target = url_for(".mails_of_session", slug=event_session.slug, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)
