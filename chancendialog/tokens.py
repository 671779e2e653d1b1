"""Signed links for people without an account.

A token names a row, a purpose and a version; raising the row's version kills
every link made before. Nothing secret is stored. Keys rotate: the first of
`SECRET_KEY` and its fallbacks signs, all of them are believed.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer


class BadToken(Exception):
    """This is none of ours: mistyped, cut off or forged."""


def sign(purpose: str, content: Any) -> str:
    """Put `content` into a token that only this installation can make."""
    return _serializer(purpose).dumps(content)


def read(purpose: str, token: str) -> Any:
    """Give back what was signed for this purpose, or raise `BadToken`."""
    try:
        return _serializer(purpose).loads(token)
    except BadSignature as trouble:
        raise BadToken from trouble


def person_token(email: str) -> str:
    """Sixteen lower-case letters and digits that stay the same per address.

    Routes answers to letters; it is seen in shared calendars and so proves
    nothing. Lower case, because mail systems fold it. Made with the oldest key
    that is still believed: calendars take changes from the organizer who
    invited, so it must outlive a new key.
    """
    oldest, *_newer = _own_keys()
    digest = hmac.digest(oldest.encode(), b"person:" + email.lower().encode(), hashlib.sha256)
    return base64.b32encode(digest)[:16].decode().lower()


def signature(purpose: str, content: str) -> list[bytes]:
    """32 bytes that only this installation can make of `content`; one for each key, newest first.

    For codes that people type: the caller takes as much of it as it needs, and
    compares with `hmac.compare_digest`.
    """
    message = f"{purpose}:{content}".encode()
    return [hmac.digest(key.encode(), message, hashlib.sha256) for key in reversed(_own_keys())]


def keys(newest: str, older: Iterable[str]) -> list[str]:
    """All keys in the order of itsdangerous, where the last one signs; `older` is newest first."""
    return [*reversed(tuple(older)), newest]


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(_own_keys(), salt=purpose)


def _own_keys() -> list[str]:
    return keys(current_app.config["SECRET_KEY"], current_app.config["SECRET_KEY_FALLBACKS"])
