"""What is kept of people and why; telling, correcting and deleting it for somebody who asks.

Residents do this themselves behind their link; here staff do it for who calls or
stands at the counter. The journal notes each time that somebody did.
"""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from chancendialog import house
from chancendialog.documents.attendees import status_name
from chancendialog.extensions import db, only_read, write_from_here
from chancendialog.house import Period
from chancendialog.i18n import gettext as _
from chancendialog.privacy import disclosure, erasure, overview
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, changes, seats
from chancendialog.registration.models import Registration
from chancendialog.registration.waiting_list import note
from chancendialog.staff import accounts
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.people import FindForm, RenameForm
from chancendialog.web.office.forms.periods import HousePeriodsForm, SessionPeriodsForm
from chancendialog.web.office.people import known_registration, staff_session

PERSON = "/termine/<slug>/personen/<ulid>"


@bp.get("/datenschutz")
@requires(Permission.HANDLE_PERSONAL_DATA)
def personal_data() -> ResponseReturnValue:
    """Show what is still there and why, what is due, and what was deleted."""
    return _overview(FindForm())


@bp.post("/datenschutz")
@requires(Permission.HANDLE_PERSONAL_DATA)
def find_person() -> ResponseReturnValue:
    """Find all that names an address. A POST, so that none stands in an address bar."""
    only_read()
    form = FindForm()
    if not form.validate():
        return _overview(form), 422
    return _overview(form, found=disclosure.naming(form.address))


@bp.route("/datenschutz/fristen", methods=["GET", "POST"])
@requires(Permission.SET_RETENTION)
def house_periods() -> ResponseReturnValue:
    """Set how long what is kept, for all sessions that do not say otherwise."""
    form = HousePeriodsForm({period: house.days(period) for period in Period})
    if not form.holds():
        return _periods_page(form), 422 if form.errors else 200
    if goes_now := _would_go_now(form.days()):
        return _periods_page(form, goes_now=goes_now), 409
    for period, days in form.days().items():
        house.set_days(period, days, actor=current_user.actor)
    flash(_("Gespeichert. Was damit fällig ist, löscht das System gleich."), "success")
    db.session.commit()
    return redirect(url_for(".personal_data", _anchor="inhalt"), 303)


@bp.route("/termine/<slug>/fristen", methods=["GET", "POST"])
@requires(Permission.SET_RETENTION)
def session_periods(slug: str) -> ResponseReturnValue:
    """Set how long what is kept of this session's people."""
    event_session = staff_session(slug)
    if request.method == "POST":
        seats.take_turn(event_session)  # what the form was filled in upon stays so
    form = SessionPeriodsForm(event_session)
    if not form.holds(event_session.thread):
        return _periods_page(form, event_session), 422 if form.errors else 200
    wished = form.days()["contact_days"]
    days = house.days(Period.CONTACT) if wished is None else wished
    if goes_now := _would_go_now({Period.CONTACT: days}, event_session):
        return _periods_page(form, event_session, goes_now), 409
    changes.set_switches(event_session, actor=current_user.actor, **form.days())
    flash(_("Gespeichert. Was damit fällig ist, löscht das System gleich."), "success")
    db.session.commit()
    return redirect(url_for(".personal_data", _anchor="inhalt"), 303)


@bp.get(f"{PERSON}/daten")
@requires(Permission.HANDLE_PERSONAL_DATA)
def disclose(slug: str, ulid: str) -> ResponseReturnValue:
    """Show all that is kept of somebody, to read out or to print. The journal notes it."""
    found = _noted(known_registration(staff_session(slug), ulid))
    all_of_them = disclosure.same_person(found)
    return render_template(
        "office/disclosure.html",
        event_session=found.event_session,
        registration=found,
        about=disclosure.about(all_of_them),
        slips=disclosure.slips(all_of_them),
        status_name=status_name,
    )


@bp.get(f"{PERSON}/daten.json")
@requires(Permission.HANDLE_PERSONAL_DATA)
def disclose_file(slug: str, ulid: str) -> ResponseReturnValue:
    """The same as a file; the person's own links are theirs alone, and masked."""
    found = _noted(known_registration(staff_session(slug), ulid))
    content = disclosure.as_json(disclosure.same_person(found), for_staff=True)
    response = Response(content, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="auskunft-{found.ulid}.json"'
    return response


@bp.route(f"{PERSON}/name", methods=["GET", "POST"])
@requires(Permission.HANDLE_PERSONAL_DATA)
def rename(slug: str, ulid: str) -> ResponseReturnValue:
    """Put somebody's name right."""
    found = known_registration(staff_session(slug), ulid)
    form = RenameForm(obj=found)
    if not form.validate_on_submit():
        page = render_template(
            "office/rename.html", event_session=found.event_session, registration=found, form=form
        )
        return page, 422 if form.errors else 200
    booking.rename(found, form.name.data, actor=current_user.actor)
    flash(_("Der Name ist berichtigt."), "success")
    db.session.commit()
    return redirect(url_for(".person", slug=slug, ulid=ulid, _anchor="inhalt"), 303)


@bp.get(f"{PERSON}/loeschen")
@requires(Permission.HANDLE_PERSONAL_DATA)
def erasing(slug: str, ulid: str) -> ResponseReturnValue:
    """Say what deleting means, and ask."""
    found = known_registration(staff_session(slug), ulid)
    return render_template(
        "office/erase.html",
        event_session=found.event_session,
        registration=found,
        status_name=status_name,
    )


@bp.post(f"{PERSON}/loeschen")
@requires(Permission.HANDLE_PERSONAL_DATA)
def erase(slug: str, ulid: str) -> ResponseReturnValue:
    """Delete all that is personal about a registration, at once."""
    found = known_registration(staff_session(slug), ulid)
    erasure.erase(found, actor=current_user.actor)
    flash(_("Name, Adresse und E-Mails dieser Anmeldung sind gelöscht."), "success")
    db.session.commit()
    return redirect(url_for(".people", slug=slug, _anchor="inhalt"), 303)


def _would_go_now(days: dict[Period, int], event_session: EventSession | None = None) -> int:
    """How many registrations would be deleted at once; 0 if just that was agreed to."""
    goes_now = overview.due_by(days, event_session)
    return 0 if request.form.get("sofort") == str(goes_now) else goes_now


def _periods_page(
    form: FlaskForm, event_session: EventSession | None = None, goes_now: int = 0
) -> str:
    return render_template(
        "office/periods.html",
        form=form,
        event_session=event_session,
        usual={period: house.days(period) for period in Period},
        goes_now=goes_now,
    )


def _noted(registration: Registration) -> Registration:
    """Write down that somebody was told, or looked, as an export would be."""
    ulid, actor = registration.ulid, current_user.actor
    event_session = registration.event_session
    told_of = disclosure.same_person(registration)
    write_from_here()
    for one in told_of:
        note("disclosed", one, actor)
    db.session.commit()
    return known_registration(event_session, ulid)


def _overview(form: FindForm, found: list[Registration] | None = None) -> str:
    deleted = overview.deleted()
    taken = overview.taken_away()
    by_thread = {one.thread: one for one in queries.sessions(drafts=True)}
    return render_template(
        "office/personal_data.html",
        form=form,
        found=found,
        kept=overview.kept(),
        deleted=deleted,
        taken=taken,
        sessions=by_thread,
        accounts=accounts.emails([one.actor for one in taken]),
        others=overview.others(),
        days={period: house.days(period) for period in Period},
        status_name=status_name,
        backup_days=house.BACKUP_DAYS,
    )
