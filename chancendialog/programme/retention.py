"""How long we keep what people told us of themselves for a session.

Set once for all sessions, and otherwise where a session says so. It counts from
the end of the session, or from the moment it was called off: then nobody needs
it any more. A session that moves takes the moment with it.
"""

from datetime import datetime, timedelta

from chancendialog import house
from chancendialog.house import Period
from chancendialog.programme.models import EventSession

LEAST_DAYS = 3  # for names: letters are tried for two, and what was called off must be told
MOST_DAYS = 365


def days(event_session: EventSession, period: Period = Period.CONTACT) -> int:
    """How many days after the session something goes. One query, unless the session says."""
    own = {Period.CONTACT: event_session.contact_days, Period.NEEDS: event_session.needs_days}
    said = own.get(period)
    return house.days(period) if said is None else said


def goes_at(event_session: EventSession, period: Period = Period.CONTACT) -> datetime:
    """From which moment on something is to be gone."""
    return counts_from(event_session) + timedelta(days=days(event_session, period))


def counts_from(event_session: EventSession) -> datetime:
    """The moment from which on nobody needs what was collected for a session."""
    end = event_session.presumed_end
    return min(end, event_session.called_off_at or end)
