"""Hints to everybody, for a while: that nobody answers the phone on a certain day."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import JSON, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock, journal, versions
from chancendialog.extensions import AskedOnce, Model, db, once
from chancendialog.i18n import SOURCE, Text


class Hint(AskedOnce, Model):
    """What every page for residents says from one day to another, both included.

    `texts` has it by language and is replaced as a whole, never changed in place.
    """

    __tablename__ = "hint"

    id: Mapped[int] = mapped_column(primary_key=True)
    ulid: Mapped[str] = mapped_column(unique=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    texts: Mapped[dict[str, str]] = mapped_column(JSON)

    def text(self, language: str) -> Text:
        """As it is said in a language, or else in German."""
        wanted = language if self.texts.get(language) else SOURCE
        return Text(self.texts[wanted], wanted)

    @property
    def is_over(self) -> bool:
        """Whether nobody will read it again."""
        return self.last_day is not None and self.last_day < clock.today()

    @property
    def is_shown(self) -> bool:
        """Whether it stands on the pages today."""
        return self.first_day <= clock.today() and not self.is_over


def current(language: str) -> list[Text]:
    """What today's pages say in a language. One query in each transaction."""
    return [hint.text(language) for hint in once("hints", _of_today)]


def every() -> list[Hint]:
    """All there are, those that are over last."""
    hints = db.session.scalars(select(Hint).order_by(Hint.first_day, Hint.id))
    return sorted(hints, key=lambda hint: hint.is_over)


def by_ulid(ulid: str) -> Hint | None:
    """The hint of this name."""
    return db.session.scalar(select(Hint).where(Hint.ulid == ulid))


def say(
    ulid: str,
    texts: Mapping[str, str],
    first_day: date,
    last_day: date | None,
    *,
    actor: str,
) -> None:
    """Give a hint, or say an old one otherwise. An empty text is none."""
    hint = by_ulid(ulid) or Hint(ulid=ulid, texts={})
    if (hint.first_day, hint.last_day) != (first_day, last_day):
        hint.first_day, hint.last_day = first_day, last_day
        days = {"first_day": str(first_day), "last_day": str(last_day or "–")}
        journal.note("hint_dated", actor=actor, thread=versions.THREAD, **days)
    db.session.add(hint)
    for language, text in texts.items():
        reword(hint, text, language=language, actor=actor)
    db.session.flush()


def reword(hint: Hint, text: str, *, language: str, actor: str) -> None:
    """Say it otherwise in one language."""
    before = hint.texts.get(language, "")
    if text == before:
        return
    texts = {**hint.texts, language: text}
    hint.texts = {language: text for language, text in texts.items() if text}
    versions.keep(f"hint:{hint.ulid}", language, before, text, actor=actor)


def _of_today() -> list[Hint]:
    today = clock.today()
    shown = (Hint.first_day <= today, or_(Hint.last_day.is_(None), Hint.last_day >= today))
    return list(db.session.scalars(select(Hint).where(*shown).order_by(Hint.first_day, Hint.id)))
