"""What a ticket's QR code opens."""

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select

from chancendialog import qr
from chancendialog.extensions import db
from chancendialog.registration import letters, tickets
from chancendialog.registration.models import Registration
from chancendialog.web.guards import may_check_in
from chancendialog.web.public import bp


@bp.get("/t/<code>")
def ticket(code: str) -> ResponseReturnValue:
    """Say whether a code is valid, and of nobody whose it is; staff at the door are led to them."""
    query = select(Registration).where(Registration.ticket == tickets.read(code))
    found = db.session.scalar(query) or abort(404)
    event_session = found.event_session
    if may_check_in(event_session):
        return redirect(url_for("office.guest", slug=event_session.slug, ulid=found.ulid))
    return render_template(
        "public/ticket.html",
        registration=found,
        event_session=event_session,
        qr_code=picture(found),
    )


def picture(registration: Registration) -> Markup | None:
    """The QR code of a ticket, as long as it is valid."""
    return qr.svg(letters.ticket_url(registration)) if registration.is_let_in else None
