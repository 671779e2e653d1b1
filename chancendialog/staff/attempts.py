"""How often somebody may try to sign in, so that guessing is slow and nobody is locked out.

Tries are counted per account *and* per who tries: a browser that has signed in to
the account before has a counter of its own (a „device cookie“, as OWASP calls it);
all others share one per network. So a stranger's tries never keep the owner out.
Every try counts before the password is looked at: many at once find no gap.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, current_app, g, request
from flask_limiter import RateLimitExceeded

from chancendialog import tokens
from chancendialog.extensions import client_network, limiter
from chancendialog.staff.models import User

PER_ACCOUNT = "10 per 10 minutes"  # for each browser that is known, for each network else
CODES = "5 per 10 minutes"  # of the second step: six digits are few
CODES_OF_STRANGERS = "100 per day"  # per account, of all browsers that are not known
PURPOSE = "known browser"
LASTS = timedelta(days=180)
MOST_ACCOUNTS = 10  # that one browser is known to


class TooManyTries(Exception):
    """Wait ten minutes, then try again."""


def count_password(email: str) -> None:
    """Count a try with an address, whether or not there is an account. Raises `TooManyTries`."""
    _count(email, _password)


def count_code(user: User) -> None:
    """Count a try at the second step. Raises `TooManyTries`."""
    _count(user.email, _code)
    if not is_known(user.email):
        _count(user.email, _strangers_code)


def is_known(email: str) -> bool:
    """Whether somebody has signed in to this account with this browser before."""
    return _fingerprint(email) in _cookie().get("accounts", ())


def remember(email: str, response: Response) -> Response:
    """Let the browser have a counter of its own for this account; its cookie names nobody."""
    cookie = _cookie()
    others = [one for one in cookie.get("accounts", ()) if one != _fingerprint(email)]
    accounts = [*others, _fingerprint(email)][-MOST_ACCOUNTS:]
    number = cookie.get("number") or secrets.token_urlsafe(16)
    settings = current_app.config
    response.set_cookie(
        settings["DEVICE_COOKIE_NAME"],
        tokens.sign(PURPOSE, {"number": number, "accounts": accounts}),
        max_age=LASTS,
        secure=settings["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _count(email: str, counter: Callable[[], object]) -> None:
    g.tried = email
    try:
        counter()
    except RateLimitExceeded as trouble:
        raise TooManyTries from trouble


def _account() -> str:
    return _fingerprint(g.tried)


def _account_and_who() -> str:
    who = _cookie()["number"] if is_known(g.tried) else client_network()
    return f"{_account()}:{who}"


@limiter.shared_limit(PER_ACCOUNT, scope="passwords", key_func=_account_and_who)
def _password() -> None:
    pass


@limiter.shared_limit(CODES, scope="codes", key_func=_account_and_who)
def _code() -> None:
    pass


@limiter.shared_limit(CODES_OF_STRANGERS, scope="strangers' codes", key_func=_account)
def _strangers_code() -> None:
    pass


def _fingerprint(email: str) -> str:
    """An account's name in counters and cookies: keyed, so that it names nobody there."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, b"account:" + email.strip().lower().encode(), hashlib.sha256).hex()[:20]


def _cookie() -> dict[str, Any]:
    try:
        found = tokens.read(
            PURPOSE, request.cookies.get(current_app.config["DEVICE_COOKIE_NAME"], "")
        )
    except tokens.BadToken:
        return {}
    return found if isinstance(found, dict) else {}
