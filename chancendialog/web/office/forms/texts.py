"""What pages and letters say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import EmailField, Field, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from chancendialog import journal
from chancendialog.hints import Hint
from chancendialog.house import Contact, Fact
from chancendialog.i18n import SIMPLE, SOURCE
from chancendialog.web.forms import Address, one_line, plain_text
from chancendialog.web.office.fields import Day
from chancendialog.web.office.forms import OnlyOnce, UponWhatWasShown
from chancendialog.web.office.forms.letters import has_personal_link

DAYS = (Fact.STATEMENT_MADE_ON, Fact.ASSESSED_ON)
MOST = 1000  # characters of a hint
MOST_LEGAL = 10_000


def nobodys_own_link(form: UponWhatWasShown, field: Field) -> None:
    """What everybody reads holds no link that lets one act for a person."""
    if has_personal_link(field.data or ""):
        raise ValidationError(
            _("In „%(label)s“ steht ein persönlicher Link. Er gehört einer einzigen Person",
              label=field.label.text)
        )  # fmt: skip


def at_most(characters: int) -> Length:
    """So many and no more, said kindly."""
    return Length(max=characters, message=_("Schreiben Sie hier höchstens %(max)d Zeichen"))


def _about(name: str) -> Any:
    return journal.WORDS[f"contact:{name}"]


def _line(name: str, *validators: Any, **facts: Any) -> StringField:
    return StringField(
        _about(name),
        [*validators, at_most(200), nobodys_own_link],
        filters=[plain_text, one_line],
        **facts,
    )


def _paragraphs(label: Any, most: int, *validators: Any, description: Any = "") -> TextAreaField:
    return TextAreaField(
        label,
        [*validators, at_most(most), nobodys_own_link],
        filters=[plain_text, str.strip],
        description=description,
        render_kw={"rows": 4},
    )


class ContactForm(UponWhatWasShown):
    """How to reach the office."""

    name = _line("name", DataRequired(_("Geben Sie den Namen des Büros ein")))
    street = _line("street", DataRequired(_("Geben Sie Straße und Hausnummer ein")))
    postcode = _line("postcode", DataRequired(_("Geben Sie die Postleitzahl ein")))
    city = _line("city", DataRequired(_("Geben Sie den Ort ein")))
    phone = _line("phone")
    phone_hours = _line("phone_hours", description=_("Zum Beispiel: Mo bis Fr, 9 bis 12 Uhr"))
    email = EmailField(_about("email"), [Address("", optional=True)])

    def __init__(self, known: Contact | None) -> None:
        super().__init__(known._asdict() if known else {})

    def contact(self) -> dict[str, str]:
        """As the house takes it."""
        typed = {name: self[name].data or "" for name in Contact._fields}
        return typed | {"email": getattr(self, "address", "") if typed["email"].strip() else ""}


class FactForm(UponWhatWasShown):
    """What the law has the operator say of one thing, in German and in English."""

    languages = (SOURCE, "en")

    de = _paragraphs(
        _("Auf Deutsch"),
        MOST_LEGAL,
        description=_("Leer heißt: Die Seite zeigt, dass die Angabe fehlt."),
    )
    en = _paragraphs(_("Auf Englisch"), MOST_LEGAL, description=_("Leer heißt: wie auf Deutsch."))

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__({language: known.get(language, "") for language in self.languages})

    def texts(self) -> dict[str, str]:
        """By language."""
        return {SOURCE: self.de.data or "", "en": self.en.data or ""}


class DayForm(UponWhatWasShown):
    """The same where it is a day, in any language."""

    languages = (SOURCE,)

    day = Day(_("Tag"), description=_("Leer heißt: Die Seite zeigt, dass die Angabe fehlt."))

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__({"day": _as_day(known.get(SOURCE))})

    def texts(self) -> dict[str, str]:
        """As ISO 8601 writes it."""
        return {SOURCE: self.day.data.isoformat() if self.day.data else ""}


class HintForm(OnlyOnce, UponWhatWasShown):
    """A hint on all pages for residents, for a while."""

    de = _paragraphs(
        _("Auf Deutsch"), MOST, DataRequired(_("Schreiben Sie den Hinweis auf Deutsch"))
    )
    en = _paragraphs(_("Auf Englisch"), MOST, description=_("Leer heißt: wie auf Deutsch."))
    simple = _paragraphs(
        _("In Einfacher Sprache"), MOST, description=_("Leer heißt: wie auf Deutsch.")
    )
    first_day = Day(_("Erster Tag"), [DataRequired(_("Geben Sie an, ab welchem Tag er gilt"))])
    last_day = Day(_("Letzter Tag"), description=_("Leer heißt: bis Sie hier einen Tag eintragen."))

    def __init__(self, hint: Hint | None = None) -> None:
        super().__init__(_fields_of(hint) if hint else {})

    def validate_last_day(self, field: Field) -> None:
        """It ends after it began."""
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise ValidationError(_("Der letzte Tag darf nicht vor dem ersten liegen"))

    def texts(self) -> dict[str, str]:
        """By language."""
        return {SOURCE: self.de.data or "", "en": self.en.data or "",
                SIMPLE: self.simple.data or ""}  # fmt: skip


def _fields_of(hint: Hint) -> dict[str, Any]:
    names = {"de": SOURCE, "en": "en", "simple": SIMPLE}
    texts = {name: hint.texts.get(language, "") for name, language in names.items()}
    return texts | {"first_day": hint.first_day, "last_day": hint.last_day}


def _as_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
