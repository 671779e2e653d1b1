"""What we write to residents, on which occasion.

Composing is pure: a letter is made from what it is handed, so that a preview
can never drift from it. `tell` posts one, in the transaction of the change.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chancendialog import clock, tokens
from chancendialog.calendars.invitations import Seat, cancellation, invitation
from chancendialog.house import house
from chancendialog.links import link
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.mailing.outbox import Left
from chancendialog.registration.models import Registration, Status

LINK = "registration"  # the purpose that links in these letters are signed for


Compose = Callable[[Registration, Left | None], Letter | None]


def tell(registration: Registration, compose: Compose) -> None:
    """Post a letter that tells the whole state, in place of those not yet gone.

    It is composed against what last left; the order matters, or a worker could
    send an invitation between our asking and our writing. Who gave no address
    is told by phone, by staff.
    """
    if not registration.email:
        return
    outbox.supersede(registration.thread)
    if letter := compose(registration, outbox.what_left(registration.thread)):
        outbox.post(letter, thread=registration.thread)


def confirmed(registration: Registration, left: Left | None = None) -> Letter:
    """They have a seat."""
    return _letter("confirmed", registration, "REQUEST")


def promoted(registration: Registration, left: Left | None = None) -> Letter:
    """They have a seat, from the waiting list."""
    return _letter("promoted", registration, "REQUEST")


def waiting(registration: Registration, left: Left | None = None) -> Letter:
    """They wait for a seat. Nothing is promised, so nothing goes to the calendar."""
    return _letter("waiting", registration)


def withdrawn(registration: Registration, left: Left | None) -> Letter:
    """They gave up their seat or their place in the queue."""
    return _letter("withdrawn", registration, _cancel(left))


def called_off(registration: Registration, left: Left | None) -> Letter:
    """Their session does not take place."""
    return _letter("called_off", registration, _cancel(left))


def moved(registration: Registration, left: Left | None) -> Letter | None:
    """Their session has another time or place than they were told.

    Who was told nothing yet gets their first letter, with the new facts; who
    was told just these facts gets none.
    """
    seated = registration.status is Status.CONFIRMED
    if left is None or seated is not left.invited:
        return confirmed(registration) if seated else waiting(registration)
    if left.told == _told(registration):
        return None
    return _letter("moved", registration, "REQUEST" if seated else None, before=Before(left.told))


def already_registered(registration: Registration) -> Letter:
    """Somebody, probably they themselves, signed up with their address once more."""
    return _letter("already_registered", registration)


def address_corrected(registration: Registration, left: Left | None) -> Letter | None:
    """To the mistyped address, if it was written to: it was a slip, think no more of it."""
    return _letter("address_corrected", registration, _cancel(left)) if left else None


class Before:
    """When and where a session was to be, as its people were told."""

    def __init__(self, told: dict[str, str | None]) -> None:
        self.starts_at = datetime.fromisoformat(told["starts_at"] or "")
        self.ends_at = told["ends_at"] and datetime.fromisoformat(told["ends_at"])
        self.place = told["place"]


def manage_url(registration: Registration) -> str:
    """The link to one's own registration. Travels by mail only."""
    token = tokens.sign(LINK, [registration.id, registration.link_version])
    return link("public.registration", token=token)


def _letter(
    kind: str, registration: Registration, method: str | None = None, **facts: Any
) -> Letter:
    assert registration.email
    event_session = registration.event_session
    session_url = link("public.session_page", slug=event_session.slug)
    calendar = None
    if method:
        seat = _seat(registration, session_url, clock.now())
        calendar = (invitation if method == "REQUEST" else cancellation)(event_session, seat)
    return write(
        kind,
        name=registration.name,
        email=registration.email,
        language=registration.language,
        calendar=calendar,
        calendar_method=method,
        told=_told(registration),
        registration=registration,
        event_session=event_session,
        session_url=session_url,
        manage_url=manage_url(registration),
        imprint_url=link("public.imprint"),
        privacy_url=link("public.privacy_notice"),
        house=house(),
        **facts,
    )


def _seat(registration: Registration, url: str, stamp: datetime) -> Seat:
    assert registration.email
    return Seat(
        uid=registration.ical_uid,
        sequence=registration.ical_sequence,
        stamp=stamp,
        name=registration.name,
        email=registration.email,
        organizer=outbox.reply_address(registration.email),
        url=url,
    )


def _told(registration: Registration) -> dict[str, str | None]:
    """What a later letter may refer to."""
    event_session = registration.event_session
    ends_at = event_session.ends_at
    return {
        "starts_at": event_session.starts_at.astimezone(UTC).isoformat(),
        "ends_at": ends_at.astimezone(UTC).isoformat() if ends_at else None,
        "place": f"{event_session.venue.name}, {event_session.venue.address}",
    }


def _cancel(left: Left | None) -> str | None:
    """A cancellation, but only for what is in their calendar."""
    return "CANCEL" if left and left.invited else None
