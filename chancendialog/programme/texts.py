"""Texts in the reader's language, where somebody has written them in it.

What nobody has translated is shown as it was written; what nobody has said in
„Einfache Sprache“, in German if it is there. Whoever shows it learns which
language that is, and marks it, so that screen readers say it right.
"""

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog.i18n import SIMPLE, SOURCE, Text, gettext

Translations = dict[str, dict[str, str]]  # language → field → text


class Translated:
    """A row whose texts may be there in other languages, too.

    `translations` is replaced as a whole, never changed in place.
    """

    translations: Mapped[Translations] = mapped_column(JSON, default=dict)

    @property
    def written_in(self) -> str:
        """The language of the columns themselves."""
        return "de"

    def text(self, field: str, language: str) -> Text:
        """What a field says in a language; as it was written if nobody has translated it."""
        for wanted in (SIMPLE, SOURCE) if language == SIMPLE else (language,):
            if wanted == self.written_in:
                break
            if words := self.translations.get(wanted, {}).get(field):
                return Text(words, wanted)
        return Text(getattr(self, field), self.written_in)


def said_of_access(step_free: bool | None, hearing_loop: bool | None) -> list[str]:
    """Sentences of the page or letter about what somebody has said; nothing is guessed."""
    both = [
        (
            step_free,
            gettext("Der Weg in die Räume hat keine Stufen."),
            gettext("Auf dem Weg in die Räume gibt es Stufen."),
        ),
        (
            hearing_loop,
            gettext("Es gibt eine Höranlage."),
            gettext("Eine Höranlage gibt es nicht."),
        ),
    ]
    return [good if so else bad for so, good, bad in both if so is not None]
