"""Who may open what, and the headers that keep browsers honest.

Everything under /verwaltung is closed unless its view says who may open it,
and only the pages for signing in are open to strangers.
"""

import logging
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import (
    Config,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.exc import OperationalError

from chancendialog import clock
from chancendialog.attendance import duty
from chancendialog.extensions import db, is_busy, limiter, write_from_here
from chancendialog.logs import IS_KEY
from chancendialog.programme.models import EventSession
from chancendialog.staff import attempts, second_factor, visits
from chancendialog.staff.models import Visit
from chancendialog.staff.permissions import Permission, may, only_at_the_door
from chancendialog.staff.signing_in import current_visit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger(__name__)
SIGN_IN_PAGES = {
    "security.login",
    "security.logout",
    "security.forgot_password",
    "security.reset_password",
    "office.second_step",
    "office.to_provider",
    "office.from_provider",
}
LIMITED = ("security.login", "security.forgot_password", "security.reset_password")
LOST = (  # staff read German
    "Ihr Besuch war zu Ende. Was Sie eben gesendet haben, ist nicht gespeichert: Melden Sie sich an"
    " und senden Sie es noch einmal."
)
SIGN_IN_LIMIT = "30 per 10 minutes"  # per network; nobody types passwords faster
ASKED_BY_NUMBER = {"/healthz", "/readyz"}  # monitors know addresses, not names
LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
CONTENT_SECURITY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # KERN's icons are data: masks
    "font-src": "'self'",
    "media-src": "'self'",  # the film in sign language
    "connect-src": "'self'",  # no script runs here; tools fetch robots.txt from within the page
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
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
WITH_SCRIPT = {"office.second_step", "office.add_passkey"}  # passkeys cannot do without
AT_THE_DOOR = {"office.checkin"}  # pages that may use the camera, to read tickets
FOR_OTHER_SITES = {"static"}  # what they may embed
IN_OTHER_PAGES = {"public.embedded_sessions"}  # what they may show in a frame
PRIVATE = ("/verwaltung", "/anmeldung", "/postfach")


def requires(permission: Permission) -> Callable[[Any], Any]:
    """Say which permission a view needs. `close_the_office` does the checking."""

    def mark(view: Any) -> Any:
        view.permission = permission
        return view

    return mark


def init_app(app: Flask) -> None:
    """Close the office, slow down guessing, and set the headers on every answer."""
    slowed = limiter.limit(SIGN_IN_LIMIT, methods=["POST"], exempt_when=_is_known_browser)
    for endpoint in LIMITED:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = slowed(view)
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
    if permission is not Permission.OWN_ACCOUNT and must_set_up_second_factor():
        return redirect(url_for("office.own_account"))
    if not may(current_user, permission):
        log.warning("%s may not open %s", current_user.actor, request.endpoint)
        abort(403)
    _note_visit(current_visit())
    return None


def only_on_duty(event_session: EventSession) -> None:
    """Door accounts see the sessions that they are assigned to, each on its day."""
    if not _is_on_duty(event_session):
        abort(403)


def may_check_in(event_session: EventSession) -> bool:
    """Whether whoever asks lets people into this session; strangers may ask, too."""
    is_staff = current_user.is_authenticated and may(current_user, Permission.CHECK_IN)
    return is_staff and _is_on_duty(event_session)


def _is_on_duty(event_session: EventSession) -> bool:
    if not only_at_the_door(current_user):
        return True
    is_today = clock.day_of(event_session.starts_at) == clock.today()
    return is_today and duty.is_on_duty(current_user, event_session)


def is_for_us(environ: "WSGIEnvironment", config: Config) -> bool:
    """Whether a request names our host, so that no answer is made for somebody else's.

    That is PUBLIC_URL's; in a trial any loopback name with any port, since
    people come through tunnels and containers.
    """
    if environ["PATH_INFO"] in ASKED_BY_NUMBER:
        return True
    host = environ.get("HTTP_HOST", "").lower()
    if config["IS_TRIAL"]:
        return bool(LOOPBACK_HOST.fullmatch(host))
    return host in _our_hosts(config["PUBLIC_URL"])


def set_headers(response: Response) -> Response:
    """Strict headers; nothing personal stays in caches or with search engines."""
    for name, value in strict_headers().items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    is_key = bool(IS_KEY.search(request.path))
    if is_key or request.path.startswith(PRIVATE):
        response.headers["X-Robots-Tag"] = "noindex"
    if is_key or request.path.startswith(PRIVATE) or request.method == "POST":
        response.headers["Cache-Control"] = "no-store"  # what was typed may stand there again
    if "/kalender/mein/" in request.path:
        response.headers["Cache-Control"] = "private, no-cache"
    if is_key:
        response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint in FOR_OTHER_SITES:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.endpoint in IN_OTHER_PAGES:
        response.headers["Content-Security-Policy"] = HEADERS["Content-Security-Policy"].replace(
            "frame-ancestors 'none'", "frame-ancestors *"
        )
    if request.endpoint in WITH_SCRIPT:
        response.headers["Content-Security-Policy"] = (
            f"{HEADERS['Content-Security-Policy']}; script-src 'self'"
        )
    if request.endpoint in AT_THE_DOOR and response.status_code == 200:
        response.headers["Permissions-Policy"] = HEADERS["Permissions-Policy"].replace(
            "camera=()", "camera=(self)"
        )
    return response


def strict_headers() -> dict[str, str]:
    """What browsers are told with every answer."""
    if current_app.config["SESSION_COOKIE_SECURE"]:
        return HEADERS | {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
    return HEADERS


@lru_cache
def _our_hosts(public_url: str) -> frozenset[str]:
    """How a Host header may read; some proxies leave the port out."""
    outside = urlsplit(public_url)
    name = (outside.hostname or "").encode("idna").decode()
    name = f"[{name}]" if ":" in name else name
    return frozenset({name, f"{name}:{outside.port or {'http': 80, 'https': 443}[outside.scheme]}"})


def must_set_up_second_factor() -> bool:
    """The house's own sign-in has one of its own."""
    return not current_visit().by_provider and second_factor.is_missing(current_user)


def _note_visit(visit: Visit) -> None:
    """Now and then, in a transaction of its own; who has no time for it does without."""
    if not visits.is_to_be_noted(visit):
        return
    number = visit.id
    write_from_here()
    try:
        visits.see(number)
        db.session.commit()
    except OperationalError as trouble:
        if not is_busy(trouble):
            raise
        db.session.rollback()
    g.pop("only_reads")


def _is_known_browser() -> bool:
    """Strangers in the same network keep nobody out who has been in with this browser."""
    return attempts.is_known(request.form.get("email", ""))


def _to_sign_in() -> ResponseReturnValue:
    """Back to where they wanted once they have signed in, or to the form that they have sent."""
    if "visit" in session:  # it is over
        session.clear()
        if request.method == "POST":
            flash(LOST, "warning")
    rule = request.url_rule
    wanted = request.path if rule and rule.methods and "GET" in rule.methods else None
    return redirect(url_for("security.login", next=wanted))
