"""Everything we know of somebody, for themselves (Art. 15 DSGVO).

Whoever has the link to one registration has its mailbox, so they read about all
registrations of that address, and of addresses that they had given before. Where
somebody else mistyped theirs, they hear of that and not of whom. Nothing is left
out but which member of staff did something, and the key of the personal calendar,
which its page shows.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from chancendialog import journal
from chancendialog.attendance.models import AttendanceMark
from chancendialog.extensions import Model, db
from chancendialog.house import Period
from chancendialog.journal import JournalEntry
from chancendialog.logs import without_keys
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme import retention
from chancendialog.registration import seats
from chancendialog.registration.explanation import Event
from chancendialog.registration.models import (
    DispatchRecipient,
    Need,
    PersonalCalendar,
    Registration,
)

Row = TypeVar("Row", bound=Model)


def naming(email: str) -> list[Registration]:
    """All registrations that name an address, by session, slips of others among them."""
    return _registrations(Registration.email == email)


def same_person(registration: Registration) -> list[Registration]:
    """This registration and all others of whoever has it, by session.

    They are those of the same address, and what their earlier addresses left. Who
    signed up by phone may have only this one.
    """
    own = [registration]
    if registration.email and not registration.is_corrected_away:
        own = [one for one in naming(registration.email) if not one.is_corrected_away]
    return sorted([*own, *left_behind(own)], key=lambda one: (one.event_session_id, one.id))


def left_behind(registrations: Sequence[Registration]) -> list[Registration]:
    """What the addresses left that these registrations had before they were corrected.

    Whoever goes on at another address does so with the same form, since the same moment.
    """
    known = {_origin(one) for one in registrations}
    since = Registration.registered_at.in_([one.registered_at for one in registrations])
    found = _corrected_away(since)
    return [one for one in found if one not in registrations and _origin(one) in known]


class Slip(NamedTuple):
    """Somebody else typed this address, and corrected that; whoever they are is not told."""

    registration: Registration
    goes_at: datetime


def slips(registrations: Sequence[Registration]) -> list[Slip]:
    """Where somebody else gave the address of these registrations by mistake."""
    found = _corrected_away(Registration.email.in_(_addresses(registrations)))
    return [Slip(one, _goes_at(one)) for one in found if one not in registrations]


class About(NamedTuple):
    """One registration with all that belongs to it, and when that goes."""

    registration: Registration
    letters: list[OutgoingMail]
    marks: list[AttendanceMark]
    deeds: list[JournalEntry]
    dispatches: list[DispatchRecipient]
    needs: list[Need]
    goes_at: datetime

    @property
    def needs_go_at(self) -> datetime:
        """When what they need goes: sooner than the rest, if anything."""
        return min(self.goes_at, retention.goes_at(self.registration.event_session, Period.NEEDS))

    @property
    def events(self) -> list[Event]:
        """What happened to it, in sentences."""
        return [Event(deed.at, journal.sentence(deed)) for deed in self.deeds]


def about(registrations: Sequence[Registration]) -> list[About]:
    """What we know of these registrations. Five queries, however many they are."""
    ids, threads = [one.id for one in registrations], [one.thread for one in registrations]
    letters = _by(OutgoingMail, "thread", threads)
    marks = _by(AttendanceMark, "registration_id", ids)
    deeds = _by(JournalEntry, "thread", threads)
    dispatches = _by(DispatchRecipient, "registration_id", ids)
    needs = _by(Need, "registration_id", ids)
    return [
        About(
            one,
            letters[one.thread],
            marks[one.id],
            deeds[one.thread],
            dispatches[one.id],
            needs[one.id],
            _goes_at(one),
        )
        for one in registrations
    ]


def everything(registrations: Sequence[Registration]) -> dict[str, Any]:
    """Every column of every row about these registrations; moments are ISO 8601 in UTC."""
    calendars = db.session.scalars(
        select(PersonalCalendar).where(PersonalCalendar.email.in_(_addresses(registrations)))
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
                "needs": [
                    _row(need) | {"goes_at": one.needs_go_at.isoformat()} for need in one.needs
                ],
                "letters_to_many": [_row(recipient) for recipient in one.dispatches],
            }
            for one in about(registrations)
        ],
        "personal_calendars": [_row(one) for one in calendars],
        "typed_by_mistake": [
            {
                "email": slip.registration.email,
                "event_session": slip.registration.event_session.title,
                "registered_at": slip.registration.registered_at.isoformat(),
                "goes_at": slip.goes_at.isoformat(),
            }
            for slip in slips(registrations)
        ],
    }


def as_json(registrations: Sequence[Registration], *, for_staff: bool = False) -> str:
    """The same as a file to keep; staff read no links that are one person's alone."""
    known = everything(registrations)
    return json.dumps(_without_keys(known) if for_staff else known, ensure_ascii=False, indent=2)


def _addresses(registrations: Sequence[Registration]) -> set[str]:
    """Those of whoever has them; what was corrected away may be somebody else's."""
    return {one.email for one in registrations if one.email and not one.is_corrected_away}


def _origin(registration: Registration) -> tuple[int, str | None, datetime]:
    return registration.event_session_id, registration.receipt, registration.registered_at


def _corrected_away(which: ColumnElement[bool]) -> list[Registration]:
    return [one for one in _registrations(which) if one.is_corrected_away]


def _registrations(which: ColumnElement[bool]) -> list[Registration]:
    return list(
        db.session.scalars(
            select(Registration)
            .where(which, Registration.erased_at.is_(None))
            .options(joinedload(Registration.event_session))
            .order_by(Registration.event_session_id, Registration.id)
        )
    )


def _goes_at(registration: Registration) -> datetime:
    after_session = retention.goes_at(registration.event_session)
    if registration.goes_early:
        return min(after_session, seats.forgotten_at(registration))
    return after_session


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
