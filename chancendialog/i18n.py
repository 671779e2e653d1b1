"""Languages, and dates and times as people read them.

German is the language of the source; English and plain German follow as
catalogs. Dates are written in Hannover's time, whatever the server thinks.
"""

import re
from datetime import datetime
from typing import Any, NamedTuple

import flask_babel
from babel.dates import format_date, format_time
from flask_babel import force_locale, get_locale

from chancendialog.clock import BERLIN, day_of

__all__ = [
    "UNSEEN", "Text", "force_locale", "gettext", "language", "ngettext", "when", "when_short",
]  # fmt: skip

UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
"""What nobody can see in a text: control characters, turned directions, and what is no character.
Columns, pages (HTML) and lists (XML) each refuse some of them."""


class Text(NamedTuple):
    """What somebody wrote, and in which language; pages mark one that is not theirs."""

    words: str
    language: str


def language() -> str:
    """The language of the page or letter that is being written."""
    return str(get_locale() or "de").partition("_")[0]


def select_locale() -> str:
    """The language of this request. English pages live under /en (to come)."""
    return "de"


def gettext(sentence: str, **facts: Any) -> str:
    """The sentence in the language of the page or letter."""
    return str(flask_babel.gettext(sentence, **facts))


def ngettext(one: str, many: str, num: int, **facts: Any) -> str:
    """The same for a number of things, which stands in it as `%(num)s`."""
    return str(flask_babel.ngettext(one, many, num, **facts))


def when(starts_at: datetime, ends_at: datetime | None = None) -> str:
    """„Mittwoch, 19. Juni 2024, 19 bis 21 Uhr“."""
    start = _day(starts_at)
    if ends_at is None:
        return gettext("%(day)s, %(start)s Uhr", day=start, start=_clock(starts_at))
    if day_of(starts_at) == day_of(ends_at):
        return gettext(
            "%(day)s, %(start)s bis %(end)s Uhr",
            day=start, start=_clock(starts_at), end=_clock(ends_at),
        )  # fmt: skip
    return gettext(
        "%(start)s bis %(end)s", start=when(starts_at), end=when(ends_at)
    )  # fmt: skip


def when_short(moment: datetime) -> str:
    """„Mi 19.06.2024, 19 Uhr“, for subjects and narrow places."""
    local = moment.astimezone(BERLIN)
    weekday = format_date(local, "EEE", locale=language()).rstrip(".")
    day = format_date(local, "dd.MM.y", locale=language())
    return gettext("%(day)s, %(start)s Uhr", day=f"{weekday} {day}", start=_clock(moment))


def _day(moment: datetime) -> str:
    return format_date(moment.astimezone(BERLIN), "EEEE, d. MMMM y", locale=language())


def _clock(moment: datetime) -> str:
    """„19“ on the hour, „19:30“ otherwise, as Germans write it before „Uhr“."""
    local = moment.astimezone(BERLIN)
    return format_time(local, "H:mm" if local.minute else "H", locale=language(), tzinfo=BERLIN)
