"""A list of a session's people as a file, in each of the kinds there are."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from chancendialog.clock import BERLIN
from chancendialog.documents import attendees, sheets, tables
from chancendialog.documents.attendees import Whom
from chancendialog.documents.choices import Choice
from chancendialog.documents.tables import Mark, Table
from chancendialog.programme.models import EventSession


class Kind(StrEnum):
    """What can be made of a list."""

    XLSX = "xlsx"
    CSV = "csv"
    SIGN_IN_SHEET = "sign-in-sheet"
    BADGES = "badges"


TYPES = {
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.CSV: "text/csv",
    Kind.SIGN_IN_SHEET: "application/pdf",
    Kind.BADGES: "application/pdf",
}
_PAPER = {Kind.SIGN_IN_SHEET: "anwesenheit", Kind.BADGES: "namensschilder"}
_WHOM = {
    Whom.SEATED: "teilnehmende",
    Whom.WAITING: "warteliste",
    Whom.WITHDRAWN: "abgemeldet",
    Whom.EVERYBODY: "alle",
}


@dataclass(frozen=True)
class Wish:
    """What somebody of staff asks for."""

    kind: Kind
    whom: Whom
    choice: Choice
    companions: bool = False  # badges also for those who come along


def write(file: IO[bytes], event_session: EventSession, wish: Wish, mark: Mark) -> int:
    """Write the list into a file, and say how many registrations are on it.

    Raises `TooManyForPaper`.
    """
    people = attendees.people(event_session, wish.whom, wish.choice.sorting)
    if wish.kind in _PAPER:
        few = sheets.few_enough(one for one in people if one.ticket)  # who names somebody
        if wish.kind is Kind.BADGES:
            names = sheets.names_for_badges(few, companions=wish.companions)
            file.write(sheets.name_badges(event_session, names, mark))
        else:
            file.write(sheets.sign_in_sheet(event_session, few, wish.whom, mark))
        return len(few)
    facts = wish.choice.facts
    table = Table(
        title=event_session.title,
        sheet=_WHOM[wish.whom].capitalize(),
        columns=attendees.columns(facts),
        rows=attendees.cells(people, facts),
        warning=tables.destroy_it(),
    )
    if wish.kind is Kind.CSV:
        return tables.write_csv(file, table)
    return tables.write_xlsx(file, table, mark)


def file_name(event_session: EventSession, wish: Wish, mark: Mark) -> str:
    """`abend-teilnehmende-20260907-1200-kim.muster.xlsx`: what it is, from when, and by whom."""
    moment = f"{mark.at.astimezone(BERLIN):%Y%m%d-%H%M}"
    by = re.sub(r"[^a-z0-9.]+", "-", mark.by.partition("@")[0].lower())
    parts = (event_session.slug, _WHOM[wish.whom], _PAPER.get(wish.kind, ""), moment, by)
    return f"{'-'.join(filter(None, parts))}.{'pdf' if wish.kind in _PAPER else wish.kind}"
