"""Texts in the reader's language, where somebody has written them in it.

What nobody has translated is shown as it was written; what nobody has said in
„Einfache Sprache“, in German if it is there. Whoever shows it learns which
language that is, and marks it, so that screen readers say it right.
"""

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog.i18n import SIMPLE, SOURCE, Text

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
