"""Who is on a list, in which order, and what it can say of them.

Rows come from the database some at a time, and are never objects: 20 000 people take hardly
more memory than 200. What people need in order to take part is in no list.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, select

from chancendialog import journal
from chancendialog.attendance.roster import arrived
from chancendialog.clock import BERLIN
from chancendialog.documents.tables import Cell, Column
from chancendialog.extensions import db
from chancendialog.i18n import NAMES
from chancendialog.programme.models import EventSession
from chancendialog.registration import tickets
from chancendialog.registration.models import Registration, Source, Status

AT_A_TIME = 2000  # rows


class Whom(StrEnum):
    """Who is on a list."""

    SEATED = "seated"
    WAITING = "waiting"  # or asked from there, and has not answered yet
    WITHDRAWN = "withdrawn"
    EVERYBODY = "everybody"  # who ever signed up, with how they stand


class Sorting(StrEnum):
    """By what a list is sorted."""

    NAME = "name"
    SIGN_UP = "sign-up"


class Fact(StrEnum):
    """What a list can say of somebody. This order is the usual one."""

    NAME = "name"
    PEOPLE = "people"
    STATUS = "status"
    PLACE = "place"
    REGISTERED_AT = "registered-at"
    ARRIVED = "arrived"
    TICKET = "ticket"
    LANGUAGE = "language"
    SOURCE = "source"
    EMAIL = "email"


USUAL = (Fact.NAME, Fact.PEOPLE, Fact.STATUS, Fact.ARRIVED)  # addresses only for whoever asks
SOURCES = {
    Source.ONLINE: _("Internet"),
    Source.COUNTER: _("Büro"),
    Source.WALK_IN: _("ohne Anmeldung"),
}


class Person(NamedTuple):
    """What a list may say of somebody."""

    place: int | None  # in the queue
    id: int
    name: str
    email: str | None
    party_size: int
    standing: Status
    registered_at: datetime
    ticket: str | None
    language: str
    source: Source
    arrived: int


class _Told(NamedTuple):
    heading: Any
    width: int  # in characters
    cell: Callable[[Person, dict[str, str]], Cell]  # of a person, and what words of ours mean


FACTS = {
    Fact.NAME: _Told(_("Name"), 36, lambda one, _means: one.name),
    Fact.PEOPLE: _Told(_("Personen"), 11, lambda one, _means: one.party_size),
    Fact.STATUS: _Told(_("Status"), 22, lambda one, means: means[one.standing]),
    Fact.PLACE: _Told(_("Stelle auf der Warteliste"), 26, lambda one, _means: one.place),
    Fact.REGISTERED_AT: _Told(
        _("Angemeldet am"), 18, lambda one, _means: in_hannover(one.registered_at)
    ),
    Fact.ARRIVED: _Told(_("Da"), 7, lambda one, _means: one.arrived),
    Fact.TICKET: _Told(
        _("Code für den Einlass"),
        22,
        lambda one, _means: one.ticket and tickets.shown(one.ticket),
    ),
    Fact.LANGUAGE: _Told(
        _("Sprache"), 18, lambda one, _means: NAMES.get(one.language, one.language)
    ),
    Fact.SOURCE: _Told(_("Angemeldet über"), 18, lambda one, means: means[one.source]),
    Fact.EMAIL: _Told(_("E-Mail"), 36, lambda one, _means: one.email),
}


def status_name(status: Status) -> str:
    """A state as staff read it, here and in the journal."""
    return str(journal.WORDS[status])


def in_hannover(moment: datetime) -> datetime:
    """A moment as clocks in Hannover show it; lists know no time zones."""
    return moment.astimezone(BERLIN).replace(tzinfo=None, microsecond=0)


def columns(facts: Sequence[Fact]) -> list[Column]:
    """The columns that say this."""
    return [Column(str(FACTS[fact].heading), FACTS[fact].width) for fact in facts]


def cells(people: Iterable[Person], facts: Sequence[Fact]) -> Iterator[list[Cell]]:
    """A row of the table for each of these people."""
    tell = [FACTS[fact].cell for fact in facts]
    means: dict[str, str] = {status: status_name(status) for status in Status}
    means |= {source: str(word) for source, word in SOURCES.items()}
    for one in people:
        yield [cell(one, means) for cell in tell]


def people(event_session: EventSession, whom: Whom, sorting: Sorting) -> Iterator[Person]:
    """Those who are on the list; whose name is deleted has none, and counts.

    All that is kept of everybody at once is their number and their place.
    """
    by_name = (Registration.sort_key, Registration.name)
    in_order = by_name if sorting is Sorting.NAME else (Registration.registered_at,)
    places = _rows(
        select(Registration.id, _place())
        .where(Registration.event_session_id == event_session.id, _is_meant(whom))
        .order_by(*in_order, Registration.id)
    )
    for start in range(0, len(places), AT_A_TIME):
        some = places[start : start + AT_A_TIME]
        found = {one[0]: one for one in _told_of([number for number, _place in some])}
        yield from (Person(place, *found[number]) for number, place in some if number in found)


def _is_meant(whom: Whom) -> ColumnElement[bool]:
    standing = Registration.standing
    return {
        Whom.SEATED: Registration.status == Status.CONFIRMED,
        Whom.WAITING: standing.in_((Status.WAITING, Status.OFFERED)),
        Whom.WITHDRAWN: and_(
            Registration.status == Status.WITHDRAWN, ~Registration.is_corrected_away
        ),
        Whom.EVERYBODY: Registration.id.is_not(None),
    }[whom]


def _place() -> ColumnElement[int | None]:
    """Where somebody stands in the queue, counted in registrations from 1."""
    oldest_first = (Registration.registered_at, Registration.id)
    number = func.row_number().over(partition_by=Registration.status, order_by=oldest_first)
    return case((Registration.status == Status.WAITING, number))


def _told_of(ids: Sequence[int]) -> Sequence[Any]:
    """What there is to say of these, but for their place."""
    return _rows(
        select(
            Registration.id,
            Registration.name,
            Registration.email,
            Registration.party_size,
            Registration.standing,
            Registration.registered_at,
            Registration.ticket,
            Registration.language,
            Registration.source,
            arrived(),
        ).where(Registration.id.in_(ids))
    )


def _rows(query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """Plain rows; objects would take a third of the time that a long list takes."""
    return db.session.connection().execute(query).all()
