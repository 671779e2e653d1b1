"""Who is told on the phone what others get by e-mail, and their confirmation on paper."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import journal
from chancendialog.documents import attendees
from chancendialog.documents.confirmation import confirmation
from chancendialog.extensions import db, only_read
from chancendialog.i18n import gettext as _
from chancendialog.registration import booking, phone_list
from chancendialog.registration.waiting_list import note
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.people import PhoneForm
from chancendialog.web.office.people import known_registration, staff_session

PERSON = "/termine/<slug>/personen/<ulid>"
WHAT_FOR = {
    "seated_from_waiting_list": _("Platz von der Warteliste"),
    "last_call": _("Es geht bald los, und ein Platz ist frei"),
    "need_answered": _("Antwort auf das, was sie brauchen: steht unter „Bedarf“"),
}


@bp.get("/termine/<slug>/anrufe")
@requires(Permission.REGISTER_PEOPLE)
def calls(slug: str) -> ResponseReturnValue:
    """Show who is to be called, and what to tell them."""
    event_session = staff_session(slug)
    return render_template(
        "office/phone_list.html",
        event_session=event_session,
        calls=phone_list.of_session(event_session),
        what_for=WHAT_FOR | journal.WORDS,
        status_name=attendees.status_name,
    )


@bp.post(f"{PERSON}/angerufen")
@requires(Permission.REGISTER_PEOPLE)
def called(slug: str, ulid: str) -> ResponseReturnValue:
    """Note that somebody knows now."""
    registration = known_registration(staff_session(slug), ulid)
    name, news = registration.name, request.form.get("news", "")
    if phone_list.told(registration, news, actor=current_user.actor):
        return _back(slug, _("Notiert: %(name)s weiß Bescheid.", name=name))
    only_read()
    flash(_("Für %(name)s gibt es inzwischen noch mehr Neues.", name=name), "warning")
    return redirect(url_for(".calls", slug=slug, _anchor="inhalt"), 303)


@bp.post(f"{PERSON}/nicht-erreicht")
@requires(Permission.REGISTER_PEOPLE)
def called_in_vain(slug: str, ulid: str) -> ResponseReturnValue:
    """Note that nobody answered."""
    registration = known_registration(staff_session(slug), ulid)
    phone_list.not_reached(registration, actor=current_user.actor)
    return _back(slug, _("Notiert: %(name)s war nicht zu erreichen.", name=registration.name))


@bp.route(f"{PERSON}/telefon", methods=["GET", "POST"])
@requires(Permission.REGISTER_PEOPLE)
def phone(slug: str, ulid: str) -> ResponseReturnValue:
    """Keep another number of somebody."""
    event_session = staff_session(slug)
    registration = known_registration(event_session, ulid)
    form = PhoneForm(obj=registration)
    if not form.validate_on_submit():
        page = render_template(
            "office/phone.html", event_session=event_session, registration=registration, form=form
        )
        return page, 422 if form.errors else 200
    booking.note_phone(registration, form.phone.data, actor=current_user.actor)
    flash(_("Gespeichert."), "success")
    db.session.commit()
    return redirect(url_for(".person", slug=slug, ulid=ulid, _anchor="inhalt"), 303)


@bp.post(f"{PERSON}/bestaetigung")
@requires(Permission.REGISTER_PEOPLE)
def paper(slug: str, ulid: str) -> ResponseReturnValue:
    """The confirmation of somebody without an address, to print and hand over or send by post."""
    registration = known_registration(staff_session(slug), ulid)
    if registration.erased_at or registration.email or not registration.is_live:
        return redirect(url_for(".person", slug=slug, ulid=ulid), 303)
    content = confirmation(registration)
    note("paper_printed", registration, current_user.actor)
    db.session.commit()
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="bestaetigung.pdf"'
    return response


def _back(slug: str, done: str) -> ResponseReturnValue:
    flash(done, "success")
    db.session.commit()
    return redirect(url_for(".calls", slug=slug, _anchor="inhalt"), 303)
