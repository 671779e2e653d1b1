"""Nothing typed is lost: what cannot be taken now stands in its form once more, and why.

The sentence says what to do; the answer's code says to programs what the matter is.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError

from chancendialog.errors import DomainError
from chancendialog.extensions import csrf, is_busy, only_read
from chancendialog.web import limits
from chancendialog.web.errors import SECONDS_TO_WAIT

View = Callable[..., ResponseReturnValue]


class NotNow(DomainError):
    """No rule says no: the same form, sent once more, may well be taken."""


def shown_again(page: View, *, needs_cookie: bool = False) -> Callable[[View], View]:
    """Answer what a view refuses, or cannot do now, with the page of its form.

    `page` gets what the view gets, and the `refusal`. It also comes when the browser forgot
    our cookie: checked here, so that the form goes along. Where the cookie is what a page is
    shown by (`needs_cookie`), there is no form to show, and an error page says so.
    """

    def around(view: View) -> View:
        @wraps(view)
        def careful(**named: Any) -> ResponseReturnValue:
            try:
                csrf.protect()
                return view(**named)
            except DomainError as refusal:
                return _answer(page, named, refusal, 409)
            except CSRFError:
                told = _("Erlauben Sie Cookies für diese Seite und versuchen Sie es noch einmal.")
                return _answer(page, named, NotNow(told), 400)
            except RateLimitExceeded:
                told = _(
                    "Von Ihrem Internet-Anschluss kam heute sehr viel auf einmal. Senden Sie das"
                    " Formular später noch einmal, oder rufen Sie uns an. Ihre Angaben stehen noch"
                    " da."
                )
                wait = str(limits.seconds_to_wait())
                return _answer(page, named, NotNow(told), 429, wait)
            except OperationalError as trouble:
                if not is_busy(trouble):
                    raise
                told = _(
                    "Gerade wollen viele Menschen gleichzeitig hierher. Versuchen Sie es in ein"
                    " paar Sekunden noch einmal."
                )
                return _answer(page, named, NotNow(told), 409, SECONDS_TO_WAIT)

        if not needs_cookie:
            csrf.exempt(careful)
        return careful

    return around


def _answer(
    page: View, named: dict[str, Any], refusal: DomainError, code: int, wait: str | None = None
) -> Response:
    only_read()
    answer = make_response(page(**named, refusal=refusal))
    answer.status_code = code
    if wait:
        answer.headers["Retry-After"] = wait
    return answer
