"""Who is the same person: by the address, or, without one, by what led from one to the next.

Whoever comes back or switches has a new registration whose form number is the ULID of the
one that they came from.
"""

from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import LIVE_ONES, Registration


def live_ones(registration: Registration) -> list[Registration]:
    """The live registrations of whoever has this one, itself included, in any session."""
    if registration.email:
        theirs = Registration.email == registration.email
    else:
        theirs = Registration.id.in_([one.id for one in _chain(registration)])
    found = db.session.scalars(select(Registration).where(LIVE_ONES, theirs))
    return [one for one in found if one.is_live]


def live_one(registration: Registration, event_session: EventSession) -> Registration | None:
    """The one of them for this session."""
    here = (one for one in live_ones(registration) if one.event_session_id == event_session.id)
    return next(here, None)


def _chain(registration: Registration) -> list[Registration]:
    """This one and all that came of it; a query for each step."""
    known = [registration]
    latest = known
    while latest:
        came_from = Registration.receipt.in_([one.ulid for one in latest])
        latest = list(db.session.scalars(select(Registration).where(came_from)))
        known = [*known, *latest]
    return known
