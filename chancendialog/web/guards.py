"""Who may open what, and the headers that keep browsers honest.

Everything under /verwaltung is closed unless its view says who may open it,
and only the pages for signing in are open to strangers.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock
from chancendialog.extensions import limiter
from chancendialog.programme.models import EventSession
from chancendialog.staff.permissions import Permission, may, only_on_the_day

SIGN_IN_PAGES = {
    "security.login",
    "security.logout",
    "security.forgot_password",
    "security.reset_password",
}
SIGN_IN_LIMIT = "30 per 10 minutes"  # per network; nobody types passwords faster
CONTENT_SECURITY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # KERN's icons are data: masks
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(
        f"{key} {value}" for key, value in CONTENT_SECURITY.items()
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def requires(permission: Permission) -> Callable[[Any], Any]:
    """Say which permission a view needs. `close_the_office` does the checking."""

    def mark(view: Any) -> Any:
        view.permission = permission
        return view

    return mark


def init_app(app: Flask) -> None:
    """Close the office, slow down guessing, and set the headers on every answer."""
    for endpoint in SIGN_IN_PAGES - {"security.logout"}:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = limiter.limit(SIGN_IN_LIMIT, methods=["POST"])(view)
    app.before_request(close_the_office)
    app.after_request(set_headers)


def close_the_office() -> ResponseReturnValue | None:
    """Let nobody into /verwaltung whom the view does not name: deny first."""
    if not request.path.startswith("/verwaltung") or request.endpoint in SIGN_IN_PAGES:
        return None
    if request.endpoint is None:  # no such page, said to staff only
        return None if current_user.is_authenticated else _to_sign_in()
    permission = getattr(current_app.view_functions[request.endpoint], "permission", None)
    if permission is None:
        abort(403)
    if not current_user.is_authenticated:
        return _to_sign_in()
    if not may(current_user, permission):
        abort(403)
    return None


def only_on_its_day(event_session: EventSession) -> None:
    """Door accounts see a session on its day only."""
    if only_on_the_day(current_user) and clock.day_of(event_session.starts_at) != clock.today():
        abort(403)


def set_headers(response: Response) -> Response:
    """Strict headers; nothing personal stays in caches or with search engines."""
    for name, value in strict_headers().items():
        response.headers.setdefault(name, value)
    if request.path.startswith(("/verwaltung", "/anmeldung", "/postfach")):
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
    if request.path.startswith("/kalender/mein/"):
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["X-Robots-Tag"] = "noindex"
    if request.path.startswith(("/anmeldung", "/kalender/mein/")):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def strict_headers() -> dict[str, str]:
    """What browsers are told with every answer."""
    if current_app.config["SESSION_COOKIE_SECURE"]:
        return HEADERS | {"Strict-Transport-Security": "max-age=31536000"}
    return HEADERS


def _to_sign_in() -> ResponseReturnValue:
    """Back to where they wanted once they have signed in; a lost POST starts at the overview."""
    wanted = request.path if request.method == "GET" else None
    return redirect(url_for("security.login", next=wanted))
