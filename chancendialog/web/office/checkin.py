"""The door: find a name or a code, let them in, take it back; who comes without having signed up.

All of it works without JavaScript. Every tap carries the number of the page it was made on,
so that sending it twice counts once.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from chancendialog import clock
from chancendialog.attendance import roster, walk_ins
from chancendialog.attendance.models import AttendanceMark
from chancendialog.attendance.roster import Guest
from chancendialog.clock import BERLIN
from chancendialog.documents import attendees
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid, only_read
from chancendialog.i18n import when_short
from chancendialog.programme.models import EventSession
from chancendialog.registration import needs, seats
from chancendialog.registration.models import Registration, Status
from chancendialog.staff.permissions import Permission
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.guards import only_on_duty, requires
from chancendialog.web.office import bp
from chancendialog.web.office.forms.door import WalkInForm
from chancendialog.web.office.people import known_registration, staff_session

AT_ONCE = 200  # guests on a page, of 90 kB then; whoever is not among them is found by name
ONE_MORE_OR_LESS = {"1": 1, "-1": -1}


@bp.get("/termine/<slug>/einlass")
@requires(Permission.CHECK_IN)
def checkin(slug: str) -> ResponseReturnValue:
    """Show who has a seat, with a search on top."""
    return _list(_at_the_door(slug))


@bp.post("/termine/<slug>/einlass")
@requires(Permission.CHECK_IN)
def search(slug: str) -> ResponseReturnValue:
    """Look for a name or a code. It stays in the cookie, out of addresses and their logs."""
    _at_the_door(slug)
    session["suche"] = slug, plain_text(one_line(request.form.get("suche")))[:120]
    return redirect(url_for(".checkin", slug=slug), 303)


@bp.get("/termine/<slug>/einlass/<ulid>")
@requires(Permission.CHECK_IN)
def guest(slug: str, ulid: str) -> ResponseReturnValue:
    """Show one guest, whose ticket was scanned or who is in already, or that it lets nobody in."""
    event_session = _at_the_door(slug)
    registration = _guest(event_session, ulid)
    guests = _seated(event_session)
    shown = [one for one in guests if one.registration is registration]
    return _page(event_session, guests, shown, scanned=registration)


@bp.post("/termine/<slug>/einlass/<ulid>")
@requires(Permission.CHECK_IN)
def mark(slug: str, ulid: str) -> ResponseReturnValue:
    """Note that so many of a party are in now, or one more or less; 0 takes it back."""
    event_session = _at_the_door(slug)
    registration = _guest(event_session, ulid)
    people, more = request.form.get("people", type=int), _more(request.form)
    if (people is None) == (more is None):
        abort(400)
    deed: dict[str, str] = {
        "operation": f"{_number()}-{ulid}-{people}-{more}",
        "actor": current_user.actor,
    }
    if people is not None:
        made = roster.check_in(registration, people, **deed)
    else:
        made = roster.count(registration, more or 0, **deed)
    _remember(slug, ulid, made)
    db.session.commit()
    if "scanned" in request.form:
        return redirect(url_for(".guest", slug=slug, ulid=ulid, _anchor=ulid), 303)
    return redirect(url_for(".checkin", slug=slug, _anchor=ulid), 303)


@bp.post("/termine/<slug>/gaeste")
@requires(Permission.CHECK_IN)
def count_walk_ins(slug: str) -> ResponseReturnValue:
    """One guest without a sign-up more, or less; no data are taken."""
    event_session = _at_the_door(slug)
    more = _more(request.form)
    if more is None:
        abort(400)
    operation = f"{_number()}-gast-{more}"
    try:
        walk_ins.count(event_session, more, operation=operation, actor=current_user.actor)
    except DomainError as refusal:
        only_read()
        return _list(_at_the_door(slug), refused=refusal.message), 409
    session.pop("zuletzt", None)  # what was tapped before is not what was tapped last
    db.session.commit()
    return redirect(url_for(".checkin", slug=slug, _anchor="gaeste"), 303)


@bp.route("/termine/<slug>/gaeste/neu", methods=["GET", "POST"])
@requires(Permission.CHECK_IN)
def walk_in(slug: str) -> ResponseReturnValue:
    """Let somebody in who has not signed up and gives a name."""
    event_session = _at_the_door(slug)
    form = WalkInForm()
    if not form.validate_on_submit():
        return _walk_in_page(event_session, form), 422 if form.errors else 200
    name, people, number = form.name.data, form.party_size.data, form.number.data
    actor = current_user.actor
    try:
        came = walk_ins.let_in(event_session, name, people, operation=number, actor=actor)
    except DomainError as refusal:
        only_read()
        form.form_errors.append(refusal.message)
        return _walk_in_page(_at_the_door(slug), form), 409
    ulid = came.ulid
    db.session.commit()
    session["suche"] = slug, ""
    session.pop("zuletzt", None)
    return redirect(url_for(".checkin", slug=slug, _anchor=ulid), 303)


def _guest(event_session: EventSession, ulid: str) -> Registration:
    """Somebody with a name; those without are only counted, all at once."""
    registration = known_registration(event_session, ulid)
    return abort(404) if walk_ins.is_together(registration) else registration


def _list(event_session: EventSession, refused: str = "") -> str:
    guests = _seated(event_session)
    of, words = session.get("suche", ("", ""))
    words = words if of == event_session.slug else ""
    shown = roster.search(guests, words) if words else guests
    shown = [one for one in shown if not walk_ins.is_together(one.registration)]
    return _page(event_session, guests, roster.by_name(shown), words=words, refused=refused)


def _page(
    event_session: EventSession,
    guests: list[Guest],
    shown: list[Guest],
    *,
    words: str = "",
    scanned: Registration | None = None,
    refused: str = "",
) -> str:
    numbers, arrived = seats.numbers_of(event_session), sum(one.arrived for one in guests)
    return render_template(
        "office/checkin.html",
        event_session=event_session,
        is_today=clock.day_of(event_session.starts_at) == clock.today(),
        words=words,
        scanned=scanned,
        seats_kept=needs.seats_kept(event_session),  # for whom, and not why
        refused=refused,
        guests=shown[:AT_ONCE],
        left_out=len(shown[AT_ONCE:]),
        arrived=arrived,
        expected=sum(guest.registration.party_size for guest in guests),
        numbers=numbers,
        room=walk_ins.room(event_session, numbers, arrived),
        crowd=arrived - event_session.capacity,
        without_name=sum(one.arrived for one in guests if walk_ins.is_together(one.registration)),
        lets_walk_ins_in=not walk_ins.refusal(event_session),
        latest=_latest(event_session, guests),
        operation=new_ulid(),
        since=_since,
        status_name=attendees.status_name,
    )


def _walk_in_page(event_session: EventSession, form: WalkInForm) -> str:
    return render_template("office/walk_in.html", event_session=event_session, form=form)


def _seated(event_session: EventSession) -> list[Guest]:
    guests = roster.roster(event_session)
    return [one for one in guests if one.registration.status is Status.CONFIRMED]


def _remember(slug: str, ulid: str, made: AttendanceMark) -> None:
    """Keep the latest tap of this browser in its cookie, so that it can be taken back."""
    session["zuletzt"] = slug, ulid, roster.before(made)


def _latest(event_session: EventSession, guests: list[Guest]) -> dict[str, Any] | None:
    """Whom this browser let in last, and how many of them were in before."""
    of, ulid, before = session.get("zuletzt", ("", "", 0))
    known = [one for one in guests if one.registration.ulid == ulid]
    if of != event_session.slug or not known or known[0].arrived == before:
        return None
    return {"guest": known[0], "ulid": ulid, "before": before}


def _more(sent: Mapping[str, str]) -> int | None:
    """What a plus or a minus says."""
    return ONE_MORE_OR_LESS.get(sent.get("more", ""))


def _number() -> str:
    """The number of the page on which somebody tapped."""
    number = request.form.get("operation", "")
    if not re.fullmatch(r"[0-9A-Za-z-]{5,64}", number):
        abort(400)
    return number


def _since(guest: Guest) -> str:
    """„17:42 Uhr“, with the day if it was another."""
    if not guest.since:
        return ""
    if clock.day_of(guest.since) != clock.today():
        return when_short(guest.since)
    return f"{guest.since.astimezone(BERLIN):%H:%M} Uhr"


def _at_the_door(slug: str) -> EventSession:
    event_session = staff_session(slug)
    only_on_duty(event_session)
    return event_session
