"""Languages, and dates and times as people read them.

German is the language of the source; the others are catalogs in `translations/`.
„Einfache Sprache“ is German, too: what its catalog leaves out is said as in the source.
Dates are written in Hannover's time, whatever the server thinks.
"""

import re
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import flask_babel
from babel.dates import format_date, format_time, format_timedelta
from flask import has_request_context, request
from flask_babel import get_locale

from chancendialog.clock import BERLIN, day_of, now, today

SOURCE = "de"  # the language of the sentences in the code, and of addresses without a prefix
SIMPLE = "de-simple"  # „Einfache Sprache“, as IANA's registry of subtags (BCP 47) calls it
LOCALES = {SOURCE: "de", "en": "en_GB", SIMPLE: "de@simple"}  # how Babel calls what we speak
PREFIXES = {"en": "en", SIMPLE: "einfach"}  # what addresses in the other languages begin with
UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
"""What nobody can see in a text: control characters, turned directions, and what is no character.
Columns, pages (HTML) and lists (XML) each refuse some of them."""


class Text(NamedTuple):
    """What somebody wrote, and in which language; pages mark one that is not theirs."""

    words: str
    language: str


class Style(NamedTuple):
    """How a language writes a day, a day in narrow places, a full hour and any other time."""

    day: str
    short_day: str
    hour: str
    time: str


NAMES = {SOURCE: "Deutsch", "en": "English", SIMPLE: "Einfache Sprache"}  # each in itself
STYLES = {
    SOURCE: Style("EEEE, d. MMMM y", "EEE dd.MM.y", "H", "H:mm"),
    SIMPLE: Style("EEEE, d. MMMM y", "EEEE, dd.MM.y", "H", "H:mm"),  # nothing is cut short
    "en": Style("EEEE d MMMM y", "EEE d MMM y", "ha", "h:mma"),
}

_LANGUAGES = {locale: spoken for spoken, locale in LOCALES.items()}
_PREFIXED = {prefix: spoken for spoken, prefix in PREFIXES.items()}


def language() -> str:
    """The language of the page or letter that is being written."""
    return _LANGUAGES[str(get_locale() or LOCALES[SOURCE])]


def select_locale() -> str:
    """The language that the address of a page begins with; German if with none."""
    first = request.path.split("/", 2)[1] if has_request_context() else SOURCE
    return LOCALES[_PREFIXED.get(first, SOURCE)]


def speaking(other: str) -> AbstractContextManager[None]:
    """Write in another language for a while, whatever the page says."""
    spoken: AbstractContextManager[None] = flask_babel.force_locale(LOCALES[other])
    return spoken


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
    day = _written(moment, STYLES[language()].short_day).replace(". ", " ", 1)  # „Mi.“
    return gettext("%(day)s, %(start)s Uhr", day=day, start=_clock(moment))


def how_far(moment: datetime) -> str:
    """„heute“, „morgen“, „in 12 Tagen“, „in 3 Wochen“; nothing of what is past."""
    days = (day_of(moment) - today()).days
    if days < 0 or moment <= now():
        return ""
    if days < 2:
        return gettext("morgen") if days else gettext("heute")
    return format_timedelta(
        timedelta(days=days),
        granularity="day",
        threshold=2,  # of the larger unit: 13 days are no two weeks
        add_direction=True,
        locale=LOCALES[language()],
    )


def _day(moment: datetime) -> str:
    return _written(moment, STYLES[language()].day)


def _written(moment: datetime, style: str) -> str:
    return format_date(moment.astimezone(BERLIN), style, locale=LOCALES[language()])


def _clock(moment: datetime) -> str:
    """„19“ on the hour, „19:30“ otherwise, as Germans write it before „Uhr“; “7pm”, “7:30pm”."""
    local, style = moment.astimezone(BERLIN), STYLES[language()]
    written = format_time(
        local, style.time if local.minute else style.hour, locale=LOCALES[language()], tzinfo=BERLIN
    )
    return written.replace("\u202f", "")
