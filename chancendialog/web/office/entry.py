"""Signing somebody up by phone or at the counter."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog.documents import attendees
from chancendialog.errors import DomainError
from chancendialog.extensions import db, only_read
from chancendialog.i18n import gettext as _
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import booking, seats
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.seats import Numbers
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.people import EntryForm
from chancendialog.web.office.people import staff_session


@dataclass(frozen=True)
class Price:
    """What it costs others, in people, if a party gets its seats regardless."""

    passed: int
    parties_passed: int
    taken: int  # seats, with theirs
    overbooked: int


@bp.route("/termine/<slug>/anmelden", methods=["GET", "POST"])
@requires(Permission.REGISTER_PEOPLE)
def enter(slug: str) -> ResponseReturnValue:
    """Sign somebody up; where that is at the cost of others, say so and ask first."""
    event_session = staff_session(slug)
    form = EntryForm()
    if not form.validate_on_submit():
        return _page(event_session, form), 422 if form.errors else 200
    applicant = form.applicant(would_wait="waiting_list" in request.form)
    regardless, actor = "regardless" in request.form, current_user.actor
    try:
        registration = booking.enter(event_session, applicant, actor=actor, regardless=regardless)
    except (DomainError, booking.AlreadyRegistered) as refusal:
        return _refused(event_session, form, refusal)
    flash(_done(registration), "success")
    target = url_for(".person", slug=slug, ulid=registration.ulid, _anchor="inhalt")
    db.session.commit()
    return redirect(target, 303)


def _refused(
    event_session: EventSession, form: EntryForm, refusal: DomainError | booking.AlreadyRegistered
) -> ResponseReturnValue:
    """Show the form again, filled, with what can be done instead."""
    numbers = seats.numbers_of(event_session)  # that it was refused upon
    only_read()
    if isinstance(refusal, booking.PartyTooLarge):
        form.party_size.errors = [refusal.message]
        return _page(event_session, form), 422
    facts: dict[str, Any] = {}
    if isinstance(refusal, booking.AlreadyRegistered):
        facts = {"existing": refusal.registration}
    elif isinstance(refusal, booking.SessionFull):
        facts = {"price": price_of(numbers, form.party_size.data), "can_wait": refusal.can_wait}
    return _page(event_session, form, numbers, **facts), 409


def price_of(numbers: Numbers, party_size: int) -> Price:
    """What it costs others if so many people more get seats."""
    taken = numbers.taken + party_size
    return Price(
        passed=numbers.waiting,
        parties_passed=numbers.parties_waiting,
        taken=taken,
        overbooked=max(0, taken - numbers.capacity),
    )


def _done(registration: Registration) -> str:
    """What came of it, and whether somebody must still be told."""
    if registration.status is Status.WAITING:
        done = _("%(name)s steht jetzt auf der Warteliste.", name=registration.name)
    else:
        done = _("%(name)s ist angemeldet.", name=registration.name)
    if registration.email:
        return _("%(done)s Die E-Mail dazu ist unterwegs.", done=done)
    return _("%(done)s Ohne Adresse gibt es keine E-Mail: Sagen Sie selbst Bescheid.", done=done)


def _page(
    event_session: EventSession, form: EntryForm, numbers: Numbers | None = None, **facts: Any
) -> str:
    published = event_session.status is SessionStatus.PUBLISHED
    possible = published and not event_session.has_begun
    return render_template(
        "office/entry.html",
        event_session=event_session,
        form=form,
        numbers=numbers or seats.numbers_of(event_session),
        closed="" if possible else booking.refusal(event_session),
        status_name=attendees.status_name,
        **facts,
    )
