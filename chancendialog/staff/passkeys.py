"""Passkeys as a second factor (WebAuthn), checked by py_webauthn.

They belong to the host of PUBLIC_URL, so they work nowhere else; that is what makes
them proof against pages that look like ours.
"""

from typing import Any
from urllib.parse import urlsplit

import webauthn
from flask import current_app
from sqlalchemy import delete, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from chancendialog.extensions import db
from chancendialog.staff.models import Passkey, User

NAME = "Chancendialog"


def of(user: User) -> list[Passkey]:
    """All that somebody has, the oldest first."""
    return list(
        db.session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id))
    )


def to_create(user: User) -> tuple[str, str]:
    """What the browser needs to make one, as JSON, and the challenge to be kept until then."""
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=NAME,
        user_id=user.actor.encode(),
        user_name=user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,  # the password says who they are
            user_verification=UserVerificationRequirement.DISCOURAGED,
        ),
        exclude_credentials=_known(user),
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def add(user: User, made: str, challenge: str, name: str) -> Passkey | None:
    """Keep what the browser made, if it answers the challenge; None if it does not."""
    try:
        verified = webauthn.verify_registration_response(
            credential=made, expected_challenge=base64url_to_bytes(challenge), **_we()
        )
    except _TROUBLE:
        return None
    credential = bytes_to_base64url(verified.credential_id)
    if db.session.scalar(select(Passkey).where(Passkey.credential == credential)):
        return None
    passkey = Passkey(
        user_id=user.id,
        credential=credential,
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        name=name,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey


def to_ask(user: User) -> tuple[str, str]:
    """What the browser needs to show one, as JSON, and the challenge to be kept until then."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        allow_credentials=_known(user),
        user_verification=UserVerificationRequirement.DISCOURAGED,
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def take(user: User, shown: str, challenge: str) -> bool:
    """Whether what the browser shows is signed by one of theirs, for this challenge."""
    try:
        said = webauthn.helpers.parse_authentication_credential_json(shown)
        passkey = db.session.scalar(
            select(Passkey)
            .where(Passkey.user_id == user.id, Passkey.credential == said.id)
            .with_for_update()
        )
        if passkey is None:
            return False
        verified = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=base64url_to_bytes(challenge),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            **_we(),
        )
    except _TROUBLE:
        return False
    passkey.sign_count = verified.new_sign_count
    return True


def remove(user: User, number: int) -> int:
    """Remove one of somebody's; say how many that were."""
    which = (Passkey.user_id == user.id, Passkey.id == number)
    return int(db.session.execute(delete(Passkey).where(*which)).rowcount)  # type: ignore[attr-defined]


_TROUBLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)  # of odd input


def _known(user: User) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential)) for one in of(user)
    ]


def _host() -> str:
    return urlsplit(current_app.config["PUBLIC_URL"]).hostname or ""


def _we() -> dict[str, Any]:
    return {"expected_rp_id": _host(), "expected_origin": current_app.config["PUBLIC_URL"]}
