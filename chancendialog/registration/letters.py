"""What we write to residents, on which occasion.

Composing is pure: a letter is made from what it is handed, so that a preview
can never drift from it. `tell` posts one, in the transaction of the change.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from chancendialog import clock, tokens
from chancendialog.calendars.invitations import Seat, cancellation, invitation
from chancendialog.house import house
from chancendialog.links import link
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.registration.models import Registration

LINK = "registration"  # the purpose that links in these letters are signed for


def tell(registration: Registration, compose: Callable[[Registration], Letter]) -> None:
    """Post a letter that tells the whole state, in place of those not yet gone.

    Who gave no address is told by phone, by staff.
    """
    if registration.email:
        outbox.supersede(registration.thread)
        outbox.post(compose(registration), thread=registration.thread)


def was_invited(registration: Registration) -> bool:
    """Whether an invitation left that nothing has taken back since."""
    return outbox.has_left(registration.thread, calendar_method="REQUEST")


def was_told(registration: Registration) -> bool:
    """Whether any letter about it has left."""
    return outbox.has_left(registration.thread)


def confirmed(registration: Registration) -> Letter:
    """They have a seat."""
    return _letter("confirmed", registration, "REQUEST")


def promoted(registration: Registration) -> Letter:
    """They have a seat, from the waiting list."""
    return _letter("promoted", registration, "REQUEST")


def waiting(registration: Registration) -> Letter:
    """They wait for a seat. Nothing is promised, so nothing goes to the calendar."""
    return _letter("waiting", registration)


def withdrawn(registration: Registration, *, invited: bool) -> Letter:
    """They gave up their seat or their place in the queue."""
    return _letter("withdrawn", registration, "CANCEL" if invited else None)


class Told(NamedTuple):
    """When and where a session was to be, as people were told."""

    starts_at: datetime
    ends_at: datetime | None
    place: str


def moved(registration: Registration, *, before: Told, seated: bool) -> Letter:
    """Their session has another time or place."""
    return _letter("moved", registration, "REQUEST" if seated else None, before=before)


def called_off(registration: Registration, *, invited: bool) -> Letter:
    """Their session does not take place."""
    return _letter("called_off", registration, "CANCEL" if invited else None)


def already_registered(registration: Registration) -> Letter:
    """Somebody, probably they themselves, signed up with their address once more."""
    return _letter("already_registered", registration)


def address_corrected(registration: Registration) -> Letter:
    """To the old address: it was a slip, the seat went to another one."""
    return _letter("address_corrected", registration, "CANCEL")


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
