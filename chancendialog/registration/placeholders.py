"""What staff's own words to many may leave to be filled in for each.

Only these; they are filled in by the letter's templates, in its language. What
somebody is called or a session's title is never read for placeholders again.
"""

import re

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

PLACEHOLDERS: dict[str, LazyString] = {
    "name": _("der Name, wie bei der Anmeldung geschrieben"),
    "titel": _("der Titel der Veranstaltung"),
    "wann": _("Tag und Uhrzeit"),
    "wo": _("Ort und Adresse"),
    "personen": _("wie viele Personen angemeldet sind"),
    "link": _("der persönliche Link zur Anmeldung"),
}
IN_SUBJECTS = ("titel", "wann")  # name and link would show wherever subjects are listed

_IN_BRACES = re.compile(r"(\{+[^{}\n]*\}+)")


def unknown_in(text: str, *, known: tuple[str, ...] = tuple(PLACEHOLDERS)) -> list[str]:
    """What stands in braces and would reach people just so, each once."""
    written = dict.fromkeys(_IN_BRACES.findall(text))
    return [one for one in written if one not in {f"{{{name}}}" for name in known}]


def pieces(line: str) -> tuple[str, ...]:
    """The words of one line, its placeholders apart from the rest."""
    return tuple(filter(None, _IN_BRACES.split(" ".join(line.split()))))


def paragraphs(text: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The same for a whole text: a blank line begins a paragraph, a break stays one."""
    blocks = re.split(r"\n\s*\n", "\n".join(text.strip().splitlines()))
    return tuple(tuple(map(pieces, block.splitlines())) for block in blocks if block)
