"""Going to another session, too or instead, behind the mailed link."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.programme import queries
from chancendialog.registration import letters, switching
from chancendialog.registration.models import Registration
from chancendialog.web.public import bp
from chancendialog.web.public.own_registration import by_token, own_page
from chancendialog.web.public.shown_again import shown_again


@bp.get("/anmeldung/<token>/wechseln")
def other_sessions(token: str) -> ResponseReturnValue:
    """Show where else there is room; who has nothing to switch sees how they stand."""
    found = by_token(token)
    if not switching.may_switch(found):
        return redirect(url_for(".registration", token=token))
    return _page(token, found)


def _page_with(token: str, refusal: DomainError) -> str:
    """What is possible instead, as things stand now."""
    found = by_token(token)
    if switching.may_switch(found):
        return _page(token, found, refusal)
    return own_page(token, found, refusal=refusal)


@bp.post("/anmeldung/<token>/wechseln")
@shown_again(_page_with)
def switch(token: str) -> ResponseReturnValue:
    """Go to the chosen session, or join its queue, and lead to the registration there."""
    found, stays = by_token(token), "stays" in request.form
    to = queries.session_by_slug(request.form.get("slug", "")) or abort(404)
    there = switching.switch(found, to, would_wait="waiting_list" in request.form, stays=stays)
    own_token = letters.own_token(there)
    db.session.commit()
    done: dict[str, Any] = {"dazu" if stays else "gewechselt": "1"}
    return redirect(url_for(".registration", token=own_token, **done, _anchor="inhalt"), 303)


def _page(token: str, found: Registration, refusal: DomainError | None = None) -> str:
    return render_template(
        "public/switch.html",
        token=token,
        registration=found,
        event_session=found.event_session,
        choices=switching.choices(found),
        refusal=refusal,
    )
