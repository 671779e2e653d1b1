"""To whom staff write: people of a session, by how they stand and whether they came."""

from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from chancendialog.attendance.roster import is_in
from chancendialog.programme.models import EventSession
from chancendialog.registration.dispatches import TO_WHO_LEFT
from chancendialog.registration.models import HELD, LIVE, LIVE_ONES, Registration, Status


class Audience(StrEnum):
    """Whom a letter of staff goes to."""

    SEATED = "seated"
    WAITING = "waiting"
    ASKED = "asked"  # must still click: for their sign-up, or for an offer
    EVERYBODY = "everybody"  # these three
    CAME = "came"
    STAYED_AWAY = "stayed-away"
    LEFT = TO_WHO_LEFT  # gave up their seat or place, and have not come back


def people_of(audience: Audience) -> ColumnElement[bool]:
    """The condition that a registration of this audience fulfils."""
    seated = Registration.status == Status.CONFIRMED
    return {
        Audience.SEATED: seated,
        Audience.WAITING: Registration.status == Status.WAITING,
        Audience.ASKED: Registration.status.in_(HELD),
        Audience.EVERYBODY: LIVE_ONES,
        Audience.CAME: and_(seated, is_in()),
        Audience.STAYED_AWAY: and_(seated, ~is_in()),
        Audience.LEFT: and_(Registration.status == Status.WITHDRAWN, _is_theirs(), ~_is_back()),
    }[audience]


def audiences(event_session: EventSession) -> list[Audience]:
    """Those there are at this moment: nobody has come before the start."""
    by_attendance = (Audience.CAME, Audience.STAYED_AWAY)
    return [one for one in Audience if event_session.has_begun or one not in by_attendance]


def _is_theirs() -> ColumnElement[bool]:
    """Whether the address is that of the person: a mistyped one is a stranger's."""
    return ~Registration.is_corrected_away


def _is_back() -> ColumnElement[bool]:
    """Whether the same address has a registration again; whoever left twice left once."""
    other = aliased(Registration)
    return exists().where(
        other.event_session_id == Registration.event_session_id,
        other.email == Registration.email,
        or_(other.status.in_(LIVE), other.id > Registration.id),
    )
