"""Who is in a session, for staff: searched, by state, sorted, some at a time.

However many there are, only those on the page are read; the rest is counted
and searched in indexes.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession
from chancendialog.registration import tickets
from chancendialog.registration.models import HELD, Registration, Status
from chancendialog.registration.spelling import folded

ON_A_PAGE = 50
SUGGESTED = 10  # who could have been meant
SHORT = 5  # letters of a word in which one may be wrong; in longer ones two
LAST_CODE = "Z" * tickets.LENGTH


class Order(StrEnum):
    """How the list is sorted, as its address says it."""

    QUEUE = "reihe"
    NEWEST = "neu"
    NAME = "name"
    SIZE = "personen"


ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.QUEUE: (Registration.registered_at.asc(), Registration.id.asc()),
    Order.NEWEST: (Registration.registered_at.desc(), Registration.id.desc()),
    Order.NAME: (Registration.sort_key.asc(), Registration.id.asc()),
    Order.SIZE: (
        Registration.party_size.desc(),
        Registration.registered_at.asc(),
        Registration.id.asc(),
    ),
}


@dataclass(frozen=True)
class Count:
    """How many registrations are in a state, and how many people that is."""

    registrations: int = 0
    people: int = 0

    def __add__(self, more: "Count") -> "Count":
        return Count(self.registrations + more.registrations, self.people + more.people)

    def __sub__(self, fewer: "Count") -> "Count":
        return Count(self.registrations - fewer.registrations, self.people - fewer.people)


def counts(event_session: EventSession, words: str = "") -> dict[Status, Count]:
    """How many stand how, of all or of those whom a search finds."""
    found = _found(event_session, words)
    counted = dict.fromkeys(Status, Count()) | _by_status(*found)
    has_run_out = and_(Registration.status.in_(HELD), Registration.hold_until <= clock.now())
    overdue = _by_status(*found, has_run_out)
    for status, number in overdue.items():
        counted[status] -= number
        counted[Status.EXPIRED] += number
    return counted


def page(
    event_session: EventSession,
    *,
    number: int = 1,
    status: Status | None = None,
    words: str = "",
    order: Order = Order.QUEUE,
) -> list[Registration]:
    """One page of them, the first being 1."""
    which = _found(event_session, words)
    if status:
        which = (*which, Registration.standing == status)
    ids = (
        select(Registration.id)
        .where(*which)
        .order_by(*ORDERS[order])
        .offset((number - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE)
    )
    rows = select(Registration).where(Registration.id.in_(ids)).order_by(*ORDERS[order])
    return list(db.session.scalars(rows))


def nearest(event_session: EventSession, words: str) -> list[Registration]:
    """Who may have been meant, the likeliest first: a letter or two of each word are wrong."""
    keys: dict[int, set[str]] = {
        number: set(key.split())
        for number, key in db.session.execute(
            select(Registration.id, Registration.search_key).where(*_found(event_session))
        )
    }
    vocabulary = list(set().union(*keys.values()))
    meant = [_near(word, vocabulary) for word in folded(words).split()]
    distances: dict[int, int] = {}
    for number, known in keys.items():
        found = [min((near[word] for word in known & near.keys()), default=None) for near in meant]
        if found and None not in found:
            distances[number] = sum(filter(None, found))
    likeliest = sorted(distances, key=lambda number: (distances[number], number))[:SUGGESTED]
    rows = db.session.scalars(select(Registration).where(Registration.id.in_(likeliest)))
    return sorted(rows, key=lambda one: likeliest.index(one.id))


def places(event_session: EventSession, registrations: list[Registration]) -> dict[int, int]:
    """At which place of the waiting list those of them stand who wait, by id."""
    waiting = [one for one in registrations if one.status is Status.WAITING]
    if not waiting:
        return {}
    queue = (
        select(
            Registration.id,
            func.row_number()
            .over(order_by=(Registration.registered_at, Registration.id))
            .label("place"),
        )
        .where(
            Registration.event_session_id == event_session.id,
            Registration.status == Status.WAITING,
            Registration.registered_at <= max(one.registered_at for one in waiting),
        )
        .subquery()
    )
    rows = db.session.execute(
        select(queue.c.id, queue.c.place).where(queue.c.id.in_([one.id for one in waiting]))
    )
    return dict(rows.all())


def _by_status(*which: ColumnElement[bool]) -> dict[Status, Count]:
    """As the rows say, whatever has run out by now: so one index has it all, in order."""
    rows = db.session.execute(
        select(Registration.status, func.count(), func.sum(Registration.party_size))
        .where(*which)
        .group_by(Registration.status)
    )
    return {status: Count(number, int(people)) for status, number, people in rows}


def _found(event_session: EventSession, words: str = "") -> tuple[ColumnElement[bool], ...]:
    """All of a session, or whom a search finds: every word is part of name or address.

    So does a code, or its first four letters.
    """
    here = Registration.event_session_id == event_session.id
    if not words:
        return (here,)
    wanted = [
        Registration.search_key.contains(word, autoescape=True) for word in folded(words).split()
    ]
    named = and_(*wanted) if wanted else false()
    if not (code := tickets.read(words)):
        return (here, named)
    with_code = select(Registration.id).where(
        Registration.ticket.between(code, code + LAST_CODE[len(code) :])
    )
    return (here, or_(named, Registration.id.in_(with_code)))


def _near(word: str, vocabulary: list[str]) -> dict[str, int]:
    """The words that differ from this one in a letter or two, and in how many."""
    most = 1 if len(word) <= SHORT else 2
    found = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=most, limit=None)
    return {near: int(distance) for near, distance, _index in found}
