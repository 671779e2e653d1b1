"""For whoever has a printed confirmation: its code opens what a mailed link opens."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from chancendialog.errors import DomainError
from chancendialog.extensions import only_read
from chancendialog.registration import letters, paper_codes
from chancendialog.web import limits
from chancendialog.web.public import bp
from chancendialog.web.public.forms import PaperCodeForm
from chancendialog.web.public.shown_again import shown_again


@bp.get("/code")
def paper_code() -> ResponseReturnValue:
    """Ask for the code."""
    return _page(PaperCodeForm())


def _once_more(refusal: DomainError) -> str:
    form = PaperCodeForm()
    form.form_errors = [refusal.message]
    return _page(form)


@bp.post("/code")
@shown_again(_once_more)
def open_by_paper_code() -> ResponseReturnValue:
    """Lead to one's own page; every try counts, so that nobody tries many."""
    form = PaperCodeForm()
    if form.asks_for_another_language:
        return _page(form)
    if not form.validate():
        return _page(form), 422
    limits.count_form()
    registration = paper_codes.registration_of(form.code.data)
    if registration is None:
        form.code.errors = [_("Diesen Code kennen wir nicht. Vergleichen Sie ihn mit dem Blatt")]
        return _page(form), 422
    return redirect(url_for(".registration", token=letters.own_token(registration)), 303)


def _page(form: PaperCodeForm) -> str:
    only_read()
    return render_template("public/paper_code.html", form=form)
