"""Every letter to read, written to nobody by the functions that write the real ones."""

from typing import Protocol

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from chancendialog.mailing.letter import Letter
from chancendialog.mailing.message import with_pictures
from chancendialog.registration.specimens import LETTERS, PARTY, specimen
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import HEADERS, requires
from chancendialog.web.office import bp

SECURITY = "Content-Security-Policy"
ONLY_ITS_OWN_STYLES = (  # letters bring theirs along; the sandbox lets nothing run or be sent
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox"
)


class HasHTML(Protocol):
    """A letter to be sent, or one that was."""

    @property
    def html(self) -> str: ...


@bp.get("/briefe")
@requires(Permission.SEE_LETTERS)
def letters() -> ResponseReturnValue:
    """List the letters, with who gets them and when."""
    return render_template("office/letters.html", letters=LETTERS)


@bp.get("/briefe/<kind>")
@requires(Permission.SEE_LETTERS)
def letter(kind: str) -> ResponseReturnValue:
    """Show one letter: subject, text, and the HTML in a frame."""
    written = _letter(kind)
    page = render_template(
        "office/letter.html",
        kind=kind,
        known=LETTERS[kind],
        letter=written,
        sizes=(1, PARTY),
        party_size=_party_size(),
    )
    return with_frame(page)


@bp.get("/briefe/<kind>.html")
@requires(Permission.SEE_LETTERS)
def letter_html(kind: str) -> ResponseReturnValue:
    """The HTML as a mail program shows it."""
    return framed(_letter(kind))


@bp.get("/briefe/<kind>.ics")
@requires(Permission.SEE_LETTERS)
def letter_calendar(kind: str) -> ResponseReturnValue:
    """The calendar entry that goes with it."""
    calendar = _letter(kind).calendar or abort(404)
    return Response(calendar, content_type="text/calendar; charset=utf-8")


def with_frame(page: str) -> Response:
    """A page that shows a letter's HTML in a frame."""
    response = Response(page)
    response.headers[SECURITY] = f"{HEADERS[SECURITY]}; frame-src 'self'"
    return response


def framed(letter: HasHTML) -> Response:
    """What stands in that frame: the letter with its own styles, nothing from outside."""
    response = Response(with_pictures(letter.html))
    response.headers[SECURITY] = ONLY_ITS_OWN_STYLES
    return response


def _letter(kind: str) -> Letter:
    if kind not in LETTERS:
        abort(404)
    return specimen(kind, party_size=_party_size())


def _party_size() -> int:
    return PARTY if request.args.get("personen") == str(PARTY) else 1
