"""What is due, what was deleted, and what is still there and why: for staff to look at."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select

from chancendialog import clock, house
from chancendialog.extensions import db
from chancendialog.house import Period
from chancendialog.journal import JournalEntry
from chancendialog.mailing.models import OutgoingMail
from chancendialog.privacy import erasure
from chancendialog.programme import retention
from chancendialog.programme.models import EventSession
from chancendialog.registration import seats
from chancendialog.registration.models import PersonalCalendar, Registration
from chancendialog.staff.models import User

SHOWN = 50
LATE = timedelta(hours=1)  # the worker looks every minute


class Kept(NamedTuple):
    """A session that still names people: how many, and when they go."""

    event_session: EventSession
    registrations: int  # that name somebody
    early: int  # of these, those that go sooner: not confirmed, or corrected away
    days: int
    goes_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether the worker should have deleted them by now."""
        return clock.now() - self.goes_at > LATE


class Deleted(NamedTuple):
    """A session of which names were deleted."""

    scope: str | None  # the session's name in the journal
    registrations: int
    on_request: int
    last_at: datetime


class Others(NamedTuple):
    """What else names somebody."""

    letters: int
    last_letters: int  # that tell of a deletion and have not arrived
    calendars: int
    accounts: int


class Overdue(NamedTuple):
    """How much should be gone and is not."""

    registrations: int
    letters: int  # what staff wrote to many counts once


def kept() -> list[Kept]:
    """Every session that names somebody; what goes first stands on top. Three queries."""
    counts = {
        session_id: (registrations, early)
        for session_id, registrations, early in db.session.execute(
            select(
                Registration.event_session_id,
                func.count(),
                func.count(case((Registration.goes_early, 1))),
            )
            .where(erasure.NAMES_SOMEBODY)
            .group_by(Registration.event_session_id)
        )
    }
    sessions = db.session.scalars(select(EventSession).where(EventSession.id.in_(counts)))
    usual = house.days(Period.CONTACT)
    found = [
        Kept(one, *counts[one.id], days, retention.counts_from(one) + timedelta(days=days))
        for one in sessions
        for days in [usual if one.contact_days is None else one.contact_days]  # not a query each
    ]
    return sorted(found, key=lambda one: (one.goes_at, one.event_session.id))


def deleted() -> list[Deleted]:
    """The sessions of which names were deleted last."""
    on_request = JournalEntry.code == "erased_on_request"
    last_at = func.max(JournalEntry.at)
    rows = db.session.execute(
        select(JournalEntry.scope, func.count(), func.count(case((on_request, 1))), last_at)
        .where(or_(JournalEntry.code == "erased", on_request))
        .group_by(JournalEntry.scope)
        .order_by(last_at.desc())
        .limit(SHOWN)
    )
    return [Deleted(*row) for row in rows]


def taken_away() -> list[JournalEntry]:
    """Lists and disclosures that staff took last: files and printouts out of our hands."""
    query = select(JournalEntry).where(JournalEntry.code.in_(["exported", "disclosed"]))
    return list(db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(SHOWN)))


def others() -> Others:
    """How many letters, calendars and accounts there are."""
    calendars = PersonalCalendar.email.is_not(None)
    is_last = OutgoingMail.kind == erasure.LAST_LETTER
    return Others(
        *db.session.execute(
            select(
                select(func.count(OutgoingMail.id)).scalar_subquery(),
                select(func.count(OutgoingMail.id)).where(is_last).scalar_subquery(),
                select(func.count()).where(calendars).scalar_subquery(),
                select(func.count(User.id)).scalar_subquery(),
            )
        ).one()
    )


def due_by(days: Mapping[Period, int], event_session: EventSession | None = None) -> int:
    """How many registrations would go at once if they were kept for so many days only.

    Asked of one session, or of all that have no period of their own.
    """
    now = clock.now()
    without_own = [one for one in erasure.sessions_over() if one.contact_days is None]
    due = [
        one.id
        for one in ([event_session] if event_session else without_own)
        if retention.counts_from(one) + timedelta(days=days[Period.CONTACT]) <= now
    ]
    goes: ColumnElement[bool] = Registration.event_session_id.in_(due)
    if Period.UNCONFIRMED in days:
        goes = or_(goes, seats.is_forgotten(now, days[Period.UNCONFIRMED]))
    return _count(erasure.NAMES_SOMEBODY, goes)


def overdue() -> Overdue:
    """What the worker should have deleted by now: all that was due an hour ago."""
    at = clock.now() - LATE
    late = or_(
        Registration.event_session_id.in_([one.id for one in erasure.sessions_due(at)]),
        seats.is_forgotten(at),
        erasure.is_need_due(at),
    )
    letters = select(func.count(OutgoingMail.id)).where(erasure.is_letter_due(at))
    return Overdue(
        _count(erasure.NAMES_SOMEBODY, late),
        (db.session.scalar(letters) or 0) + len(erasure.words_due(at)),
    )


def _count(*which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(Registration.id)).where(*which)) or 0
