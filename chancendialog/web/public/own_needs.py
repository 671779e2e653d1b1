"""What one needs to take part well, and what the office says to it: behind the mailed link."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from chancendialog.errors import DomainError
from chancendialog.extensions import db, only_read
from chancendialog.registration import needs
from chancendialog.registration.models import Registration
from chancendialog.web.public import bp
from chancendialog.web.public.forms import NeedsForm
from chancendialog.web.public.own_registration import by_token
from chancendialog.web.public.shown_again import shown_again


def _page_with(token: str, refusal: DomainError) -> str:
    found = by_token(token)
    return _page(token, found, NeedsForm(found), refusal)


@bp.route("/anmeldung/<token>/bedarf", methods=["GET", "POST"])
@shown_again(_page_with)
def own_needs(token: str) -> ResponseReturnValue:
    """Let somebody say anew what they need, until the session begins."""
    found = by_token(token)
    if not needs.may_say(found):
        return redirect(url_for(".registration", token=token))
    form = NeedsForm(found)
    if not form.is_submitted() or form.asks_for_another_language:
        only_read()
        return _page(token, found, form)
    if not form.validate():
        return _page(token, found, form), 422
    needs.say(found, form.asked)
    db.session.commit()
    return redirect(url_for(".registration", token=token, getan="bedarf", _anchor="inhalt"), 303)


def _page(
    token: str, found: Registration, form: NeedsForm, refusal: DomainError | None = None
) -> str:
    return render_template(
        "public/needs.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        form=form,
        refusal=refusal,
    )
