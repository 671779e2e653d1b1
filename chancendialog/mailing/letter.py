"""A letter: what one person is told, complete as text, with HTML beside it."""

from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from chancendialog.i18n import force_locale


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Written and ready to post. `kind` is its folder in templates/mail."""

    kind: str
    name: str
    email: str
    subject: str
    text: str
    html: str
    language: str = "de"
    calendar: bytes | None = None  # with METHOD, for the recipient's calendar
    calendar_method: str | None = None
    told: dict[str, str | None] = field(default_factory=dict)  # what a later letter refers to


def write(
    kind: str,
    *,
    name: str,
    email: str,
    language: str = "de",
    calendar: bytes | None = None,
    calendar_method: str | None = None,
    told: dict[str, str | None] | None = None,
    **facts: Any,
) -> Letter:
    """Fill the templates of `kind` in the recipient's language.

    A subject is one line, whatever stands in the title of a session.
    """
    facts |= {"name": name, "page_language": language}
    with force_locale(language):
        return Letter(
            kind=kind,
            name=name,
            email=email,
            language=language,
            subject=" ".join(render_template(f"mail/{kind}/subject.txt", **facts).split()),
            text=render_template(f"mail/{kind}/body.txt", **facts).strip() + "\n",
            html=render_template(f"mail/{kind}/body.html", **facts),
            calendar=calendar,
            calendar_method=calendar_method,
            told=told or {},
        )
