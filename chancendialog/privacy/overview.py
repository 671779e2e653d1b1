"""What is due, what was deleted, and what is still there and why: for staff to look at."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import case, func, or_, select

from chancendialog import clock, house
from chancendialog.extensions import db
from chancendialog.house import Period
from chancendialog.journal import JournalEntry
from chancendialog.mailing.models import OutgoingMail
from chancendialog.privacy import erasure
from chancendialog.programme import retention
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import PersonalCalendar, Registration
from chancendialog.staff.models import User

SHOWN = 50
LATE = timedelta(hours=1)  # the worker looks every minute


class Kept(NamedTuple):
    """A session that still names people: how many, and when they go."""

    event_session: EventSession
    people: int  # registrations that name somebody
    unconfirmed: int  # of these, sign-ups that nobody has confirmed
    days: int
    goes_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether the worker should have deleted them by now."""
        return clock.now() - self.goes_at > LATE


class Deleted(NamedTuple):
    """A session of which names were deleted."""

    scope: str | None  # the session's name in the journal
    people: int
    on_request: int
    last_at: datetime


class Others(NamedTuple):
    """What else names somebody."""

    letters: int
    calendars: int
    accounts: int


def kept() -> list[Kept]:
    """Every session that names somebody; what goes first stands on top. Three queries."""
    counts = {
        session_id: (people, unconfirmed)
        for session_id, people, unconfirmed in db.session.execute(
            select(
                Registration.event_session_id,
                func.count(),
                func.count(case((erasure.is_unconfirmed(), 1))),
            )
            .where(Registration.erased_at.is_(None))
            .group_by(Registration.event_session_id)
        )
    }
    sessions = db.session.scalars(select(EventSession).where(EventSession.id.in_(counts)))
    usual = house.days(Period.CONTACT)
    found = [
        Kept(one, *counts[one.id], days, retention.counts_from(one) + timedelta(days=days))
        for one in sessions
        for days in [usual if one.contact_days is None else one.contact_days]
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


def exports() -> list[JournalEntry]:
    """Lists that staff took away last: files that are out of our hands."""
    query = select(JournalEntry).where(JournalEntry.code == "exported")
    return list(db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(SHOWN)))


def others() -> Others:
    """How many letters, calendars and accounts there are."""
    calendars = PersonalCalendar.email.is_not(None)
    return Others(
        *db.session.execute(
            select(
                select(func.count(OutgoingMail.id)).scalar_subquery(),
                select(func.count()).where(calendars).scalar_subquery(),
                select(func.count(User.id)).scalar_subquery(),
            )
        ).one()
    )


def overdue() -> list[Kept]:
    """Sessions whose names should be gone by now."""
    return [one for one in kept() if one.is_late]
