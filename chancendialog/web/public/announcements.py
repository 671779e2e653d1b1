"""A session as machines and other sites are told of it.

Search engines, feeds and the open data all begin here, so that they agree on
addresses, moments, and on whether somebody new can sign up. Never a draft,
never anything about who comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chancendialog import clock
from chancendialog.clock import BERLIN
from chancendialog.links import link
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats
from chancendialog.registration.seats import Numbers

SERIES = "Chancendialog Transformation"  # as long as no programme is loaded


class Way(StrEnum):
    """How somebody new gets in at this moment."""

    OPEN = "open"  # with a seat
    WAITING_LIST = "waiting_list"
    FULL = "full"  # and nobody can wait
    NOT_YET = "not_yet"
    CLOSED = "closed"


@dataclass(frozen=True)
class Announcement:
    """A session with what is not written in its row."""

    event_session: EventSession
    url: str
    registration_url: str
    image_url: str
    registration: Way
    places_free: int  # that somebody new may take; 0 once it has begun or is called off


def announce_all(sessions: Iterable[EventSession]) -> list[Announcement]:
    """Several sessions. One query, however many there are."""
    sessions = list(sessions)
    numbers = seats.numbers(sessions)
    return [announce(one, numbers[one.id]) for one in sessions]


def announce(event_session: EventSession, numbers: Numbers) -> Announcement:
    """One session, with its seats as they are."""
    slug = event_session.slug
    return Announcement(
        event_session=event_session,
        url=link("public.session_page", slug=slug),
        registration_url=link("public.register", slug=slug),
        image_url=image_url(event_session),
        registration=_way(event_session, numbers),
        places_free=numbers.for_newcomers if event_session.is_to_come else 0,
    )


def image_url(event_session: EventSession) -> str:
    """Where its picture is. Others keep pictures by their address: what changed has another one."""
    changed = int(event_session.changed_at.timestamp())
    return link("public.session_image", slug=event_session.slug, v=changed)


def in_hannover(moment: datetime) -> str:
    """A moment with Hannover's offset (RFC 3339): „2026-10-14T19:00:00+02:00“."""
    return moment.astimezone(BERLIN).isoformat(timespec="seconds")


def _way(event_session: EventSession, numbers: Numbers) -> Way:
    admission = booking.admission(event_session, numbers)
    if not admission.closed:
        if admission.free:
            return Way.OPEN
        return Way.WAITING_LIST if admission.can_wait else Way.FULL
    opens_at = event_session.registration_opens_at
    is_early = event_session.is_to_come and opens_at and clock.now() < opens_at
    return Way.NOT_YET if is_early else Way.CLOSED
