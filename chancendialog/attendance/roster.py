"""Who should come to a session, and who is in.

„Arrived“ is what the latest mark of a registration says; a double tap at two
doors changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, exists, func, select

from chancendialog import journal
from chancendialog.attendance.models import AttendanceMark
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession
from chancendialog.registration import tickets
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.spelling import folded


class NotOnTheList(DomainError):
    """Only who has a seat is checked in."""

    message = _("Diese Anmeldung hat keinen Platz. Fragen Sie im Büro nach.")


class MoreThanRegistered(DomainError):
    """A party cannot grow at the door."""

    message = _("So viele Personen sind nicht angemeldet. Laden Sie die Liste neu.")


@dataclass(frozen=True)
class Guest:
    """One registration with how many of its people are in, and since when."""

    registration: Registration
    arrived: int
    since: datetime | None


def roster(event_session: EventSession) -> list[Guest]:
    """Everybody who ever signed up, in the order of the queue, with who is in. One query."""
    latest = (
        select(AttendanceMark.registration_id, func.max(AttendanceMark.id).label("id"))
        .group_by(AttendanceMark.registration_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Registration, AttendanceMark)
        .outerjoin(latest, latest.c.registration_id == Registration.id)
        .outerjoin(AttendanceMark, AttendanceMark.id == latest.c.id)
        .where(Registration.event_session_id == event_session.id)
        .order_by(Registration.registered_at, Registration.id)
    )
    return [
        Guest(registration, mark.people if mark else 0, mark.marked_at if mark else None)
        for registration, mark in rows
    ]


def guests_of(registrations: list[Registration]) -> list[Guest]:
    """Some of them, in the order in which they are given, with who is in. One query."""
    ids = [one.id for one in registrations]
    latest = (
        select(func.max(AttendanceMark.id))
        .where(AttendanceMark.registration_id.in_(ids))
        .group_by(AttendanceMark.registration_id)
    )
    found = db.session.scalars(select(AttendanceMark).where(AttendanceMark.id.in_(latest)))
    marks = {mark.registration_id: mark for mark in found}
    return [
        Guest(one, mark.people if mark else 0, mark.marked_at if mark else None)
        for one in registrations
        for mark in [marks.get(one.id)]
    ]


def is_in() -> ColumnElement[bool]:
    """Of a registration: whether somebody of the party is in, as the latest mark says."""
    latest = (
        select(func.max(AttendanceMark.id))
        .where(AttendanceMark.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )
    return exists().where(AttendanceMark.id == latest, AttendanceMark.people > 0)


def arrived() -> ColumnElement[int]:
    """Of a registration: how many of the party are in, as the latest mark says."""
    latest = (
        select(AttendanceMark.people)
        .where(AttendanceMark.registration_id == Registration.id)
        .order_by(AttendanceMark.id.desc())
        .limit(1)
        .correlate(Registration)
        .scalar_subquery()
    )
    return func.coalesce(latest, 0)


def search(guests: list[Guest], words: str) -> list[Guest]:
    """Who might be meant: every word is part of the name, however it is spelled, or of the code."""
    wanted, code = folded(words).split(), tickets.read(words)
    return [
        guest
        for guest in guests
        if all(word in folded(guest.registration.name) for word in wanted)
        or (code and (guest.registration.ticket or "").startswith(code))
    ]


def arrived_by_session(*which: ColumnElement[bool]) -> dict[int, int]:
    """How many people are in, by session id; of these registrations only, if said. One query."""
    seated = Registration.status == Status.CONFIRMED
    latest = (
        select(func.max(AttendanceMark.id))
        .join(Registration, Registration.id == AttendanceMark.registration_id)
        .where(seated, *which)
        .group_by(AttendanceMark.registration_id)
    )
    rows = db.session.execute(
        select(Registration.event_session_id, func.sum(AttendanceMark.people))
        .join(Registration, Registration.id == AttendanceMark.registration_id)
        .where(AttendanceMark.id.in_(latest))
        .group_by(Registration.event_session_id)
    )
    return {session_id: int(people) for session_id, people in rows}


def arrived_in(event_session: EventSession) -> int:
    """How many people are in at one session."""
    here = Registration.event_session_id == event_session.id
    return arrived_by_session(here).get(event_session.id, 0)


def check_in(
    registration: Registration, people: int, *, operation: str, actor: str, device: str = ""
) -> AttendanceMark:
    """Note that `people` of a party are in now; 0 takes it back.

    The same operation sent twice is one mark. Raises `NotOnTheList` and
    `MoreThanRegistered`.
    """
    known = _known(registration, operation)
    return known or _mark(registration, people, operation, actor, device)


def count(
    registration: Registration, more: int, *, operation: str, actor: str, device: str = ""
) -> AttendanceMark:
    """Note that so many more of a party are in, or fewer: two doors may each let in some.

    Otherwise as `check_in`.
    """
    if known := _known(registration, operation):
        return known
    return _mark(registration, _in_now(registration) + more, operation, actor, device)


def before(mark: AttendanceMark) -> int:
    """How many of the party were in until this mark."""
    earlier = (
        AttendanceMark.registration_id == mark.registration_id,
        AttendanceMark.id < mark.id,
    )
    return _latest(*earlier)


def by_name(guests: Iterable[Guest]) -> list[Guest]:
    """As a German directory sorts (DIN 5007-2): ä as ae, ß as ss."""
    return sorted(guests, key=lambda one: (one.registration.sort_key, one.registration.name))


def _known(registration: Registration, operation: str) -> AttendanceMark | None:
    """The mark that this operation has made; holds the row, so that taps follow each other."""
    db.session.refresh(registration, with_for_update={"of": Registration})
    return db.session.scalar(select(AttendanceMark).where(AttendanceMark.operation == operation))


def _mark(
    registration: Registration, people: int, operation: str, actor: str, device: str
) -> AttendanceMark:
    if registration.status is not Status.CONFIRMED:
        raise NotOnTheList
    if not 0 <= people <= registration.party_size:
        raise MoreThanRegistered
    journal.note(
        "checked_in" if people else "check_in_taken_back",
        actor=actor,
        thread=registration.thread,
        scope=registration.event_session.thread,
        people=people,
    )
    return mark(registration, people, operation=operation, actor=actor, device=device)


def mark(
    registration: Registration, people: int, *, operation: str, actor: str, device: str = ""
) -> AttendanceMark:
    """Write down what a tap said; the rules are those of whoever calls it."""
    made = AttendanceMark(
        operation=operation,
        registration_id=registration.id,
        people=people,
        actor=actor,
        device=device,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _in_now(registration: Registration) -> int:
    return _latest(AttendanceMark.registration_id == registration.id)


def _latest(*which: ColumnElement[bool]) -> int:
    """What the last of these marks says; 0 without any."""
    people = select(AttendanceMark.people).where(*which).order_by(AttendanceMark.id.desc())
    return db.session.scalar(people.limit(1)) or 0
