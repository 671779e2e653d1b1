"""One person by name: how they stand, what happened and why, and every letter as it was sent."""

from datetime import datetime
from typing import NamedTuple

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from chancendialog.documents import attendees
from chancendialog.extensions import db
from chancendialog.i18n import NAMES
from chancendialog.logs import without_keys
from chancendialog.mailing import outbox
from chancendialog.mailing.models import OutgoingMail
from chancendialog.registration import needs
from chancendialog.registration.explanation import explain
from chancendialog.registration.explanation import history as history_of
from chancendialog.registration.models import Registration
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.letters import framed, with_frame
from chancendialog.web.office.mails import MOST
from chancendialog.web.office.people import known_registration, staff_session

PERSON = "/termine/<slug>/personen/<ulid>"
LETTER = f"{PERSON}/e-mails/<int(max={MOST}):number>"


class Line(NamedTuple):
    """What happened, or which letter was written."""

    at: datetime
    sentence: str
    mail: OutgoingMail | None = None


class AsSent(NamedTuple):
    """The words of a letter, without the links that are the person's alone."""

    subject: str
    text: str
    html: str


@bp.get(PERSON)
@requires(Permission.SEE_PEOPLE)
def person(slug: str, ulid: str) -> ResponseReturnValue:
    """Show one registration: how it stands, why, what happened to it and what was written."""
    event_session = staff_session(slug)
    registration = known_registration(event_session, ulid)
    return render_template(
        "office/person.html",
        event_session=event_session,
        registration=registration,
        explanation=explain(registration),
        history=_lines(registration),
        needs=needs.of(registration),
        status_name=attendees.status_name,
        language_names=NAMES,
        undelivered=outbox.failures([registration.thread]).get(registration.thread),
    )


@bp.get(LETTER)
@requires(Permission.SEE_PEOPLE)
def letter_sent(slug: str, ulid: str, number: int) -> ResponseReturnValue:
    """Show a letter as it was sent, and what became of it."""
    registration = known_registration(staff_session(slug), ulid)
    mail = _mail(registration, number)
    page = render_template(
        "office/letter_sent.html",
        event_session=registration.event_session,
        registration=registration,
        mail=mail,
        letter=_as_sent(mail),
    )
    return with_frame(page)


@bp.get(f"{LETTER}.html")
@requires(Permission.SEE_PEOPLE)
def letter_sent_html(slug: str, ulid: str, number: int) -> ResponseReturnValue:
    """The HTML as a mail program shows it."""
    return framed(_as_sent(_mail(known_registration(staff_session(slug), ulid), number)))


@bp.get(f"{LETTER}.ics")
@requires(Permission.SEE_PEOPLE)
def letter_sent_calendar(slug: str, ulid: str, number: int) -> ResponseReturnValue:
    """The calendar entry that went with it."""
    mail = _mail(known_registration(staff_session(slug), ulid), number)
    return Response(mail.calendar or abort(404), content_type="text/calendar; charset=utf-8")


def _lines(registration: Registration) -> list[Line]:
    """Deeds, decisions and letters, by the second: a letter follows what it tells of."""
    mails = db.session.scalars(
        select(OutgoingMail)
        .where(OutgoingMail.thread == registration.thread)
        .order_by(OutgoingMail.rank)
    )
    deeds = [Line(event.at, event.sentence) for event in history_of(registration)]
    letters = [Line(mail.created_at, mail.subject, mail) for mail in mails]
    return sorted([*deeds, *letters], key=lambda line: line.at.replace(microsecond=0))


def _mail(registration: Registration, number: int) -> OutgoingMail:
    """The letter of this person that an address names, or a 404 page."""
    found = db.session.scalar(
        select(OutgoingMail).where(
            OutgoingMail.id == number, OutgoingMail.thread == registration.thread
        )
    )
    return found or abort(404)


def _as_sent(mail: OutgoingMail) -> AsSent:
    return AsSent(mail.subject, without_keys(mail.text), without_keys(mail.html))
