"""All e-mails on their way: what waits, what left, what did not arrive and why."""

from datetime import timedelta

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import dispatches
from chancendialog.registration.models import Registration
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp

SHOWN = 100  # of each kind
LATE = timedelta(minutes=10)  # if none leaves for so long, something is wrong
MOST = 2**31 - 1  # more is no number of a row


@bp.get("/e-mails")
@requires(Permission.WRITE_TO_PEOPLE)
def mails() -> ResponseReturnValue:
    """List what was given up, what waits, and what left last."""
    given_up = outbox.letters_in(*outbox.GIVEN_UP, limit=SHOWN)
    waiting = outbox.letters_in(*outbox.UNSENT, limit=SHOWN)
    sent = outbox.letters_in(MailState.SENT, limit=SHOWN)
    return render_template(
        "office/mails.html",
        given_up=given_up,
        waiting=waiting,
        sent=sent,
        progress=outbox.progress(),
        people=_people(given_up + waiting + sent),
        stuck_since=outbox.stuck_since(LATE),
    )


@bp.post(f"/e-mails/<int(max={MOST}):number>/noch-einmal")
@requires(Permission.WRITE_TO_PEOPLE)
def write_again(number: int) -> ResponseReturnValue:
    """Write once more to somebody whom a letter did not reach."""
    mail = db.session.get(OutgoingMail, number) or abort(404)
    registration = _people([mail]).get(mail.thread) or abort(404)
    if dispatches.write_again(registration, mail, actor=current_user.actor):
        flash(_("Die E-Mail geht noch einmal an %(name)s.", name=registration.name), "success")
    else:
        flash(_("Hier ist nichts mehr zu schicken."), "info")
    db.session.commit()
    return redirect(url_for(".mails", _anchor="inhalt"), 303)


def _people(mails: list[OutgoingMail]) -> dict[str, Registration]:
    """The registrations that letters belong to, by thread. One query."""
    ulids = {mail.thread.partition("registration:")[2] for mail in mails}
    found = db.session.scalars(
        select(Registration)
        .where(Registration.ulid.in_(ulids))
        .options(joinedload(Registration.event_session))
    )
    return {one.thread: one for one in found}
