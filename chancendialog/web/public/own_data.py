"""What is stored about oneself: reading, correcting and deleting it, behind the mailed link.

Articles 15 to 17 DSGVO, without an account and without having to ask.
"""

from typing import NamedTuple

from flask import Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from chancendialog import journal
from chancendialog.documents.attendees import status_name
from chancendialog.errors import DomainError
from chancendialog.extensions import db, only_read
from chancendialog.privacy import disclosure, erasure
from chancendialog.registration import booking
from chancendialog.registration.models import Registration
from chancendialog.web import limits
from chancendialog.web.public import bp
from chancendialog.web.public.addresses import likely_meant
from chancendialog.web.public.forms import AddressForm, MailsForm, NameForm
from chancendialog.web.public.own_registration import by_token, own_page_with
from chancendialog.web.public.shown_again import shown_again


class Slip(NamedTuple):
    """An address that looks mistyped, and what was probably meant."""

    given: str
    meant: str


@bp.get("/anmeldung/<token>/daten")
def own_data(token: str) -> ResponseReturnValue:
    """Show everything stored about whoever has the link, and let them correct it."""
    return _page(token, by_token(token))


@bp.get("/anmeldung/<token>/daten.json")
def own_data_file(token: str) -> ResponseReturnValue:
    """The same as a file, as a courtesy: Art. 20 does not apply to public tasks."""
    content = disclosure.as_json(disclosure.same_person(by_token(token)))
    response = Response(content, content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="daten.json"'
    return response


def _page_with(token: str, refusal: DomainError) -> str:
    """The forms as they were sent, with the reason on top."""
    return _page(token, by_token(token), refusal=refusal)


@bp.post("/anmeldung/<token>/name")
@shown_again(_page_with)
def correct_name(token: str) -> ResponseReturnValue:
    """Put one's name right."""
    found, form = by_token(token), NameForm()
    if not form.validate():
        return _page(token, found, name_form=form), 422
    booking.rename(found, form.name.data)
    return _saved(token)


@bp.post("/anmeldung/<token>/e-mails")
@shown_again(_page_with)
def choose_mails(token: str) -> ResponseReturnValue:
    """Choose the language of one's mails, and whether to be reminded; per registration."""
    found = by_token(token)
    form = MailsForm(obj=found)
    if not form.validate():
        abort(400)  # there is nothing to type
    wants_reminder = bool(form.wants_reminder.data)
    booking.choose_mails(found, language=form.language.data, wants_reminder=wants_reminder)
    return _saved(token)


@bp.post("/anmeldung/<token>/adresse")
@shown_again(_page_with)
def correct_own_address(token: str) -> ResponseReturnValue:
    """Go on at another address; the answer is the same if somebody has registered that one."""
    found, form = by_token(token), AddressForm()
    if not form.validate():
        return _page(token, found, address_form=form), 422
    if form.address == found.email:
        return redirect(url_for(".own_data", token=token, _anchor="inhalt"), 303)
    meant = likely_meant(form.address)
    if meant and "sure" not in request.form:
        only_read()
        return _page(token, found, address_form=form, slip=Slip(form.address, meant)), 422
    limits.count_form()
    booking.correct_address(found, form.address)
    db.session.commit()
    return redirect(url_for(".done", what="adresse", _anchor="inhalt"), 303)


@bp.get("/anmeldung/<token>/loeschen")
def erasing(token: str) -> ResponseReturnValue:
    """Say what deleting means, and ask."""
    found = by_token(token)
    here = [one for one in _all_of(found) if one.email == found.email]
    return render_template("public/erase.html", token=token, registration=found, number=len(here))


@bp.post("/anmeldung/<token>/loeschen")
@shown_again(own_page_with)
def erase(token: str) -> ResponseReturnValue:
    """Delete this registration, or all of the address, at once."""
    found = by_token(token)
    for registration in _all_of(found) if request.form.get("all") == "1" else [found]:
        erasure.erase(registration, actor=journal.RESIDENT)
    db.session.commit()
    session.pop("receipts", None)  # a name may stand there, too
    return redirect(url_for(".done", what="geloescht", _anchor="inhalt"), 303)


@bp.get("/anmeldung/<token>/<any(name, adresse, 'e-mails'):deed>")
def form_reloaded(token: str, deed: str) -> ResponseReturnValue:
    """Whoever opens the address of a form lands on the page with the form."""
    return redirect(url_for(".own_data", token=token))


@bp.get("/erledigt/<any(geloescht, adresse):what>")
def done(what: str) -> ResponseReturnValue:
    """Say that it is done, at an address that tells nothing: the link is dead by now."""
    return render_template("public/done.html", what=what)


def _saved(token: str) -> ResponseReturnValue:
    db.session.commit()
    return redirect(url_for(".own_data", token=token, getan="1", _anchor="inhalt"), 303)


def _all_of(registration: Registration) -> list[Registration]:
    """All that names them or their address, by session: turns are taken in that order."""
    theirs = disclosure.same_person(registration)
    slips = [slip.registration for slip in disclosure.slips(theirs)]
    return sorted([*theirs, *slips], key=lambda one: (one.event_session_id, one.id))


def _page(
    token: str,
    found: Registration,
    *,
    name_form: NameForm | None = None,
    address_form: AddressForm | None = None,
    refusal: DomainError | None = None,
    slip: Slip | None = None,
) -> str:
    theirs = disclosure.same_person(found)
    return render_template(
        "public/own_data.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        about=disclosure.about(theirs),
        slips=disclosure.slips(theirs),
        status_name=status_name,
        name_form=name_form or NameForm(obj=found),
        address_form=address_form or AddressForm(obj=found),
        mails_form=MailsForm(obj=found),
        refusal=refusal,
        slip=slip,
        has_changed="getan" in request.args,
    )
