"""A letter: what one person is told, complete as text, with HTML beside it.

What is the same for everybody is filled in once and kept, like a form letter;
name, link and code are put in for each. So a session's letters cost next to nothing
after the first, in a rush of sign-ups and when it moves for hundreds.

A picture is one word, `qr:` and what it says; `message` draws it when the letter leaves.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from textwrap import fill
from typing import Any, NamedTuple

from css_inline import CSSInliner
from flask import current_app
from markupsafe import escape

from chancendialog.i18n import speaking
from chancendialog.mailing.wording import Words, current, reworded

FORMS_KEPT = 500  # about 10 kB each
# stand for what is put in later: characters that mean nothing
NAME, LINK, CODE, CODE_URL = PLACES = "\ue000", "\ue001", "\ue002", "\ue003"
WIDTH = 72  # of text
_INLINER = CSSInliner(
    load_remote_stylesheets=False,
    keep_at_rules=True,  # dark colours and narrow screens stay in the head
    remove_inlined_selectors=True,
    minify_css=True,
)
_INSIDE_A_WORD = re.compile(r"(?<=\w)\.(?=\w)")  # mail programs make a link of boese-seite.com
_PERSONAL = re.compile(f"^.*[{''.join(PLACES)}].*", re.MULTILINE)  # lines that are wrapped last


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
    code: str = "",
    code_url: str = "",
    language: str = "de",
    calendar: bytes | None = None,
    calendar_method: str | None = None,
    told: dict[str, str | None] | None = None,
    **facts: Hashable,
) -> Letter:
    """Fill the templates of `kind` in the recipient's language.

    They see `name`, `own_url`, `code`, `code_url` and the facts, which are values
    and not rows: letters with equal facts differ in name, link and code only. A
    subject is one line, whatever stands in the title of a session.
    """
    form = _form(kind, language, _as_typed(current(language)), named=bool(name), **facts)
    name = " ".join(name.split())
    greeted = _INSIDE_A_WORD.sub(". ", name)
    personal = {LINK: own_url, CODE: code, CODE_URL: code_url, NAME: greeted}
    in_html = {place: escape(value) for place, value in personal.items()}
    return Letter(
        kind=kind,
        name=name,
        email=email,
        language=language,
        subject=form.subject,
        text=_PERSONAL.sub(lambda line: _wrapped(_put_in(line[0], personal)), form.text),
        html=_put_in(form.html, in_html),
        calendar=calendar,
        calendar_method=calendar_method,
        told=told,
    )


def _put_in(form: str, personal: Mapping[str, str]) -> str:
    """The name last: what somebody calls themselves is not looked at again."""
    for place, value in personal.items():
        form = form.replace(place, value)
    return form


@lru_cache(FORMS_KEPT)
def _form(kind: str, language: str, words: Words, *, named: bool, **facts: Hashable) -> _Form:
    """The letter without what is personal; neither the page nor the request has a say in it."""
    known = {key: _as_typed(fact) for key, fact in facts.items()}
    known |= {"page_language": language, "name": NAME if named else "", "own_url": LINK}
    known |= {"code": CODE, "code_url": CODE_URL}
    subject, text, html = (
        current_app.jinja_env.get_template(f"mail/{kind}/{part}")
        for part in ("subject.txt", "body.txt", "body.html")
    )
    with speaking(language), reworded(words):
        return _Form(
            subject=" ".join(subject.render(known).split()),
            text="\n".join(
                line if _PERSONAL.match(line) else _wrapped(line)
                for line in text.render(known).strip().split("\n")
            )
            + "\n",
            html=_INLINER.inline(html.render(known)),
        )


def _wrapped(line: str) -> str:
    """As many lines as it takes; addresses of pages stay whole."""
    return fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def _as_typed(fact: Any) -> Any:
    """The same without the characters that stand for what is personal: nobody types a link."""
    if isinstance(fact, tuple):
        parts = [_as_typed(part) for part in fact]
        return type(fact)(*parts) if hasattr(fact, "_fields") else tuple(parts)
    if isinstance(fact, frozenset):
        return frozenset(map(_as_typed, fact))
    if isinstance(fact, str):
        return fact.translate(dict.fromkeys(map(ord, PLACES)))
    return fact
