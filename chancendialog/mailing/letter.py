"""A letter: what one person is told, complete as text, with HTML beside it.

What is the same for everybody is filled in once and kept, like a form letter;
name and link are put in for each. So a session's letters cost next to nothing
after the first, in a rush of sign-ups and when it moves for hundreds.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from textwrap import fill
from typing import NamedTuple

from flask import current_app
from markupsafe import escape

from chancendialog.i18n import force_locale

FORMS_KEPT = 500  # about 10 kB each
NAME, LINK = "\ue000", "\ue001"  # stand for them in a form: characters that mean nothing
WIDTH = 72  # of text; templates/mail/_layout/body.txt wraps what it knows
_GREETING = re.compile(f".*{NAME}.*")


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
    told: dict[str, str | None] | None = None  # what a later letter refers to


class _Form(NamedTuple):
    subject: str
    text: str
    html: str


def write(
    kind: str,
    *,
    name: str,
    email: str,
    own_url: str,
    language: str = "de",
    calendar: bytes | None = None,
    calendar_method: str | None = None,
    told: dict[str, str | None] | None = None,
    **facts: Hashable,
) -> Letter:
    """Fill the templates of `kind` in the recipient's language.

    They see `name`, `own_url` and the facts, which are values and not rows:
    letters with equal facts differ in name and link only. A subject is one
    line, whatever stands in the title of a session.
    """
    form = _form(kind, language, named=bool(name), **facts)
    name, text = " ".join(name.split()), form.text.replace(LINK, own_url)
    return Letter(
        kind=kind,
        name=name,
        email=email,
        language=language,
        subject=form.subject,
        text=_GREETING.sub(lambda line: _greeting(line[0], name), text),
        html=form.html.replace(LINK, escape(own_url)).replace(NAME, escape(name)),
        calendar=calendar,
        calendar_method=calendar_method,
        told=told,
    )


def _greeting(line: str, name: str) -> str:
    """A long name takes more than one line, like everything else in the letter."""
    greeting = line.replace(NAME, name)
    return fill(greeting, WIDTH, break_long_words=False, break_on_hyphens=False)


@lru_cache(FORMS_KEPT)
def _form(kind: str, language: str, *, named: bool, **facts: Hashable) -> _Form:
    """The letter without name and link; neither the page nor the request has a say in it."""
    known = {**facts, "page_language": language, "name": NAME if named else "", "own_url": LINK}
    subject, text, html = (
        current_app.jinja_env.get_template(f"mail/{kind}/{part}")
        for part in ("subject.txt", "body.txt", "body.html")
    )
    with force_locale(language):
        return _Form(
            subject=" ".join(subject.render(known).split()),
            text=text.render(known).strip() + "\n",
            html=html.render(known),
        )
