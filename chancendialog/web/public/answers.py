"""The two answers to „Kommen Sie?“, behind the links of the reminder.

Opening a link says nothing: mail scanners open links. The button does.
"""

from collections.abc import Callable
from functools import partial

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from chancendialog.registration import booking
from chancendialog.registration.models import Registration, Status
from chancendialog.web.public import bp
from chancendialog.web.public.own_registration import by_token, changed, own_page_with
from chancendialog.web.public.shown_again import shown_again

DEEDS: dict[str, Callable[[Registration], None]] = {
    "ich-komme": booking.come,
    "ich-kann-nicht": partial(booking.withdraw, code="cannot_come"),
}
TEMPLATES = {"ich-komme": "public/answer.html", "ich-kann-nicht": "public/withdraw.html"}
PAGE = "/anmeldung/<token>/<any('ich-komme', 'ich-kann-nicht'):answer>"


@bp.get(PAGE)
def question(token: str, answer: str) -> ResponseReturnValue:
    """Ask once more, with one button; whoever has no seat to come to sees how they stand."""
    found = by_token(token)
    if not _is_asked(found):
        return redirect(url_for(".registration", token=token))
    return render_template(
        TEMPLATES[answer],
        token=token,
        action=url_for(".answer", token=token, answer=answer),
        is_asked=True,
        registration=found,
        event_session=found.event_session,
    )


@bp.post(PAGE)
@shown_again(own_page_with)
def answer(token: str, answer: str) -> ResponseReturnValue:
    """Take the answer: a seat that is given up goes to whoever waited longest."""
    return changed(token, DEEDS[answer], said="zugesagt" if answer == "ich-komme" else None)


def _is_asked(found: Registration) -> bool:
    return found.status is Status.CONFIRMED and found.event_session.is_to_come
