"""One's own registration, behind the mailed link."""

from collections.abc import Callable

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from chancendialog import tokens
from chancendialog.errors import DomainError
from chancendialog.extensions import db, only_read
from chancendialog.registration import booking, letters
from chancendialog.registration.explanation import explain, history
from chancendialog.registration.models import Registration
from chancendialog.web.public import bp
from chancendialog.web.public.addresses import masked
from chancendialog.web.public.forms import PartySizeForm


@bp.get("/anmeldung/<token>")
def registration(token: str) -> ResponseReturnValue:
    """Show what is registered. Opening it changes nothing: mail scanners open links."""
    return _own_page(token, by_token(token))


@bp.post("/anmeldung/<token>/zusagen")
def confirm(token: str) -> ResponseReturnValue:
    """Say yes: to one's own sign-up, to an offer, to a free seat shortly before the start."""
    return changed(token, booking.confirm)


@bp.post("/anmeldung/<token>/abmelden")
def withdraw(token: str) -> ResponseReturnValue:
    """Give up the seat, the offer, or the place in the queue."""
    return changed(token, booking.withdraw)


@bp.post("/anmeldung/<token>/personen")
def resize_party(token: str) -> ResponseReturnValue:
    """Bring fewer or more people."""
    found = by_token(token)
    form = PartySizeForm(found)
    if not form.validate():
        return _own_page(token, found, form=form), 422
    return changed(token, lambda one: booking.resize_party(one, form.party_size.data))


@bp.get("/anmeldung/<token>/<any(abmelden, zusagen, personen):deed>")
def button_reloaded(token: str, deed: str) -> ResponseReturnValue:
    """Whoever opens the address of a button lands on the page with the button."""
    return redirect(url_for(".registration", token=token))


def changed(token: str, change: Callable[[Registration], None]) -> ResponseReturnValue:
    """Change a registration and show it again; if that is refused, with the reason on top."""
    try:
        change(by_token(token))
    except DomainError as refusal:
        only_read()
        return _own_page(token, by_token(token), refusal=refusal), 409
    db.session.commit()
    return redirect(url_for(".registration", token=token, _anchor="inhalt"), 303)


def _own_page(
    token: str,
    found: Registration,
    *,
    form: PartySizeForm | None = None,
    refusal: DomainError | None = None,
) -> str:
    explanation = explain(found)
    return render_template(
        "public/registration.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        masked=masked(found.email or ""),
        explanation=explanation,
        history=history(found),
        form=form or PartySizeForm(found),
        refusal=refusal,
    )


def by_token(token: str) -> Registration:
    """The registration of a mailed link: 404 if it is none of ours, 410 if it is dead."""
    try:
        ulid, version = tokens.read(letters.LINK, token)
    except tokens.BadToken:
        abort(404)
    found = db.session.scalar(select(Registration).where(Registration.ulid == ulid))
    if found is None or found.erased_at or found.link_version != version:
        abort(410)
    return found
