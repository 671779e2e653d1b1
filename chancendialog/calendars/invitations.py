"""What goes to one person's calendar by mail: REQUEST and CANCEL (RFC 5546).

The organizer is the address that letters are answered to; the only attendee is
whoever gets the mail. The link to the registration is never in here, because
calendars are shared.
"""

from dataclasses import dataclass
from datetime import datetime

from chancendialog.calendars.objects import address, event, new_calendar, to_bytes
from chancendialog.programme.facts import facts_of
from chancendialog.programme.models import EventSession


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One registration, as calendars know it."""

    uid: str
    sequence: int
    stamp: datetime  # when the message is made
    name: str
    email: str
    organizer: str  # an address
    url: str  # of the session's public page
    language: str = "de"  # that its mail is written in


def invitation(event_session: EventSession, seat: Seat) -> bytes:
    """Put the session into their calendar, or change it there."""
    return _message("REQUEST", "CONFIRMED", event_session, seat)


def cancellation(event_session: EventSession, seat: Seat) -> bytes:
    """Take it out again. `seat.sequence` is higher than the invitation's."""
    return _message("CANCEL", "CANCELLED", event_session, seat)


def _message(method: str, status: str, event_session: EventSession, seat: Seat) -> bytes:
    facts = facts_of(event_session, seat.language)
    invited = event(
        facts,
        uid=seat.uid,
        sequence=seat.sequence,
        stamp=seat.stamp,
        modified=seat.stamp,
        url=seat.url,
        status=status,
        organizer=address(seat.organizer, facts.series),
        attendee=address(
            seat.email,
            seat.name,
            CUTYPE="INDIVIDUAL",
            ROLE="REQ-PARTICIPANT",
            PARTSTAT="ACCEPTED",
            RSVP="FALSE",  # nobody reads the answers yet
        ),
        x_microsoft_disallow_counter="TRUE",
    )
    return to_bytes(new_calendar(method), [invited])
