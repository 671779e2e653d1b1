"""How much one network may ask of us before we ask back, and long after that refuse.

Offices, libraries and shelters share one address, so a network over its limit
signs up *by mail* first; only many times as much is refused. Nothing that is
only read is ever limited.
"""

from dataclasses import dataclass
from threading import Lock

from flask import Flask, Response, request
from flask_limiter import RateLimitExceeded
from limits.storage import Storage
from redis.backoff import NoBackoff
from redis.retry import Retry

from chancendialog import clock
from chancendialog.extensions import limiter
from chancendialog.registration import several

SIGN_UPS = "10 per 10 minutes; 40 per day"  # that need no click, per network
FORMS = "50 per 10 minutes; 200 per day"  # that would write, per network
SWEEP_EVERY = 60  # seconds
REDIS_PATIENCE = 0.5  # seconds; whoever signs up waits for no counter


def init_app(app: Flask) -> None:
    """Count in Redis if there is one, else in this process; a counter that fails harms nobody."""
    if url := app.config["REDIS_URL"]:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {
            "socket_timeout": REDIS_PATIENCE,
            "socket_connect_timeout": REDIS_PATIENCE,
            "retry": Retry(NoBackoff(), 0),
        }
    app.config["RATELIMIT_STORAGE_URI"] = url or "counts://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = bool(url)
    app.config["RATELIMIT_SWALLOW_ERRORS"] = True
    limiter.init_app(app)


@limiter.shared_limit(FORMS, scope="forms")
def count_form() -> None:
    """Count a form without faults, before it takes anybody's turn; 429 if it is one too many."""


def must_click() -> bool:
    """Whether this network has signed up so often that it must click from now on.

    Sign-ups count when they came to something, so looking at the form does not.
    """
    try:
        _count_if_it_comes_to_something()
    except RateLimitExceeded:
        return True
    return False


def _came_to_something(response: Response) -> bool:
    return response.status_code == 303


def _sessions() -> int:
    """A form that asks for several counts as so many; for more than it offers, as no more."""
    return 1 + min(len(set(request.form.getlist("also"))), several.MOST)


@limiter.shared_limit(SIGN_UPS, scope="sign-ups", deduct_when=_came_to_something, cost=_sessions)
def _count_if_it_comes_to_something() -> None:
    pass


def seconds_to_wait() -> int:
    """When the limit that was just exceeded lets them go on."""
    limit = limiter.current_limit
    left = limit.reset_at - clock.now().timestamp() if limit else 0
    return max(1, int(left))


@dataclass
class _Count:
    number: int
    ends_at: float


class Counts(Storage):
    """Counters in this process for windows that stand still; `counts://` names it.

    The library's own starts a thread up to a hundred times a second to look
    for what has ended; this one looks once a minute, while counting.
    """

    STORAGE_SCHEME = ["counts"]  # noqa: RUF012  # as the library wants it

    def __init__(self, uri: str | None = None, **options: float | str | bool) -> None:
        super().__init__(uri)
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()
        self._sweep_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = clock.now().timestamp()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep(now)
            count = self._counts.get(key)
            if count is None or count.ends_at <= now:
                count = self._counts[key] = _Count(0, now + expiry)
            count.number += amount
            return count.number

    def get(self, key: str) -> int:
        count = self._counts.get(key)
        return count.number if count and count.ends_at > clock.now().timestamp() else 0

    def get_expiry(self, key: str) -> float:
        count = self._counts.get(key)
        return count.ends_at if count else clock.now().timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            number = len(self._counts)
            self._counts.clear()
            self._sweep_at = 0.0
            return number

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._counts = {key: one for key, one in self._counts.items() if one.ends_at > now}
        self._sweep_at = now + SWEEP_EVERY
