"""Lines that end where people can go on reading.

„18 Uhr“ and „14. Oktober 2026“ stay together on every page and in every letter, whoever wrote
the sentence: no-break spaces are put in when the page is ready.
"""

import re
from typing import Any

import jinja2

TOGETHER = re.compile(
    r"(?<=\d) (?=\w)|(?<=\d\.) (?=[^\W\d])"  # „18 Uhr“, „0511 616“, „14. Oktober“
    r"|(?<=[^\W\d]) (?=(?:19|20)\d\d\b)"  # „Oktober 2026“
    r"|(?:(?<=\b(?:Mo|Di|Mi|Do|Fr|Sa|So))|(?<=bis|.to|Nr\.)|(?<=§)|(?<=traße|bsatz|tikel)) (?=\d)"
    r"|(?<=[ap]m) (?=to )"
    r"| (?=– )"
)
"""The space between a number and what it counts, and that before a dash."""
NOT_READ = re.compile(r"<(script|style|textarea|pre)\b.*?</\1>|<[^>]*>", re.DOTALL)
"""Tags, and what stands in those that hold no text of ours."""


class Template(jinja2.Template):
    """A page, or a letter's HTML; other files are left as they are."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        rendered = super().render(*args, **kwargs)
        return unbroken_page(rendered) if (self.name or "").endswith(".html") else rendered


def unbroken(words: str) -> str:
    """With no-break spaces where a line must not end: „19 bis 21 Uhr“, „14. Oktober 2026“."""
    return TOGETHER.sub("\u00a0", words)


def unbroken_page(html: str) -> str:
    """The same for what people read of a page. What they typed into it stays as it is."""
    parts, end = [], 0
    for tag in NOT_READ.finditer(html):
        parts += [unbroken(html[end : tag.start()]), tag[0]]
        end = tag.end()
    return "".join([*parts, unbroken(html[end:])])
