"""What would come of a form if it were saved, which it is not."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, g, request, url_for
from markupsafe import Markup, escape
from sqlalchemy import Select

from chancendialog import house
from chancendialog.extensions import db
from chancendialog.i18n import speaking
from chancendialog.web.guards import HEADERS
from chancendialog.web.office.forms import UponWhatWasShown
from chancendialog.web.office.letters import SECURITY

T = TypeVar("T")
BUTTON = "vorschau"  # its value says what is to be seen


def wanted() -> str:
    """What the button for a preview says, if it was that one."""
    return request.form.get(BUTTON, "")


def as_if(form: UponWhatWasShown, save: Callable[[], None], look: Callable[[], T]) -> T | None:
    """Save, look, and take it back; None if the form does not hold."""
    if not form.holds():
        return None
    save()
    db.session.flush()
    seen = look()
    db.session.rollback()
    g.pop("house", None)
    house.contact()  # or pages that ask no database would go on telling what was only looked at
    return seen


def public_page(endpoint: str, language: str) -> str:
    """What residents would read there, as far as this transaction has come."""
    g.pop("house", None)
    address, site = url_for(endpoint, language=language), current_app.config["PUBLIC_URL"]
    with current_app.test_request_context(address, base_url=site), speaking(language):
        answer = current_app.preprocess_request() or current_app.dispatch_request()
        return current_app.make_response(answer).get_data(as_text=True)


def within(html: str) -> Markup:
    """The page as the attribute of a frame, where no-break spaces are for the eye, too."""
    return escape(html.replace("\u00a0", "&nbsp;"))


def with_its_styles(page: str) -> Response:
    """A page with a letter in a frame: the page's rules hold there, and letters bring styles."""
    response = Response(page)
    response.headers[SECURITY] = HEADERS[SECURITY].replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
    return response


def hold(query: Select[Any]) -> None:
    """Let colleagues who save the same follow each other: the second sees what the first did."""
    if request.method == "POST":
        db.session.scalars(query.with_for_update()).all()
