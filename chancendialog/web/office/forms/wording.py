"""The sentences of a letter, each in a field of its own."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Field, TextAreaField, ValidationError

from chancendialog.i18n import SOURCE
from chancendialog.mailing.wording import OF_ONE, READ_PLACE, as_read
from chancendialog.registration.sentences import Sentence
from chancendialog.registration.specimens import LETTERS
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.office.forms import UponWhatWasShown, fingerprint
from chancendialog.web.office.forms.texts import at_most, nobodys_own_link

MOST = 1000  # characters of a sentence
NAMED = 5  # letters that share a sentence; if they are more, their number will do
# What the law has us tell people, or what they rely on when they give us their data.
PROMISE = re.compile(r"lösch|widersprech|zustimm", re.IGNORECASE)


class WordingForm(UponWhatWasShown):
    """What staff say instead of a letter's sentences; `asked` lists its fields in their order."""

    asked: list["Asked"]


class Asked:
    """One field: a sentence, or one form of a sentence that counts."""

    def __init__(self, sentence: Sentence, form: int, language: str, said: str) -> None:
        self.sentence, self.form, self.said = sentence, form, said
        self.original = sentence.original(form, language)
        self.needed = set(READ_PLACE.findall(self.original))
        self.name = f"s{fingerprint(sentence.one, form)}"
        self.language = language

    def field(self, others: list[str]) -> TextAreaField:
        """The field, with all that staff must know to fill it in."""
        return TextAreaField(
            self._label(),
            [at_most(MOST), self._fits, nobodys_own_link],
            filters=[plain_text, one_line],
            description=" ".join(self._advice(others)),
            render_kw={"rows": 2},
        )

    def meant(self, form: WordingForm) -> str:
        """What is to be said instead; nothing if that is what it says anyway."""
        typed = str(form[self.name].data or "")
        return "" if typed == self.original else typed

    def _label(self) -> Any:
        text = as_read(self.sentence.many if self.form != OF_ONE else self.sentence.one)
        if not self.sentence.many:
            return text
        if self.form == OF_ONE:
            return _("%(sentence)s (bei 1)", sentence=text)
        return _("%(sentence)s (bei mehreren)", sentence=text)

    def _advice(self, others: list[str]) -> Iterable[str]:
        if self.said or self.language != SOURCE:
            yield str(_("Im Original: „%(text)s“.", text=self.original))
        if self.needed:
            yield str(_("Muss stehen bleiben: %(places)s.", places=_in_braces(self.needed)))
        if len(others) > NAMED:
            yield str(_("Steht auch in %(number)s anderen E-Mails.", number=len(others)))
        elif others:
            names = ", ".join(f"„{LETTERS[kind].name}“" for kind in others)
            yield str(_("Steht auch in: %(names)s.", names=names))
        if PROMISE.search(self.sentence.one):
            yield str(
                _("Das ist eine Zusage zum Datenschutz. Ändern Sie nur, wie sie klingt, nicht was"
                  " sie sagt.")
            )  # fmt: skip

    def _fits(self, form: UponWhatWasShown, field: Field) -> None:
        if not field.data:
            return
        used = set(READ_PLACE.findall(field.data))
        if missing := self.needed - used:
            raise ValidationError(
                _("Es fehlt %(places)s. Dort setzen wir etwas ein", places=_in_braces(missing))
            )
        if unknown := used - self.sentence.places():
            raise ValidationError(
                _("%(places)s kennen wir in diesem Satz nicht", places=_in_braces(unknown))
            )


def wording_form(
    sentences: Iterable[Sentence],
    language: str,
    said: Mapping[tuple[str, int], str],
    others: Callable[[str], list[str]],
) -> WordingForm:
    """The form for a letter's sentences; `others` are the letters that share one."""
    asked = [
        Asked(sentence, form, language, said.get((sentence.one, form), ""))
        for sentence in sentences
        for form in sentence.forms
    ]
    fields: dict[str, Any] = {one.name: one.field(others(one.sentence.one)) for one in asked}
    kind = type("OfThisLetter", (WordingForm,), fields)
    form: WordingForm = kind({one.name: one.said or one.original for one in asked})
    form.asked = asked
    return form


def _in_braces(places: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(places))
