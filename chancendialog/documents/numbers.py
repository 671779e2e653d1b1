"""A session in numbers that name nobody.

Pure: rows of registrations and entries of the journal become figures. They read only what
is left when names are gone, so that they are the same before and after.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import func, select

from chancendialog import clock
from chancendialog.attendance.models import AttendanceMark
from chancendialog.extensions import db
from chancendialog.journal import RESIDENT, JournalEntry
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import HELD, Registration, Source, Status


class Why(StrEnum):
    """How a sign-up ended before the session."""

    LINK = "link"  # behind the link in a letter
    QUESTION = "question"  # answered that they cannot come
    SWITCHED = "switched"  # to another session
    PASSED_ON = "passed-on"  # did not want the seat that was offered
    OFFER_EXPIRED = "offer-expired"
    UNCONFIRMED = "unconfirmed"  # never clicked
    OFFICE = "office"  # staff, for them
    ERASED = "erased"  # with name and address


ENDS = {
    "withdrawn": Why.LINK,
    "cannot_come": Why.QUESTION,
    "switched": Why.SWITCHED,
    "offer_passed_on": Why.PASSED_ON,
    "given_up_with_name": Why.ERASED,
}
GIVES_A_SEAT = ("seated_from_waiting_list",)
TAKES_IT = (*ENDS, "address_corrected", "offer_expired", "sign_up_expired")
SAYS_HOW_IT_STANDS = (
    "registered", "registered_regardless", "confirmed", "offer_accepted", "asked_too_late",
    "confirmed_without_click", "offer_taken_back", "party_resized",
)  # fmt: skip
SUMS = (
    "capacity", "parties", "signed_up", "seated", "came", "walk_ins", "joined_queue", "served",
)  # fmt: skip
TOLD_BY = (*GIVES_A_SEAT, *TAKES_IT, *SAYS_HOW_IT_STANDS)


class Row(NamedTuple):
    """What is left of a registration without a name, and how many of its people came."""

    event_session_id: int
    ulid: str
    party_size: int
    status: Status
    source: Source
    registered_at: datetime
    offered_at: datetime | None
    hold_until: datetime | None
    link_version: int
    came: int | None  # None: nobody was marked


class Deed(NamedTuple):
    """What the journal tells."""

    scope: str
    thread: str
    at: datetime
    actor: str
    code: str
    facts: dict[str, Any]


class Day(NamedTuple):
    """How many people had signed up by the end of a day, and how many had a seat for sure."""

    day: date
    signed_up: int
    seated: int


@dataclass(frozen=True)
class Figures:
    """All counted in people, but for `parties` and `ends_of_parties`."""

    capacity: int
    parties: int = 0
    signed_up: int = 0
    seated: int = 0  # in the end, or now; without walk-ins
    came: int = 0
    walk_ins: int = 0
    was_marked: bool = False  # whether anybody was let in at the door
    joined_queue: int = 0
    served: int = 0  # of them, with a seat later on
    wait: timedelta | None = None  # from sign-up to seat, for half of those served
    ends: Counter[Why] = field(default_factory=Counter)
    ends_of_parties: Counter[Why] = field(default_factory=Counter)
    days: list[Day] = field(default_factory=list)

    @property
    def stayed_away(self) -> int:
        """Who had a seat and was not seen."""
        return self.seated - self.came

    @property
    def no_show_rate(self) -> float | None:
        """The share of seats whose people stayed away; None if the door marked nobody."""
        return self.stayed_away / self.seated if self.was_marked and self.seated else None

    @property
    def left(self) -> int:
        """Who had signed up and did not want to, or could not, any more."""
        return self.ends.total()


def of_sessions(sessions: Sequence[EventSession]) -> dict[int, Figures]:
    """The figures of each session, by its id. Two queries for any number of them."""
    rows, deeds = defaultdict(list), defaultdict(list)
    for row in _rows([one.id for one in sessions]):
        rows[row.event_session_id].append(row)
    for deed in _deeds([one.thread for one in sessions]):
        deeds[deed.scope].append(deed)
    return {
        one.id: figures(
            rows[one.id],
            deeds[one.thread],
            capacity=one.capacity,
            until=min(clock.now(), one.starts_at),
            has_begun=one.has_begun,
        )
        for one in sessions
    }


def figures(
    rows: Sequence[Row],
    deeds: Sequence[Deed],
    *,
    capacity: int,
    until: datetime,
    has_begun: bool = True,
) -> Figures:
    """Count; `until` is when it began, or now. Deeds are in their order.

    Whoever corrected their address has two rows and is one, and walk-ins have not signed up.
    """
    walk_ins = [one for one in rows if one.source is Source.WALK_IN]
    signed_up = [one for one in rows if one.source is not Source.WALK_IN and not one.link_version]
    seated = [one for one in signed_up if one.status is Status.CONFIRMED]
    turns = _turns(deeds)
    waits = _waits(signed_up, turns)
    return Figures(
        capacity=capacity,
        parties=len(signed_up),
        signed_up=sum(one.party_size for one in signed_up),
        seated=sum(one.party_size for one in seated),
        came=sum(one.came or 0 for one in seated),
        walk_ins=sum(one.came or 0 for one in walk_ins if one.status is Status.CONFIRMED),
        was_marked=has_begun and any(one.came is not None for one in signed_up),
        joined_queue=sum(one.party_size for one, _wait in waits),
        served=sum(one.party_size for one, wait in waits if wait is not None),
        wait=_middle([wait for _one, wait in waits if wait is not None]),
        days=_days(signed_up, turns, until),
        **_ends(signed_up, deeds, None if has_begun else until),
    )


def in_all(figures: Collection[Figures]) -> Figures:
    """Those of several sessions together; of their waits there is no middle."""
    sums: dict[str, Any] = {name: sum(getattr(one, name) for one in figures) for name in SUMS}
    return Figures(
        **sums,
        was_marked=any(one.was_marked for one in figures),
        ends=sum((one.ends for one in figures), Counter[Why]()),
        ends_of_parties=sum((one.ends_of_parties for one in figures), Counter[Why]()),
        days=_together([one.days for one in figures if one.days]),
    )


def _together(courses: list[list[Day]]) -> list[Day]:
    """What all had by the end of each day; a session that is over stays as it was."""
    if not courses:
        return []
    first, last = min(one[0].day for one in courses), max(one[-1].day for one in courses)
    by_day = [{one.day: one for one in course} for course in courses]
    so_far = [Day(first, 0, 0) for _course in courses]
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        so_far = [course.get(day, before) for course, before in zip(by_day, so_far, strict=True)]
        signed_up, seated = sum(one.signed_up for one in so_far), sum(one.seated for one in so_far)
        days.append(Day(day, signed_up, seated))
    return days


class _Turn(NamedTuple):
    """A registration has so many seats from now on; 0 with `waits`: a place in the queue."""

    at: datetime
    seats: int
    waits: bool


def _turns(deeds: Iterable[Deed]) -> dict[str, list[_Turn]]:
    """What the journal says of each registration's seats, in order."""
    turns: dict[str, list[_Turn]] = defaultdict(list)
    size: Counter[str] = Counter()
    for deed in deeds:
        known, facts = turns[deed.thread], deed.facts
        size[deed.thread] = facts.get("now", facts.get("party_size", size[deed.thread]))
        has_seat, waits = bool(known and known[-1].seats), bool(known and known[-1].waits)
        if "status" in facts:
            has_seat = facts["status"] == Status.CONFIRMED
            waits = facts["status"] == Status.WAITING
        elif deed.code in GIVES_A_SEAT:
            has_seat, waits = True, False
        elif deed.code in TAKES_IT:
            has_seat = waits = False
        known.append(_Turn(deed.at, size[deed.thread] if has_seat else 0, waits))
    return turns


def _waits(
    rows: Iterable[Row], turns: dict[str, list[_Turn]]
) -> list[tuple[Row, timedelta | None]]:
    """Who ever stood in the queue, with the time until they had a seat, if they got one."""
    found = []
    for row in rows:
        known = iter(turns[f"registration:{row.ulid}"])
        if any(one.waits for one in known):  # and from there on
            waited = (one.at - row.registered_at for one in known if one.seats)
            found.append((row, next(waited, None)))
    return found


def _days(rows: Sequence[Row], turns: dict[str, list[_Turn]], until: datetime) -> list[Day]:
    """Every day from the first sign-up to the last that counts."""
    if not rows:
        return []
    signed_up: Counter[date] = Counter()
    seated: Counter[date] = Counter()
    for row in rows:
        signed_up[clock.day_of(row.registered_at)] += row.party_size
    for known in turns.values():
        before = 0
        for one in known:
            seated[clock.day_of(one.at)] += one.seats - before
            before = one.seats
    days, first, last = [], min(signed_up), max(clock.day_of(until), *signed_up)
    so_far = Day(first, 0, 0)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        so_far = Day(day, so_far.signed_up + signed_up[day], so_far.seated + seated[day])
        days.append(so_far)
    return days


def _middle(waits: list[timedelta]) -> timedelta | None:
    """What half of them did not exceed; `median` alone would want it to be a number."""
    seconds = [one.total_seconds() for one in waits]
    return timedelta(seconds=median(seconds)) if seconds else None


def _ends(
    rows: Sequence[Row], deeds: Iterable[Deed], now: datetime | None
) -> dict[str, Counter[Why]]:
    """Why sign-ups ended, in people and in parties; `now` is None once the session has begun.

    What nobody said is read from the rows: shortly before the start nobody notes any more
    that a time has run out.
    """
    people: Counter[Why] = Counter()
    parties: Counter[Why] = Counter()
    known = {f"registration:{one.ulid}" for one in rows}
    ended = [
        (_who_ended(deed), deed.facts.get("party_size", 1))
        for deed in deeds
        if deed.code in ENDS and deed.thread in known
    ]
    for why, size in [*ended, *_run_out(rows, now)]:
        people[why] += size
        parties[why] += 1
    return {"ends": people, "ends_of_parties": parties}


def _who_ended(deed: Deed) -> Why:
    is_staff = deed.actor != RESIDENT and deed.code == "withdrawn"
    return Why.OFFICE if is_staff else ENDS[deed.code]


def _run_out(rows: Iterable[Row], now: datetime | None) -> Iterable[tuple[Why, int]]:
    for row in rows:
        is_over = now is None or (row.hold_until is not None and row.hold_until <= now)
        if row.status is Status.EXPIRED or (row.status in HELD and is_over):
            was_offered = row.status is Status.OFFERED or row.offered_at
            yield (Why.OFFER_EXPIRED if was_offered else Why.UNCONFIRMED), row.party_size


def _rows(session_ids: Sequence[int]) -> Iterable[Row]:
    latest = (
        select(AttendanceMark.registration_id, func.max(AttendanceMark.id).label("id"))
        .group_by(AttendanceMark.registration_id)
        .subquery()
    )
    table = Registration.__table__.c
    found = db.session.execute(
        select(*(table[name] for name in Row._fields[:-1]), AttendanceMark.people)
        .outerjoin(latest, latest.c.registration_id == table.id)
        .outerjoin(AttendanceMark, AttendanceMark.id == latest.c.id)
        .where(table.event_session_id.in_(session_ids))
    )
    return map(Row._make, found)


def _deeds(scopes: Sequence[str]) -> Iterable[Deed]:
    table = JournalEntry.__table__.c
    found = db.session.execute(
        select(*(table[name] for name in Deed._fields))
        .where(table.scope.in_(scopes), table.code.in_(TOLD_BY))
        .order_by(table.id)
    )
    return map(Deed._make, found)
