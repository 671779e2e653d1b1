"""The house's own sign-in (OpenID Connect), as far as OIDC_ISSUER names one.

It vouches for an address; whoever has an account here under that address comes in.
Nobody is added, and a second factor is the provider's business.
"""

import logging
from typing import Any, cast

from authlib.common.errors import AuthlibBaseError
from flask import abort, current_app, flash, redirect, request, session
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from chancendialog.extensions import db, write_from_here
from chancendialog.i18n import gettext as _
from chancendialog.links import link
from chancendialog.staff.accounts import datastore
from chancendialog.staff.models import User
from chancendialog.staff.signing_in import PROVIDER, let_in
from chancendialog.web.office import bp
from chancendialog.web.office.second_step import place

log = logging.getLogger(__name__)
TROUBLE = (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, RuntimeError)


@bp.get("/anmelden/region")
def to_provider() -> ResponseReturnValue:
    """Lead to the house's own sign-in."""
    session["wanted"] = request.args.get("next")
    try:
        answer: ResponseReturnValue = _provider().authorize_redirect(link("office.from_provider"))
    except TROUBLE as trouble:
        return _refused(trouble)
    return answer


@bp.get("/anmelden/region/zurueck")
def from_provider() -> ResponseReturnValue:
    """Let in whom the provider vouches for, if they work here."""
    provider = _provider()
    try:
        told = provider.authorize_access_token(claims_options=_ours()).get("userinfo") or {}
    except TROUBLE as trouble:
        return _refused(trouble)
    write_from_here()
    user = _known(told)
    if user is None:
        log.warning("the provider vouched for somebody who has no account here")
        flash(
            _("Für dieses Konto ist die Verwaltung nicht freigegeben. Fragen Sie im Büro."), "error"
        )
        return redirect(link("security.login"))
    let_in(user)
    db.session.commit()
    return redirect(place(session.pop("wanted", None)))


def _ours() -> dict[str, dict[str, object]]:
    """Who must have signed, and for whom, beside nonce and time, which Authlib looks at itself."""
    issuer = current_app.config["OIDC_ISSUER"].rstrip("/")
    return {
        "iss": {"essential": True, "values": [issuer, f"{issuer}/"]},
        "aud": {"essential": True, "values": [current_app.config["OIDC_CLIENT_ID"]]},
    }


def _known(told: dict[str, object]) -> User | None:
    """Only by an address that the provider has verified, and only if it may be used."""
    email = told.get("email")
    if told.get("email_verified") is not True or not isinstance(email, str):
        return None
    user = cast("User | None", datastore.find_user(email=email.strip().lower()))
    return user if user and user.active else None


def _refused(trouble: Exception) -> ResponseReturnValue:
    log.warning("the house's sign-in did not answer as it should: %s", type(trouble).__name__)
    flash(
        _(
            "Das Konto der Region antwortet gerade nicht. Versuchen Sie es in ein paar Minuten"
            " noch einmal, oder melden Sie sich mit Ihrem Passwort an."
        ),
        "error",
    )
    return redirect(link("security.login"))


def _provider() -> Any:  # Authlib has no types
    return current_app.extensions.get(PROVIDER) or abort(404)
