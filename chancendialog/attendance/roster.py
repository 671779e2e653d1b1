"""Who should come to a session, and who is in.

„Arrived“ is what the latest mark of a registration says; a double tap at two
doors changes nothing.
"""

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


def search(guests: list[Guest], words: str) -> list[Guest]:
    """Who might be meant: every word is part of the name, however it is spelled, or of the code."""
    wanted, code = folded(words).split(), tickets.read(words)
    return [
        guest
        for guest in guests
        if all(word in folded(guest.registration.name) for word in wanted)
        or (code and (guest.registration.ticket or "").startswith(code))
    ]


def arrived_in(event_session: EventSession) -> int:
    """How many people are in."""
    latest = (
        select(func.max(AttendanceMark.id))
        .join(Registration, Registration.id == AttendanceMark.registration_id)
        .where(
            Registration.event_session_id == event_session.id,
            Registration.status == Status.CONFIRMED,
        )
        .group_by(AttendanceMark.registration_id)
    )
    arrived = select(func.sum(AttendanceMark.people)).where(AttendanceMark.id.in_(latest))
    return int(db.session.scalar(arrived) or 0)


def arrived_by_session() -> dict[int, int]:
    """How many people are in, by session id. One query for all sessions."""
    latest = select(func.max(AttendanceMark.id)).group_by(AttendanceMark.registration_id)
    rows = db.session.execute(
        select(Registration.event_session_id, func.sum(AttendanceMark.people))
        .join(Registration, Registration.id == AttendanceMark.registration_id)
        .where(AttendanceMark.id.in_(latest), Registration.status == Status.CONFIRMED)
        .group_by(Registration.event_session_id)
    )
    return {session_id: int(people) for session_id, people in rows}


def check_in(
    registration: Registration, people: int, *, operation: str, actor: str, device: str = ""
) -> None:
    """Note that `people` of a party are in now; 0 takes it back.

    The same operation sent twice is one mark. Raises `NotOnTheList` and
    `MoreThanRegistered`.
    """
    if registration.status is not Status.CONFIRMED:
        raise NotOnTheList
    if not 0 <= people <= registration.party_size:
        raise MoreThanRegistered
    if db.session.scalar(select(AttendanceMark.id).where(AttendanceMark.operation == operation)):
        return
    db.session.add(
        AttendanceMark(
            operation=operation,
            registration_id=registration.id,
            people=people,
            actor=actor,
            device=device,
        )
    )
    journal.note(
        "checked_in" if people else "check_in_taken_back",
        actor=actor,
        thread=registration.thread,
        scope=registration.event_session.thread,
        people=people,
    )
