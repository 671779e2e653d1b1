"""What people need to take part well, and what the office says to it.

A task list that comes close to why somebody needs it: encrypted, for the office
alone, in no letter and no list, and gone soon after the session, or with the seat.
Whatever changes it has the session's turn. Nothing here commits.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import contains_eager

from chancendialog import clock, house, journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.links import link
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters, phone_list, seats
from chancendialog.registration.models import (
    LIVE_ONES,
    Arrangement,
    Need,
    NeedState,
    Registration,
)
from chancendialog.registration.waiting_list import note

NAMES = {
    Arrangement.SIGN_LANGUAGE: _("Gebärdensprach-Dolmetschung (DGS)"),
    Arrangement.SPEECH_TO_TEXT: _("Schrift-Dolmetschung"),
    Arrangement.HEARING_LOOP: _("Höranlage"),
    Arrangement.WHEELCHAIR: _("Platz für Rollstuhl"),
    Arrangement.LEGROOM: _("Platz mit viel Beinfreiheit oder am Rand"),
    Arrangement.COMPANION: _("Begleitperson/Assistenz"),
    Arrangement.ASSISTANCE_DOG: _("Assistenzhund"),
    Arrangement.OTHER: _("anderes"),
}
"""How people call them, in the order in which they are asked and worked through."""

TO_TICK = [one for one in Arrangement if one is not Arrangement.OTHER]
BOOKED = frozenset({Arrangement.SIGN_LANGUAGE, Arrangement.SPEECH_TO_TEXT})
"""For whom somebody must be found in time; all else is there or quickly moved."""

KEEP_A_SEAT = frozenset(
    {
        Arrangement.WHEELCHAIR,
        Arrangement.LEGROOM,
        Arrangement.COMPANION,
        Arrangement.ASSISTANCE_DOG,
    }
)
"""Of which the door sees that a seat is kept free, and no more."""

NOT_OFTENER_THAN = timedelta(hours=1)  # that the office is written to about one session


class Asked(NamedTuple):
    """What somebody says that they need: what they ticked, and their own words."""

    arrangements: tuple[Arrangement, ...] = ()
    words: str = ""

    @property
    def by_kind(self) -> dict[Arrangement, str]:
        """Each with its words; only „anderes“ has some."""
        asked = dict.fromkeys(self.arrangements, "")
        return asked | {Arrangement.OTHER: self.words} if self.words else asked


NOTHING = Asked()


class Task(NamedTuple):
    """One arrangement of a session, and all who need it."""

    arrangement: Arrangement
    needs: list[Need]

    @property
    def open(self) -> int:
        """How many of them nobody has answered yet."""
        return sum(one.state is NeedState.OPEN for one in self.needs)


class TooLateToBook(DomainError):
    """Nobody can be found that soon, or perhaps by phone."""

    message = _(
        "Eine Dolmetschung lässt sich hier nicht mehr buchen. Rufen Sie uns an, vielleicht geht es"
        " noch."
    )


class TooLateToSay(DomainError):
    """There is no seat to prepare anything for, or no time."""

    message = _("Was Sie brauchen, lässt sich hier nicht mehr ändern. Rufen Sie uns an.")


class NeedGone(DomainError):
    """Whoever had it needs it no more, or has left."""

    message = _(
        "Diese Angabe gibt es nicht mehr: Die Person hat sie gelöscht oder sich abgemeldet."
    )


def on_offer(event_session: EventSession) -> list[Arrangement]:
    """What can be ticked now: shortly before, nobody can be booked any more."""
    late = event_session.is_too_late_to_book
    return [one for one in TO_TICK if not (late and one in BOOKED)]


def refuse_too_late(event_session: EventSession, asked: Asked) -> None:
    """Raise `TooLateToBook` for what is no longer on offer."""
    if not set(asked.arrangements) <= set(on_offer(event_session)):
        raise TooLateToBook


def may_say(registration: Registration) -> bool:
    """Whether there is still something to prepare for them."""
    return registration.is_live and registration.event_session.is_to_come


def note_down(registration: Registration, asked: Asked, *, actor: str) -> None:
    """Note what somebody needs who signs up just now."""
    for arrangement, words in asked.by_kind.items():
        _add(registration, arrangement, words, actor)
    if asked.by_kind:
        note("needs_told", registration, actor)


def rehearse(registration: Registration, asked: Asked) -> None:
    """Note the same for somebody known, and take it back: or time would tell who is known."""
    rows = [_add(registration, kind, words, "") for kind, words in asked.by_kind.items()]
    db.session.flush()
    if rows:
        db.session.execute(
            delete(Need)
            .where(Need.id.in_([one.id for one in rows]))
            .execution_options(synchronize_session=False)
        )
    for one in rows:
        db.session.expunge(one)


def say(registration: Registration, asked: Asked, *, actor: str = journal.RESIDENT) -> None:
    """Say anew what one needs. What stays keeps its answer; other words are another need.

    What can no longer be booked may stay, and not be added. Raises `TooLateToSay`
    and `TooLateToBook`.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    if not may_say(seats.again(registration)):
        raise TooLateToSay
    wanted = asked.by_kind
    before = of(registration)
    stay = {one.arrangement for one in before if wanted.get(one.arrangement) == (one.text or "")}
    news = {kind: words for kind, words in wanted.items() if kind not in stay}
    refuse_too_late(event_session, Asked(tuple(kind for kind in news if kind in BOOKED)))
    gone = [one for one in before if one.arrangement not in stay]
    for need in gone:
        db.session.delete(need)
    for kind, words in news.items():
        _add(registration, kind, words, actor)
    if gone or news:
        note("needs_told", registration, actor)
    db.session.flush()


def answer(need: Need, state: NeedState, words: str, *, actor: str) -> bool:
    """Say how far the office is; who has an address gets a letter that there is an answer.

    One that has not left yet will do for several answers. Says whether the person
    is told; that is for staff if there is no address. Raises `NeedGone`.
    """
    registration = need.registration
    seats.take_turn(registration.event_session)
    if db.session.get(Need, need.id, populate_existing=True) is None:
        raise NeedGone
    if (need.state, need.answer) == (state, words or None):
        return True
    need.state, need.answer = state, words or None
    need.actor, need.changed_at = actor, clock.now()
    if state is not NeedState.OPEN or words:
        phone_list.add_one(registration)
    note("need_answered", registration, actor)
    if state is NeedState.OPEN and not words:
        return True  # taken back: there is nothing to read
    if not registration.email:
        return False
    kind = letters.needs_answered.__name__
    if not outbox.is_about_to_leave(registration.thread, kind):
        outbox.post(letters.needs_answered(registration), thread=registration.thread)
    return True


def of(registration: Registration) -> list[Need]:
    """What the people of a registration need, in the order of the form."""
    found = db.session.scalars(select(Need).where(Need.registration_id == registration.id))
    return _in_order(found)


def asked_by(registration: Registration) -> Asked:
    """The same as they said it."""
    kinds = {one.arrangement: one.text or "" for one in of(registration)}
    ticked = tuple(kind for kind in kinds if kind is not Arrangement.OTHER)
    return Asked(ticked, kinds.get(Arrangement.OTHER, ""))


def named(event_session: EventSession, ulid: str) -> Need | None:
    """The need of this session that an address names, as long as somebody has it."""
    return db.session.scalar(_of_session(event_session).where(Need.ulid == ulid))


def tasks(event_session: EventSession) -> list[Task]:
    """What is to be arranged for a session, by arrangement. One query."""
    found = _in_order(db.session.scalars(_of_session(event_session)))
    by_kind = {kind: [one for one in found if one.arrangement is kind] for kind in NAMES}
    return [Task(kind, needs) for kind, needs in by_kind.items() if needs]


def open_alike(need: Need) -> list[Need]:
    """Who else needs just this and has no answer; own words are nobody else's. One query."""
    arrangement = need.arrangement
    if arrangement is Arrangement.OTHER:
        return []
    return [
        one
        for task in tasks(need.registration.event_session)
        if task.arrangement is arrangement
        for one in task.needs
        if one.state is NeedState.OPEN and one is not need
    ]


def open_by_session() -> dict[int, int]:
    """How many needs nobody has answered yet, by session id. One query for all sessions."""
    rows = db.session.execute(
        select(Registration.event_session_id, func.count())
        .join(Need)
        .where(LIVE_ONES, Need.state == NeedState.OPEN)
        .group_by(Registration.event_session_id)
    )
    return {session_id: int(number) for session_id, number in rows}


def seats_kept(event_session: EventSession) -> set[int]:
    """The registrations, by id, for whose people seats are kept free, if possible. One query."""
    possible = _of_session(event_session).where(Need.state != NeedState.CANNOT)
    found = db.session.scalars(possible)
    return {one.registration_id for one in found if one.arrangement in KEEP_A_SEAT}


def hand_over(old: Registration, new: Registration) -> None:
    """The same people go on at another address: what they need and were answered goes along."""
    db.session.execute(
        update(Need)
        .where(Need.registration_id == old.id)
        .values(registration_id=new.id)
        .execution_options(synchronize_session=False)
    )


def forget(registrations: Iterable[Registration]) -> None:
    """Nobody has to arrange anything for them any more."""
    db.session.execute(
        delete(Need)
        .where(Need.registration_id.in_([one.id for one in registrations]))
        .execution_options(synchronize_session=False)
    )


def tell_office() -> None:
    """Write to the office that somebody needs something; where it stands, and not what.

    The worker calls it. One letter per session and hour tells of all that came since.
    Whoever posts one has the turn, so two workers do not post it twice.
    """
    office = house.contact()
    if office is None or not office.email:
        return
    for event_session in _with_news():
        seats.take_turn(event_session)
        if _is_to_be_told(event_session):
            letter = needs_reported(office, event_session)
            outbox.post(letter, thread=_thread(event_session))


def needs_reported(office: house.Contact, event_session: EventSession) -> Letter:
    """To the office: somebody needs something, look here."""
    return write(
        "needs_reported",
        name="",
        email=office.email,
        own_url=link("office.needs", slug=event_session.slug),
        house=office,
        title=event_session.title,
        starts_at=event_session.starts_at,
    )


def _with_news() -> list[EventSession]:
    sessions = db.session.scalars(
        select(EventSession)
        .where(
            EventSession.id.in_(_told_by_residents(EventSession.id)),
            EventSession.status == SessionStatus.PUBLISHED,
            EventSession.starts_at > clock.now(),
        )
        .order_by(EventSession.id)
    )
    return [one for one in sessions if _is_to_be_told(one)]


def _is_to_be_told(event_session: EventSession) -> bool:
    last = outbox.last_posted_at(_thread(event_session), needs_reported.__name__)
    if last is None:
        return True
    of_session = _told_by_residents(func.max(Need.changed_at))
    newest = db.session.scalar(of_session.where(EventSession.id == event_session.id))
    return newest is not None and last < newest and last <= clock.now() - NOT_OFTENER_THAN


def _told_by_residents(column: Any) -> Select[Any]:
    return (
        select(column)
        .select_from(Need)
        .join(Registration)
        .join(EventSession)
        .where(LIVE_ONES, Need.state == NeedState.OPEN, Need.actor == journal.RESIDENT)
    )


def _thread(event_session: EventSession) -> str:
    return f"staff-needs:{event_session.ulid}"


def _of_session(event_session: EventSession) -> Select[Need]:
    return (
        select(Need)
        .join(Need.registration)
        .options(contains_eager(Need.registration))
        .where(Registration.event_session_id == event_session.id, LIVE_ONES)
        .order_by(Registration.registered_at, Registration.id)
    )


def _in_order(found: Iterable[Need]) -> list[Need]:
    order = list(NAMES)
    return sorted(found, key=lambda one: order.index(one.arrangement))


def _add(registration: Registration, kind: Arrangement, words: str, actor: str) -> Need:
    need = Need(registration=registration, kind=kind, text=words or None, actor=actor)
    db.session.add(need)
    return need
