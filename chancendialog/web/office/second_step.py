"""The second step of signing in, on one page: a code, a code for emergencies or a passkey."""

import re

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.staff import attempts, passkeys, second_factor
from chancendialog.staff.models import User
from chancendialog.staff.signing_in import TOO_MANY, complete, half_way
from chancendialog.web.office import bp
from chancendialog.web.office.forms.accounts import SecondStepForm

INSIDE = re.compile(r"/(?:verwaltung|t)/[\w/.-]*")  # where signing in may lead


@bp.route("/anmelden/zweiter-schritt", methods=["GET", "POST"])
def second_step() -> ResponseReturnValue:
    """Let in whoever gave the right password and shows a second factor, too."""
    user = half_way()
    if user is None:
        flash(_("Das hat zu lange gedauert. Melden Sie sich noch einmal an."), "info")
        return redirect(url_for("security.login"))
    form = SecondStepForm(next=request.args.get("next"))
    challenge = session.pop("challenge", "")
    if form.validate_on_submit():
        fault = _fault(user, form, challenge)
        if not fault:
            complete(user)
            db.session.commit()
            return redirect(place(form.next.data))
        form.code.errors = [fault]
    options = None
    if second_factor.has_passkey(user):
        options, session["challenge"] = passkeys.to_ask(user)
    page = render_template(
        "office/second_step.html", form=form, options=options, has_app=bool(user.totp_key)
    )
    db.session.rollback()
    return page, 422 if form.errors else 200


def place(wanted: str | None) -> str:
    """Where signing in leads: a page of ours, whatever a link said."""
    if wanted and INSIDE.fullmatch(wanted):
        return wanted
    return url_for("office.sessions", _anchor="inhalt")


def _fault(user: User, form: SecondStepForm, challenge: str) -> str | None:
    try:
        attempts.count_code(user)
    except attempts.TooManyTries:
        return str(TOO_MANY)
    if form.credential.data:
        if challenge and passkeys.take(user, form.credential.data, challenge):
            return None
        return _(
            "Dieser Passkey passt nicht. Versuchen Sie es noch einmal, oder geben Sie einen Code"
            " ein"
        )
    if not form.code.data:
        return _("Geben Sie den Code ein")
    if second_factor.take(user, form.code.data):
        return None
    return _("Dieser Code stimmt nicht. Jeder gilt nur einmal; warten Sie auf den nächsten")
