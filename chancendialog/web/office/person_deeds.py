"""What staff do for somebody who calls: address, party, mails, withdrawal, a letter once more."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.documents import attendees
from chancendialog.extensions import db, only_read
from chancendialog.i18n import gettext as _
from chancendialog.registration import booking, dispatches, seats
from chancendialog.registration.booking import AlreadyRegistered
from chancendialog.registration.models import Registration
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.entry import price_of
from chancendialog.web.office.forms import say_what_stays
from chancendialog.web.office.forms.people import MailsForm, ReaddressForm, ResizeForm
from chancendialog.web.office.people import known_registration, staff_session
from chancendialog.web.office.person import PERSON


@bp.route(f"{PERSON}/adresse", methods=["GET", "POST"])
@requires(Permission.REGISTER_PEOPLE)
def readdress(slug: str, ulid: str) -> ResponseReturnValue:
    """Correct somebody's address, or note one; they get a letter there."""
    event_session = staff_session(slug)
    registration = known_registration(event_session, ulid)
    form = ReaddressForm()
    if not form.validate_on_submit():
        return _address_page(registration, form), 422 if form.errors else 200
    if form.address == registration.email:
        form.email.errors = [_("Das ist die Adresse, die wir schon haben")]
        return _address_page(registration, form), 422
    try:
        new = booking.readdress(registration, form.address, actor=current_user.actor)
    except AlreadyRegistered as found:
        only_read()
        registration = known_registration(event_session, ulid)
        return _address_page(registration, form, existing=found.registration), 409
    flash(_("Berichtigt. An %(email)s geht jetzt eine E-Mail.", email=form.address), "success")
    target = url_for(".person", slug=slug, ulid=new.ulid, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def _address_page(
    registration: Registration, form: ReaddressForm, existing: Registration | None = None
) -> str:
    return render_template(
        "office/readdress.html",
        event_session=registration.event_session,
        registration=registration,
        form=form,
        existing=existing,
        status_name=attendees.status_name,
    )


@bp.route(f"{PERSON}/anzahl", methods=["GET", "POST"])
@requires(Permission.REGISTER_PEOPLE)
def resize(slug: str, ulid: str) -> ResponseReturnValue:
    """Register more or fewer people; where that is at the cost of others, say so and ask first."""
    registration = _in_turn(slug, ulid)
    form = ResizeForm(registration)
    if not form.holds():
        return _size_page(registration, form), 422 if form.errors else 200
    regardless, actor, wanted = (
        "regardless" in request.form,
        current_user.actor,
        form.party_size.data,
    )
    try:
        booking.resize_party(registration, wanted, actor=actor, regardless=regardless)
    except (booking.CannotGrow, booking.PartyTooLarge) as refusal:
        numbers = seats.numbers_of(registration.event_session)  # that it was refused upon
        only_read()
        registration = known_registration(staff_session(slug), ulid)
        if isinstance(refusal, booking.NoRoomToGrow):
            more = wanted - registration.party_size
            facts = {"price": price_of(numbers, more), "numbers": numbers}
            return _size_page(registration, form, **facts), 409
        form.party_size.errors = [refusal.message]
        is_slip = isinstance(refusal, booking.PartyTooLarge)
        return _size_page(registration, form), 422 if is_slip else 409
    return _done(registration, _("Die Anzahl ist geändert."))


@bp.route(f"{PERSON}/e-mails", methods=["GET", "POST"])
@requires(Permission.REGISTER_PEOPLE)
def choose_mails(slug: str, ulid: str) -> ResponseReturnValue:
    """Choose in which language somebody gets letters, and whether to be asked who comes."""
    registration = _in_turn(slug, ulid)
    form = MailsForm(registration)
    if not form.holds():
        return _page("office/choose_mails.html", registration, form=form), (
            422 if form.errors else 200
        )
    booking.choose_mails(
        registration,
        language=form.language.data,
        wants_reminder=form.wants_reminder.data == "on",
        actor=current_user.actor,
    )
    say_what_stays(form)
    return _done(registration, _("Gespeichert. Das gilt ab der nächsten E-Mail."), silent=True)


@bp.get(f"{PERSON}/abmelden")
@requires(Permission.REGISTER_PEOPLE)
def withdrawing(slug: str, ulid: str) -> ResponseReturnValue:
    """Ask before anything is given up; who has nothing to give up has a page that says so."""
    registration = known_registration(staff_session(slug), ulid)
    if not _can_change(registration):
        return redirect(url_for(".person", slug=slug, ulid=ulid))
    return _page(
        "office/withdraw.html",
        registration,
        numbers=seats.numbers_of(registration.event_session),
    )


@bp.post(f"{PERSON}/abmelden")
@requires(Permission.REGISTER_PEOPLE)
def withdraw(slug: str, ulid: str) -> ResponseReturnValue:
    """Give up a seat, an offer or a place in the queue for somebody who said so."""
    registration = known_registration(staff_session(slug), ulid)
    if not registration.is_live:
        flash(_("Hier ist nichts mehr abzumelden."), "info")
        return redirect(url_for(".person", slug=slug, ulid=ulid, _anchor="inhalt"), 303)
    booking.withdraw(registration, actor=current_user.actor)
    return _done(registration, _("%(name)s ist abgemeldet.", name=registration.name))


@bp.post(f"{PERSON}/noch-einmal-senden")
@requires(Permission.REGISTER_PEOPLE)
def send_again(slug: str, ulid: str) -> ResponseReturnValue:
    """Send somebody once more the letter of how things stand."""
    registration = known_registration(staff_session(slug), ulid)
    try:
        sent = dispatches.send_again(registration, actor=current_user.actor)
    except dispatches.JustWritten as refusal:
        flash(refusal.message, "warning")
    else:
        if sent:
            email = registration.email
            flash(_("Die E-Mail geht noch einmal an %(email)s.", email=email), "success")
        else:
            flash(_("Hier ist nichts zu schicken."), "info")
    db.session.commit()
    return redirect(url_for(".person", slug=slug, ulid=ulid, _anchor="inhalt"), 303)


def _in_turn(slug: str, ulid: str) -> Registration:
    """The registration that an address names; what a form was filled in upon stays so."""
    event_session = staff_session(slug)
    if request.method == "POST":
        seats.take_turn(event_session)
    return known_registration(event_session, ulid)


def _can_change(registration: Registration) -> bool:
    """Whether there is still something to give up or to change."""
    return registration.is_live and registration.event_session.is_to_come


def _done(registration: Registration, what: str, *, silent: bool = False) -> ResponseReturnValue:
    """Say what was done and whether somebody must still be told, and show the person."""
    if silent:
        flash(what, "success")
    elif registration.email:
        flash(_("%(done)s Die E-Mail dazu ist unterwegs.", done=what), "success")
    else:
        flash(
            _("%(done)s Ohne Adresse gibt es keine E-Mail: Sagen Sie selbst Bescheid.", done=what),
            "success",
        )
    slug, ulid = registration.event_session.slug, registration.ulid
    target = url_for(".person", slug=slug, ulid=ulid, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def _size_page(registration: Registration, form: ResizeForm, **facts: Any) -> str:
    return _page(
        "office/resize.html", registration, form=form, can_change=_can_change(registration), **facts
    )


def _page(template: str, registration: Registration, **facts: Any) -> str:
    return render_template(
        template,
        event_session=registration.event_session,
        registration=registration,
        status_name=attendees.status_name,
        **facts,
    )
