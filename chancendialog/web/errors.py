"""Error pages, in the frame of whoever asked, that say what to do next."""

import logging
from pathlib import PurePosixPath

from flask import Flask, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from markupsafe import Markup, escape
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from chancendialog.errors import DomainError
from chancendialog.extensions import db, is_busy, only_read
from chancendialog.house import last_known_contact
from chancendialog.i18n import language
from chancendialog.links import link
from chancendialog.web.limits import seconds_to_wait

log = logging.getLogger(__name__)
SECONDS_TO_WAIT = "5"
NOTHING_TO_GO_BACK_TO = {403, 404, 410}


def init_app(app: Flask) -> None:
    """Answer every kind of trouble with a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(IntegrityError, _collided)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unforeseen)


def error_page(code: int, title: str, advice: str) -> tuple[str, int]:
    """One page for all: what happened and what to do."""
    return _frame(title, advice, back=_page_of_the_form()), code


def _frame(title: str, advice: str, *, back: str | None) -> str:
    """In the frame of the audience, as long as the database can say who the office is."""
    audience = "office" if request.path.startswith("/verwaltung") else "public"
    try:
        only_read()  # an error page needs no turn
        return render_template(f"errors/{audience}.html", title=title, advice=advice, back=back)
    except (DBAPIError, PoolTimeout):
        return _standing_page(title, advice)


def _page_of_the_form() -> str | None:
    """Where the form stands that was sent: at the address it went to, or the nearest one above."""
    if request.method != "POST" or request.endpoint is None:
        return None
    pages = current_app.create_url_adapter(request)
    sent_to = PurePosixPath(url_for(request.endpoint, **(request.view_args or {})))
    addresses = map(str, (sent_to, *sent_to.parents))
    return next((one for one in addresses if pages and pages.test(one, "GET")), None)


def _http(trouble: HTTPException) -> ResponseReturnValue:
    code = trouble.code or 500
    if code < 400:
        return trouble.get_response()
    response = Response(_page_about(code), code, mimetype="text/html")
    for name, value in trouble.get_response().headers:
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    if code == 429:
        response.headers["Retry-After"] = str(seconds_to_wait())
    return response


def _page_about(code: int) -> str:
    title, advice = _words(code)
    if code == 421:  # under another name, nothing but this page
        return _standing_page(title, advice, home=link("public.programme"))
    back = None if code in NOTHING_TO_GO_BACK_TO else _page_of_the_form()
    return _frame(title, advice, back=back)


def _words(code: int) -> tuple[str, str]:
    """What happened, and what to do, by status code."""
    words = {
        400: (
            _("Das hat nicht geklappt"),
            _("Gehen Sie eine Seite zurück, laden Sie sie neu und versuchen Sie es noch einmal."),
        ),
        403: (
            _("Diese Seite ist nicht für Sie freigegeben"),
            _("Fragen Sie im Transformationsbüro, wenn Sie sie brauchen."),
        ),
        404: (
            _("Diese Seite gibt es nicht"),
            _(
                "Wenn Sie die Adresse eingetippt haben, prüfen Sie die Schreibweise. Wenn Sie sie"
                " kopiert haben, prüfen Sie, ob sie vollständig ist. Manche E-Mail-Programme"
                " trennen lange Links."
            ),
        ),
        405: (
            _("So lässt sich diese Seite nicht öffnen"),
            _("Gehen Sie eine Seite zurück und benutzen Sie dort den Knopf."),
        ),
        410: (
            _("Dieser Link gilt nicht mehr"),
            escape(
                _(
                    "Nehmen Sie den Link aus der neuesten E-Mail, die Sie von uns haben. Finden Sie"
                    " sie nicht mehr? Unter „%(page)s“ schicken wir Ihnen einen neuen. Einige Zeit"
                    " nach der Veranstaltung, oder wenn Sie nicht bestätigt haben, löschen wir Ihre"
                    " Angaben. Dann gilt keiner mehr."
                )
            )
            % {"page": _linked("public.lost_link", _("Meine Anmeldungen"))},
        ),
        413: (
            _("Das war zu viel auf einmal"),
            _("Schreiben Sie weniger in das Formular und senden Sie es noch einmal."),
        ),
        421: (
            _("Unter diesem Namen sind wir nicht zu erreichen"),
            _("Öffnen Sie stattdessen %(url)s", url=current_app.config["PUBLIC_URL"]),
        ),
        429: (
            _("Von Ihrem Anschluss kam sehr viel auf einmal"),
            _("Versuchen Sie es später noch einmal, oder rufen Sie uns an."),
        ),
    }
    return words.get(code) or (words[400] if code < 500 else _unforeseen_words())


def _linked(endpoint: str, words: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for(endpoint), words)


def _forged(trouble: CSRFError) -> ResponseReturnValue:
    return error_page(
        400,
        _("Das Formular kam ohne sein Cookie an"),
        _(
            "Erlauben Sie Cookies für diese Seite. Gehen Sie dann eine Seite zurück, laden Sie sie"
            " neu und senden Sie das Formular noch einmal."
        ),
    )


def _refused(refusal: DomainError) -> ResponseReturnValue:
    db.session.rollback()
    return error_page(409, _("Das geht gerade nicht"), refusal.message)


def _collided(trouble: IntegrityError) -> ResponseReturnValue:
    """The database had the last word; the rule above it was overtaken by somebody."""
    log.warning("constraint refused a change at %s", request.endpoint)
    db.session.rollback()
    return error_page(
        409,
        _("Jemand war gleichzeitig da"),
        _("Gehen Sie eine Seite zurück, laden Sie sie neu und versuchen Sie es noch einmal."),
    )


def _database(trouble: Exception) -> ResponseReturnValue:
    """Busy: 409, try again. Gone: 503, from a page that needs no database."""
    if isinstance(trouble, OperationalError) and is_busy(trouble):
        db.session.rollback()
        return _busy_page(), 409, {"Retry-After": SECONDS_TO_WAIT}
    if isinstance(trouble, DataError):  # what no column can hold, such as NUL in an address
        return _http(NotFound() if request.method == "GET" else BadRequest())
    if not isinstance(trouble, OperationalError | PoolTimeout):
        return _unforeseen(trouble)
    log.error("database not reached: %s", getattr(trouble, "orig", trouble))
    page = _standing_page(
        _("Die Anmeldung macht gerade eine Pause"),
        _("Wir arbeiten daran. Versuchen Sie es in ein paar Minuten noch einmal."),
    )
    return page, 503, {"Retry-After": "60"}


def _busy_page() -> str:
    """With a button that sends the same once more; what is typed to sign in stays out of pages."""
    title = _("Gerade wollen viele Menschen gleichzeitig hierher")
    if request.method != "POST" or request.blueprint == "security":
        advice = _("Laden Sie die Seite in ein paar Sekunden neu. Es ist nichts verloren gegangen.")
        return _standing_page(title, advice)
    advice = _(
        "Drücken Sie in ein paar Sekunden auf „Noch einmal senden“. Es ist nichts verloren"
        " gegangen."
    )
    return _standing_page(title, advice, sent=list(request.form.items(multi=True)))


def _unforeseen(trouble: Exception) -> ResponseReturnValue:
    log.error("unforeseen trouble at %s", request.endpoint, exc_info=trouble)
    title, advice = _unforeseen_words()
    return _standing_page(title, advice), 500


def _unforeseen_words() -> tuple[str, str]:
    return (
        _("Auf unserer Seite ist etwas schiefgegangen"),
        _("Versuchen Sie es in ein paar Minuten noch einmal."),
    )


def _standing_page(
    title: str,
    advice: str,
    *,
    home: str | None = None,
    sent: list[tuple[str, str]] | None = None,
) -> str:
    """Rendered without context processors, which would ask the database.

    `home` is where the site is, if not here; `sent` is what a form held that may be sent again.
    """
    page = current_app.jinja_env.get_template("errors/standing.html")
    return page.render(
        title=title,
        advice=advice,
        page_language=language(),
        house=last_known_contact(),
        back=None if home else _page_of_the_form(),
        home=home or url_for("public.programme"),
        sent=sent,
    )
