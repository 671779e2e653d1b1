"""Who is told on the phone: people without an address, of whatever others get a letter about.

`to_phone_since` says from when on there is something they have not heard; staff note
that they have told them, or that nobody answered.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, update

from chancendialog import clock, journal
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Dispatch, Occasion, Registration, Source, Status

# what befalls one, and nobody else
OF_THEIRS = ("seated_from_waiting_list", "last_call", "need_answered")
NOT_REACHED = "phoned_in_vain"


class Call(NamedTuple):
    """Somebody to be called: what was written to others, what befell them, vain tries."""

    registration: Registration
    letters: list[Dispatch]
    own: list[str]  # codes of the journal, of those above
    tries: int

    @property
    def news(self) -> str:
        """A name for what they have not heard yet."""
        return ".".join([*(one.ulid for one in self.letters), *self.own])


def add(event_session: EventSession, who: ColumnElement[bool], *, since: datetime) -> None:
    """Let those of a session for whom `who` holds be called, as far as they left no address."""
    db.session.execute(
        update(Registration)
        .where(
            Registration.event_session_id == event_session.id,
            Registration.email.is_(None),
            Registration.erased_at.is_(None),
            Registration.source != Source.WALK_IN,  # they are there already
            who,
        )
        .values(to_phone_since=func.coalesce(Registration.to_phone_since, since))
        .execution_options(synchronize_session=False)
    )


def add_one(registration: Registration) -> None:
    """Let somebody be called if they left no address; what is noted after this is what for."""
    if not registration.email and registration.to_phone_since is None:
        registration.to_phone_since = clock.now()


def of_session(event_session: EventSession) -> list[Call]:
    """Who is still to be called, whoever has waited for it longest first. Three queries."""
    people = db.session.scalars(
        select(Registration)
        .join(EventSession)
        .where(*_still(), Registration.event_session_id == event_session.id)
        .order_by(Registration.to_phone_since, Registration.id)
    ).all()
    return _calls(event_session, people)


def count_by_session() -> dict[int, int]:
    """How many are still to be called, by session id. One query."""
    rows = db.session.execute(
        select(Registration.event_session_id, func.count())
        .join(EventSession)
        .where(*_still())
        .group_by(Registration.event_session_id)
    )
    return {session_id: number for session_id, number in rows}  # noqa: C416 -- typed so


def told(registration: Registration, news: str, *, actor: str) -> bool:
    """Note that they have heard these news, and nobody need call them; doing it twice does nothing.

    Says whether that is all: whom something else has befallen meanwhile stays on the list.
    """
    db.session.refresh(registration, with_for_update={"of": Registration})  # as `add` does
    if registration.to_phone_since is None:
        return True
    [call] = _calls(registration.event_session, [registration])
    if call.news != news:
        return False
    registration.to_phone_since = None
    _note("phoned", registration, actor)
    return True


def not_reached(registration: Registration, *, actor: str) -> None:
    """Note that nobody answered: they stay on the list."""
    if registration.to_phone_since:
        _note(NOT_REACHED, registration, actor)


def _still() -> tuple[ColumnElement[bool], ...]:
    """Whoever has gone needs no call, and after the start it is too late for one."""
    return (
        Registration.to_phone_since.is_not(None),
        Registration.status != Status.WITHDRAWN,
        EventSession.starts_at > clock.now(),
    )


def _calls(event_session: EventSession, people: Sequence[Registration]) -> list[Call]:
    to_many = db.session.scalars(
        select(Dispatch)
        .where(
            Dispatch.event_session_id == event_session.id,
            Dispatch.started_at.is_not(None),
            Dispatch.kind != Occasion.THANKS,
        )
        .order_by(Dispatch.id)
    ).all()
    own = journal.of_threads([one.thread for one in people], *OF_THEIRS, NOT_REACHED)
    return [_call(one, to_many, own.get(one.thread, [])) for one in people]


def _call(registration: Registration, sent: Sequence[Dispatch], own: list[JournalEntry]) -> Call:
    since = registration.to_phone_since
    unheard = [one for one in sent if since and one.started_at and one.started_at >= since]
    later = [one.code for one in own if since and one.at >= since]
    latest = {one.kind: one for one in unheard}  # of two moves, the second
    return Call(
        registration,
        [one for one in unheard if one.kind is Occasion.MESSAGE or latest[one.kind] is one],
        [code for code in dict.fromkeys(later) if code in OF_THEIRS],
        later.count(NOT_REACHED),
    )


def _note(code: str, registration: Registration, actor: str) -> None:
    journal.note(
        code,
        actor=actor,
        thread=registration.thread,
        scope=registration.event_session.thread,
    )
