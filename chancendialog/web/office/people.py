"""A session's people by state, and their list to take away."""

from flask import Response, abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import journal
from chancendialog.attendance import roster
from chancendialog.documents import attendees
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Status
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/termine/<slug>")
@requires(Permission.SEE_PEOPLE)
def people(slug: str) -> ResponseReturnValue:
    """Show who has a seat, who waits and who has left, in the order of the queue."""
    event_session = staff_session(slug)
    guests = roster.roster(event_session)
    return render_template(
        "office/people.html",
        event_session=event_session,
        by_status={
            status: [guest for guest in guests if guest.registration.status is status]
            for status in Status
        },
        status_name=attendees.status_name,
        undelivered=outbox.failures([guest.registration.thread for guest in guests]),
    )


@bp.get("/termine/<slug>/teilnehmende.<any(csv, xlsx):kind>")
@requires(Permission.EXPORT_PEOPLE)
def export(slug: str, kind: str) -> ResponseReturnValue:
    """Give out the list. The journal notes who took it."""
    event_session = staff_session(slug)
    guests = roster.roster(event_session)
    if kind == "csv":
        content = attendees.as_csv(guests)
    else:
        content = attendees.as_xlsx(guests, title=event_session.title)
    thread = event_session.thread
    actor = current_user.actor
    db.session.rollback()  # reading is over, and writing begins anew
    g.only_reads = False
    journal.note("exported", actor=actor, thread=thread, scope=thread, kind=kind)
    db.session.commit()
    response = Response(content, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-teilnehmende.{kind}"'
    return response


def staff_session(slug: str) -> EventSession:
    """The session that an address names, drafts included, or a 404 page."""
    return queries.session_by_slug(slug, drafts=True) or abort(404)
