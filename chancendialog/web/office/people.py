"""A session's people by state, one of them by name, and their list to take away."""

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from chancendialog import journal
from chancendialog.attendance import roster
from chancendialog.attendance.roster import Guest
from chancendialog.documents import attendees
from chancendialog.extensions import db, only_read, write_from_here
from chancendialog.i18n import gettext as _
from chancendialog.mailing import outbox
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking
from chancendialog.registration.booking import AlreadyRegistered
from chancendialog.registration.explanation import explain
from chancendialog.registration.explanation import history as history_of
from chancendialog.registration.models import Registration, Status
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.people import ReaddressForm

ALWAYS_SHOWN = (Status.CONFIRMED, Status.WAITING)  # also when there is nobody
IN_ORDER = (
    Status.CONFIRMED,
    Status.OFFERED,
    Status.UNVERIFIED,
    Status.WAITING,
    Status.EXPIRED,
    Status.WITHDRAWN,
)
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
        by_status=_by_standing(guests),
        status_name=attendees.status_name,
        undelivered=outbox.failures([guest.registration.thread for guest in guests]),
    )


@bp.get("/termine/<slug>/personen/<ulid>")
@requires(Permission.SEE_PEOPLE)
def person(slug: str, ulid: str) -> ResponseReturnValue:
    """Show one registration: how it stands, why, and what happened to it."""
    event_session = staff_session(slug)
    registration = known_registration(event_session, ulid)
    return render_template(
        "office/person.html",
        event_session=event_session,
        registration=registration,
        explanation=explain(registration),
        history=history_of(registration),
        status_name=attendees.status_name,
        undelivered=outbox.failures([registration.thread]).get(registration.thread),
    )


@bp.route("/termine/<slug>/personen/<ulid>/adresse", methods=["GET", "POST"])
@requires(Permission.REGISTER_PEOPLE)
def readdress(slug: str, ulid: str) -> ResponseReturnValue:
    """Correct somebody's address, or note one; they get a letter there."""
    event_session = staff_session(slug)
    registration = known_registration(event_session, ulid)
    form = ReaddressForm()
    if not form.validate_on_submit():
        return _address_page(registration, form), 422 if form.errors else 200
    if form.address == registration.email:
        form.email.errors = [_("Das ist die Adresse, die wir schon haben")]
        return _address_page(registration, form), 422
    try:
        new = booking.readdress(registration, form.address, actor=current_user.actor)
    except AlreadyRegistered as found:
        only_read()
        registration = known_registration(event_session, ulid)
        return _address_page(registration, form, existing=found.registration), 409
    flash(_("Berichtigt. An %(email)s geht jetzt eine E-Mail.", email=form.address), "success")
    target = url_for(".person", slug=slug, ulid=new.ulid, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def _address_page(
    registration: Registration, form: ReaddressForm, existing: Registration | None = None
) -> str:
    return render_template(
        "office/readdress.html",
        event_session=registration.event_session,
        registration=registration,
        form=form,
        existing=existing,
        status_name=attendees.status_name,
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
    write_from_here()
    journal.note("exported", actor=actor, thread=thread, scope=thread, kind=kind)
    db.session.commit()
    response = Response(content, content_type=FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-teilnehmende.{kind}"'
    return response


def _by_standing(guests: list[Guest]) -> dict[Status, list[Guest]]:
    """Everybody by how they stand now: a hold that has run out has expired, noted or not."""
    return {
        status: there
        for status in IN_ORDER
        if (there := [one for one in guests if one.registration.standing is status])
        or status in ALWAYS_SHOWN
    }


def staff_session(slug: str) -> EventSession:
    """The session that an address names, drafts included, or a 404 page."""
    return queries.session_by_slug(slug, drafts=True) or abort(404)


def known_registration(event_session: EventSession, ulid: str) -> Registration:
    """The registration of this session that an address names, or a 404 page."""
    found = db.session.scalar(
        select(Registration).where(
            Registration.ulid == ulid, Registration.event_session_id == event_session.id
        )
    )
    return found or abort(404)
