"""Closing a session when it is over: the journal keeps how many came."""

from datetime import datetime

from flask_babel import lazy_gettext as _

from chancendialog import journal
from chancendialog.attendance.roster import roster
from chancendialog.errors import DomainError
from chancendialog.programme.models import EventSession
from chancendialog.registration import seats
from chancendialog.registration.models import Source, Status

CLOSED = "session_closed"


class NotOver(DomainError):
    """What still goes on, or does not take place, is not closed."""

    message = _("Abschließen können Sie eine Veranstaltung erst, wenn sie vorbei ist.")


def close(event_session: EventSession, *, actor: str) -> bool:
    """Note who came, once; say whether it was done now. Raises `NotOver`.

    Nothing is locked by that: what was marked wrongly can still be put right.
    """
    seats.take_turn(event_session)
    if not event_session.is_over or event_session.is_called_off:
        raise NotOver
    if closed_at(event_session):
        return False
    there = [one for one in roster(event_session) if one.registration.status is Status.CONFIRMED]
    signed_up = [one for one in there if one.registration.source is not Source.WALK_IN]
    came = sum(one.arrived for one in signed_up)
    journal.note(
        CLOSED,
        actor=actor,
        thread=event_session.thread,
        scope=event_session.thread,
        came=came,
        seated=sum(one.registration.party_size for one in signed_up),
        walk_ins=sum(one.arrived for one in there) - came,
    )
    return True


def closed_at(event_session: EventSession) -> datetime | None:
    """When a session was closed."""
    entries = journal.of_scope(event_session.thread, CLOSED, limit=1)
    return entries[0].at if entries else None
