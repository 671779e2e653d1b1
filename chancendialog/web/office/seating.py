"""How many seats a session has, how they are given, and how full it is."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import house
from chancendialog.extensions import db
from chancendialog.house import Switch
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext
from chancendialog.programme.models import EventSession
from chancendialog.registration import changes, seats
from chancendialog.registration.effects import Effects, effects_of
from chancendialog.registration.seats import Numbers
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp, foresight
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.seats import SeatsForm, said
from chancendialog.web.office.people import staff_session


@bp.route("/termine/<slug>/plaetze", methods=["GET", "POST"])
@requires(Permission.PLAN_SESSIONS)
def seating(slug: str) -> ResponseReturnValue:
    """Show how full a session is, and change its seats and how they are given."""
    event_session = staff_session(slug)
    if request.method == "POST":
        seats.take_turn(event_session)  # what the form was filled in upon stays so
    form = SeatsForm(event_session)
    if not form.holds(event_session.thread) or foresight.goes_back():
        return _page(event_session, form), 422 if form.errors else 200
    changed, differences = [said(one) for one in form.changed], foresight.differences(form)
    shrinks = form.capacity.data < event_session.capacity
    effects = effects_of(lambda: _save(event_session, form), event_session)
    numbers = seats.numbers_of(event_session)
    warning = overbooked(numbers) if shrinks else ""
    if foresight.is_due(effects, asks=bool(warning)):
        return foresight.page(_("Plätze ändern"), event_session, effects, differences, warning)
    _report(changed, numbers, effects)
    say_what_stays(form)
    target = url_for(".seating", slug=slug, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def overbooked(numbers: Numbers) -> str:
    """What it means that more seats are taken than there are; empty if not."""
    if numbers.taken <= numbers.capacity:
        return ""
    taken = ngettext("Vergeben ist %(num)s Platz", "Vergeben sind %(num)s Plätze", numbers.taken)
    sentence = _(
        "%(taken)s, der Raum hat jetzt %(capacity)s. Niemand verliert seinen Platz;",
        taken=taken,
        capacity=numbers.capacity,
    )
    if not numbers.capacity:
        no_more = _("neue Plätze werden nicht vergeben.")
        return f"{sentence} {no_more}"
    until = _(
        "neue Plätze werden erst vergeben, wenn weniger als %(capacity)s vergeben sind.",
        capacity=numbers.capacity,
    )
    return f"{sentence} {until}"


def _save(event_session: EventSession, form: SeatsForm) -> None:
    """Change what was changed.

    A larger room comes after the new rules and is given by them. A smaller one
    comes first, so that what has just run out is not given on in the old one.
    """
    actor, switches, capacity = current_user.actor, form.switches(), form.capacity.data
    shrinks = capacity < event_session.capacity
    resized = form.capacity in form.changed
    if resized and shrinks:
        changes.resize(event_session, capacity, actor=actor)
    if switches:
        changes.set_switches(event_session, actor=actor, **switches)
    if resized and not shrinks:
        changes.resize(event_session, capacity, actor=actor)


def _report(changed: list[str], numbers: Numbers, effects: Effects) -> None:
    """Say what was saved, and warn when more is taken than there is now."""
    if changed:
        said = _("Gespeichert. %(changes)s", changes="; ".join(changed))
        hear = foresight.who_hears(effects) if effects.touch_somebody else ""
        flash(f"{said}. {hear}" if hear else said, "success")
    else:
        flash(_("Es war nichts zu ändern."), "info")
    if warning := overbooked(numbers):
        flash(warning, "warning")


def _page(event_session: EventSession, form: SeatsForm) -> str:
    numbers = seats.numbers_of(event_session)
    return render_template(
        "office/seating.html",
        event_session=event_session,
        form=form,
        numbers=numbers,
        overbooked=overbooked(numbers),
        confirmed_by_mail_everywhere=house.is_on(Switch.CONFIRM_BY_MAIL),
    )
