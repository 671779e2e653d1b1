"""What staff would rather say in letters: sentences laid over those of the code and its catalogs.

Only letters are said so; pages keep their words. What stands in a row is plain text: it is
escaped where a letter is HTML, and its places for facts are written `{title}`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import flask_babel
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog.extensions import AskedOnce, Model, db, once

PLACE = re.compile(r"%\((\w+)\)s")  # as gettext has it
READ_PLACE = re.compile(r"\{(\w+)\}")  # as people read it
OF_ONE, OF_SEVERAL = 0, 1  # the forms of a sentence that counts; others have the first

Words = frozenset[tuple[str, int, str]]
"""Sentence, form, and what is said instead. Equal ones make equal letters, kept by them."""


class Wording(AskedOnce, Model):
    """What is said instead of a sentence, which is named as the source has it."""

    __tablename__ = "wording"

    sentence: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]


_ALL = select(Wording.sentence, Wording.form, Wording.language, Wording.text)


def current(language: str) -> Words:
    """How staff say what in a language. One query in each transaction that writes letters."""
    rows = once("wording", lambda: db.session.execute(_ALL).all())
    return frozenset(
        (sentence, form, text) for sentence, form, spoken, text in rows if spoken == language
    )


@contextmanager
def reworded(words: Words) -> Iterator[None]:
    """Say these sentences otherwise for a while."""
    usual = flask_babel.get_domain()
    _Reworded(usual, words).as_default()
    try:
        yield
    finally:
        usual.as_default()


def places(*forms: str) -> set[str]:
    """The facts that a sentence of the source or of a catalog names."""
    return {name for form in forms for name in PLACE.findall(form)}


def as_read(sentence: str) -> str:
    """„Angemeldet: {title}“, as staff read and write it."""
    return PLACE.sub(r"{\1}", sentence).replace("%%", "%")


class _Plain(str):
    """Somebody's words: where HTML is written they are escaped, unlike those of the source."""

    __slots__ = ()

    def __html__(self) -> Markup:
        return escape(str(self))


class _Reworded(flask_babel.Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """The usual sentences but for some. All our languages count as German does."""

    def __init__(self, usual: flask_babel.Domain, words: Words) -> None:
        super().__init__()
        self.usual = usual
        self.texts = {(sentence, form): text for sentence, form, text in words}

    def get_translations(self) -> Any:
        """Itself, since these two are all that is asked of it."""
        return self

    def ugettext(self, sentence: str) -> str:
        text = self.texts.get((sentence, OF_ONE))
        if text is None:
            return str(self.usual.get_translations().ugettext(sentence))
        return _with_places(text, places(sentence))

    def ungettext(self, one: str, many: str, number: int) -> str:
        text = self.texts.get((one, OF_ONE if number == 1 else OF_SEVERAL))
        if text is None:
            return str(self.usual.get_translations().ungettext(one, many, number))
        return _with_places(text, places(one, many) | {"num"})


def _with_places(text: str, known: set[str]) -> _Plain:
    """As gettext wants it; what is no place stands there as it was typed."""
    return _Plain(
        READ_PLACE.sub(
            lambda found: f"%({found[1]})s" if found[1] in known else found[0],
            text.replace("%", "%%"),
        )
    )
