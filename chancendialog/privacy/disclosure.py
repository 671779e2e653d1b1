"""Everything we know of somebody, for themselves (Art. 15 DSGVO).

Whoever has the link to one registration has its mailbox, so they read about all
registrations of that address. Nothing is left out but which member of staff did
something, and the key of the personal calendar, which its page shows.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from chancendialog import journal
from chancendialog.attendance.models import AttendanceMark
from chancendialog.extensions import Model, db
from chancendialog.journal import JournalEntry
from chancendialog.logs import without_keys
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme import retention
from chancendialog.registration.explanation import Event
from chancendialog.registration.models import DispatchRecipient, PersonalCalendar, Registration

Row = TypeVar("Row", bound=Model)


def registrations_of(email: str) -> list[Registration]:
    """All registrations of an address that still name it, by session."""
    return list(
        db.session.scalars(
            select(Registration)
            .where(Registration.email == email)
            .options(joinedload(Registration.event_session))
            .order_by(Registration.event_session_id, Registration.id)
        )
    )


def same_person(registration: Registration) -> list[Registration]:
    """This registration and those of the same address; by phone there is only this one."""
    return registrations_of(registration.email) if registration.email else [registration]


class About(NamedTuple):
    """One registration with all that belongs to it, and when that goes."""

    registration: Registration
    letters: list[OutgoingMail]
    marks: list[AttendanceMark]
    deeds: list[JournalEntry]
    dispatches: list[DispatchRecipient]
    goes_at: datetime

    @property
    def events(self) -> list[Event]:
        """What happened to it, in sentences."""
        return [Event(deed.at, journal.sentence(deed)) for deed in self.deeds]


def about(registrations: Sequence[Registration]) -> list[About]:
    """What we know of these registrations. Four queries, however many they are."""
    ids, threads = [one.id for one in registrations], [one.thread for one in registrations]
    letters = _by(OutgoingMail, "thread", threads)
    marks = _by(AttendanceMark, "registration_id", ids)
    deeds = _by(JournalEntry, "thread", threads)
    dispatches = _by(DispatchRecipient, "registration_id", ids)
    return [
        About(
            one,
            letters[one.thread],
            marks[one.id],
            deeds[one.thread],
            dispatches[one.id],
            retention.goes_at(one.event_session),
        )
        for one in registrations
    ]


def everything(registrations: Sequence[Registration]) -> dict[str, Any]:
    """Every column of every row about these registrations; moments are ISO 8601 in UTC."""
    emails = {one.email for one in registrations if one.email}
    calendars = db.session.scalars(
        select(PersonalCalendar).where(PersonalCalendar.email.in_(emails))
    )
    return {
        "registrations": [
            {
                **_row(one.registration),
                "event_session": one.registration.event_session.title,
                "starts_at": one.registration.event_session.starts_at.isoformat(),
                "goes_at": one.goes_at.isoformat(),
                "letters": [_row(letter) for letter in one.letters],
                "attendance": [_row(mark) for mark in one.marks],
                "journal": [_row(deed) for deed in one.deeds],
                "letters_to_many": [_row(recipient) for recipient in one.dispatches],
            }
            for one in about(registrations)
        ],
        "personal_calendars": [_row(one) for one in calendars],
    }


def as_json(registrations: Sequence[Registration], *, for_staff: bool = False) -> str:
    """The same as a file to keep; staff read no links that are one person's alone."""
    known = everything(registrations)
    return json.dumps(_without_keys(known) if for_staff else known, ensure_ascii=False, indent=2)


def _without_keys(known: Any) -> Any:
    if isinstance(known, dict):
        return {name: _without_keys(value) for name, value in known.items()}
    if isinstance(known, list):
        return [_without_keys(value) for value in known]
    return without_keys(known) if isinstance(known, str) else known


def _by(model: type[Row], name: str, values: Sequence[Any]) -> dict[Any, list[Row]]:
    """Rows by the registration that they belong to, the oldest first."""
    table = model.__table__
    rows = db.session.scalars(
        select(model).where(table.c[name].in_(values)).order_by(*table.primary_key)
    )
    found = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _row(row: Model) -> dict[str, Any]:
    columns = row.__table__.columns.keys()
    return {name: _plain(name, getattr(row, name)) for name in columns if name != "key"}


def _plain(name: str, value: Any) -> Any:
    if name == "actor" and value.startswith("staff:"):
        return "staff"
    if isinstance(value, datetime):
        return value.isoformat()
    return value.decode() if isinstance(value, bytes) else value
