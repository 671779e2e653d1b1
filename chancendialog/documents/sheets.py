"""What the office prints: the sheet that guests sign, and their name badges.

Both are PDF/UA-1: Typst sets nothing that is not.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, islice
from typing import TypeVar

from flask_babel import lazy_gettext

from chancendialog.documents.attendees import Person, Whom, status_name
from chancendialog.documents.tables import Mark, destroy_it
from chancendialog.documents.typesetting import pdf
from chancendialog.errors import DomainError
from chancendialog.i18n import gettext as _
from chancendialog.i18n import when
from chancendialog.programme.models import EventSession
from chancendialog.registration.spelling import sort_key

T = TypeVar("T")
MOST = 2000  # registrations, or badges: a second or two of work and up to 300 MB for as long
BADGES_PER_SHEET = 24


class TooManyForPaper(DomainError):
    """Setting them would take too long and too much memory."""

    message = lazy_gettext(
        "Für mehr als 2.000 Zeilen oder Schilder gibt es kein PDF. Laden Sie die Excel-Datei:"
        " Auch sie lässt sich drucken, mit Überschriften auf jeder Seite"
    )


def few_enough(lines: Iterable[T]) -> list[T]:
    """All of them, if they go on paper. Raises `TooManyForPaper`."""
    some = list(islice(lines, MOST + 1))
    if len(some) > MOST:
        raise TooManyForPaper
    return some


def sign_in_sheet(
    event_session: EventSession, people: Iterable[Person], whom: Whom, mark: Mark
) -> bytes:
    """Names below their letters, how many people come, and room for a tick and a signature."""
    groups = [
        {"letter": letter, "people": [_line(one, whom) for one in below]}
        for letter, below in groupby(people, lambda one: _letter(one.name))
    ]
    return pdf(
        "sign_in_sheet.typ",
        {
            **_heading(event_session),
            "title": _("Anwesenheitsliste: %(title)s", title=event_session.title),
            "columns": [_("Name"), _("Personen"), _("Da"), _("Unterschrift")],
            "groups": groups,
            "nobody": _("Niemand steht auf dieser Liste."),
            "destroy": destroy_it(),
            "mark": mark.sentence,
            "page": _("Seite"),
            "of": _("von"),
        },
    )


def name_badges(event_session: EventSession, names: Sequence[str], mark: Mark) -> bytes:
    """Sheets of 3 × 8 labels of 70 × 37 mm; an empty name is a badge to write on.

    Labels bear no mark; who made them and when stands in the file.
    """
    return pdf(
        "name_badges.typ",
        {
            **_heading(event_session),
            "title": _("Namensschilder: %(title)s", title=event_session.title),
            "badges": names,
            "mark": f"{mark.sentence}. {destroy_it()}.",
        },
    )


def names_for_badges(people: Iterable[Person], *, companions: bool) -> list[str]:
    """A badge for each registration, and if wanted an empty one for whoever else comes along.

    Raises `TooManyForPaper`.
    """
    badges = ([one.name, *[""] * (one.party_size - 1)] for one in people)
    return few_enough(name for party in badges for name in party[: None if companions else 1])


def _heading(event_session: EventSession) -> dict[str, str]:
    venue = event_session.venue
    where = ", ".join(filter(None, (venue.name, event_session.room)))
    return {
        "series": event_session.series.title,
        "session": event_session.title,
        "when": when(event_session.starts_at, event_session.ends_at),
        "where": where,
    }


def _line(one: Person, whom: Whom) -> dict[str, str]:
    beside = "" if whom is Whom.SEATED else status_name(one.standing)
    return {"name": one.name, "people": str(one.party_size), "beside": beside}


def _letter(name: str) -> str:
    """Below which letter a name stands."""
    return sort_key(name)[:1].upper() or "#"
