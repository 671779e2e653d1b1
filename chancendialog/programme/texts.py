"""Texts in the reader's language, where somebody has written them in it.

What nobody has translated is shown as it was written. Whoever shows it learns
which language that is, and marks it, so that screen readers say it right.
"""

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog.i18n import Text

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
        words = self.translations.get(language, {}).get(field)
        if words and language != self.written_in:
            return Text(words, language)
        return Text(getattr(self, field), self.written_in)
