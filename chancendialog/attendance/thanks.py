"""Thanking those who came, the day after."""

from datetime import datetime, time, timedelta

from sqlalchemy import and_, exists, select, true

from chancendialog import clock, journal
from chancendialog.attendance.roster import is_in
from chancendialog.clock import BERLIN
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import dispatches
from chancendialog.registration.models import Dispatch, Occasion, Registration, Source, Status

THANKED_AT = time(10)  # in Hannover, the day after
AT_THE_LATEST = timedelta(days=7)  # after the start; later it would be odd


def sessions_to_thank() -> list[EventSession]:
    """Sessions whose people are now to be thanked, in the order of turns."""
    now = clock.now()
    thanked = exists().where(
        Dispatch.event_session_id == EventSession.id, Dispatch.kind == Occasion.THANKS
    )
    lately = db.session.scalars(
        select(EventSession)
        .where(EventSession.starts_at.between(now - AT_THE_LATEST, now), ~thanked)
        .order_by(EventSession.id)
    )
    return [one for one in lately if _is_time_to_thank(one)]


def _is_time_to_thank(event_session: EventSession) -> bool:
    took_place = event_session.status is SessionStatus.PUBLISHED
    return took_place and event_session.thanks and thanks_at(event_session) <= clock.now()


def thanks_at(event_session: EventSession) -> datetime:
    """When those who came are thanked."""
    day = clock.day_of(event_session.presumed_end) + timedelta(days=1)
    return datetime.combine(day, THANKED_AT, BERLIN)


def thank(event_session: EventSession) -> None:
    """Thank who was there: those marked at the door, or all with a seat if nobody was marked.

    Once per session, and not if it has just moved or been called off. The caller
    holds its turn.
    """
    thanked = dispatches.of_session(event_session, Occasion.THANKS)
    if thanked or not _is_time_to_thank(event_session):
        return
    signed_up = Registration.source != Source.WALK_IN
    here = and_(Registration.event_session_id == event_session.id, signed_up, is_in())
    anybody_marked = db.session.scalar(select(exists().where(here)))
    who = and_(Registration.status == Status.CONFIRMED, is_in() if anybody_marked else true())
    dispatches.start(Occasion.THANKS, event_session, who, actor=journal.SYSTEM)
