"""What happened in one session, as the journal tells it."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.i18n import gettext as _
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Registration
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.people import staff_session

LATEST = 200  # entries on the page


@dataclass(frozen=True)
class Deed:
    """One line: when, who, what, and about whom if it is about somebody."""

    at: datetime
    who: str
    what: str
    whom: Registration | None


@bp.get("/termine/<slug>/verlauf")
@requires(Permission.SEE_PEOPLE)
def history(slug: str) -> ResponseReturnValue:
    """Show what staff, residents and the system have done, the newest first."""
    event_session = staff_session(slug)
    return render_template(
        "office/history.html",
        event_session=event_session,
        deeds=_deeds(event_session),
        latest=LATEST,
    )


def _deeds(event_session: EventSession) -> list[Deed]:
    """The latest deeds. Two queries, however many there are."""
    entries = journal.of_scope(event_session.thread, limit=LATEST)
    ulids = {entry.thread.partition("registration:")[2] for entry in entries}
    people = db.session.scalars(
        select(Registration).where(
            Registration.event_session_id == event_session.id, Registration.ulid.in_(ulids)
        )
    )
    by_thread = {one.thread: one for one in people}
    return [
        Deed(entry.at, _who(entry.actor), journal.sentence(entry), by_thread.get(entry.thread))
        for entry in entries
    ]


def _who(actor: str) -> str:
    """The actor in words; which colleague it was stays in the journal."""
    names = {journal.RESIDENT: _("Teilnehmende"), journal.SYSTEM: _("System")}
    return names.get(actor) or _("Büro")
