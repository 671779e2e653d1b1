"""Error pages, in the frame of whoever asked, that say what to do next."""

import logging

from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from chancendialog.errors import DomainError
from chancendialog.extensions import db, is_busy, only_read
from chancendialog.i18n import language
from chancendialog.web.limits import seconds_to_wait

log = logging.getLogger(__name__)
SECONDS_TO_WAIT = "5"


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
    return _frame(title=title, advice=advice), code


def _frame(**facts: str) -> str:
    """In the frame of the audience, as long as the database can say who the office is."""
    audience = "office" if request.path.startswith("/verwaltung") else "public"
    try:
        only_read()  # an error page needs no turn
        return render_template(f"errors/{audience}.html", **facts)
    except (DBAPIError, PoolTimeout):
        return _standing_page(**facts)


def _http(trouble: HTTPException) -> ResponseReturnValue:
    code = trouble.code or 500
    if code < 400:
        return trouble.get_response()
    title, advice = _words(code)
    page = _standing_page if code == 421 else _frame  # under another name, nothing but this page
    response = Response(page(title=title, advice=advice), code, mimetype="text/html")
    for name, value in trouble.get_response().headers:
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    if code == 429:
        response.headers["Retry-After"] = str(seconds_to_wait())
    return response


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
            _(
                "Nehmen Sie den Link aus der neuesten E-Mail, die Sie von uns haben. Finden Sie sie"
                " nicht mehr? Unter „Meine Anmeldungen“ schicken wir Ihnen einen neuen. Einige Zeit"
                " nach der Veranstaltung, oder wenn Sie nicht bestätigt haben, löschen wir Ihre"
                " Angaben; dann gilt keiner mehr."
            ),
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
        page = _standing_page(
            _("Gerade wollen viele Menschen gleichzeitig hierher"),
            _("Laden Sie die Seite in ein paar Sekunden neu. Es ist nichts verloren gegangen."),
        )
        return page, 409, {"Retry-After": SECONDS_TO_WAIT}
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


def _unforeseen(trouble: Exception) -> ResponseReturnValue:
    log.error("unforeseen trouble at %s", request.endpoint, exc_info=trouble)
    title, advice = _unforeseen_words()
    return _standing_page(title, advice), 500


def _unforeseen_words() -> tuple[str, str]:
    return (
        _("Auf unserer Seite ist etwas schiefgegangen"),
        _("Versuchen Sie es in ein paar Minuten noch einmal. Sonst rufen Sie uns an."),
    )


def _standing_page(title: str, advice: str) -> str:
    """Rendered without context processors, which would ask the database."""
    page = current_app.jinja_env.get_template("errors/standing.html")
    return page.render(title=title, advice=advice, page_language=language())
