"""The series, topics and venues, said in each language."""

import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from chancendialog.i18n import LOCALES, PREFIXES, SIMPLE, SOURCE
from chancendialog.programme.models import Series, Topic, Venue
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.office.fields import either
from chancendialog.web.office.forms import UponWhatWasShown

LINE, PARAGRAPHS, LONG = 120, 2_000, 10_000  # characters
MOST_ROOMS = 50
IN_LANGUAGE: dict[str, Callable[[Any], Any]] = {
    SOURCE: lambda what: what,
    "en": lambda what: _("%(what)s auf Englisch", what=what),
    SIMPLE: lambda what: _("%(what)s in Einfacher Sprache", what=what),
}
SAYS = {None: "unknown", True: "yes", False: "no"}  # what is known, as a form says it
KNOWN = {said: known for known, said in SAYS.items()}

MakesField = Callable[[str], Field]


def line(label: Any, missing: Any = "", **more: Any) -> StringField:
    """A short text; it must be there if `missing` says so."""
    required = [DataRequired(missing)] if missing else []
    return StringField(
        label, [*required, _at_most(LINE, label)], filters=[plain_text, one_line], **more
    )


def line_in_each(label: Any, missing: Any = "") -> MakesField:
    """The same once for each language; only German must be there."""
    return lambda language: line(
        IN_LANGUAGE[language](label), missing if language == SOURCE else ""
    )


def text_in_each(label: Any, description: Any = "", *, most: int = PARAGRAPHS) -> MakesField:
    """A longer one, for each language."""

    def in_language(language: str) -> Field:
        name = IN_LANGUAGE[language](label)
        hint = description if language == SOURCE else ""
        kept = [plain_text, lambda typed: (typed or "").strip()]
        return TextAreaField(name, [_at_most(most, name)], filters=kept, description=hint)

    return in_language


def _at_most(characters: int, label: Any) -> Length:
    sentence = _(
        "„%(label)s“ darf höchstens %(most)s Zeichen lang sein",
        label=label,
        most=f"{characters:,}".replace(",", "."),
    )
    return Length(max=characters, message=sentence)


def key(name: str, language: str) -> str:
    """The field of a text in a language: `title`, `title_en`, `title_einfach`."""
    return name if language == SOURCE else f"{name}_{PREFIXES[language]}"


class InEachLanguage(UponWhatWasShown):
    """What is said of something: `TEXTS` in each language, and all else once.

    A text that is there in German only is shown in German everywhere; the page marks it.
    """

    TEXTS: ClassVar[dict[str, MakesField]] = {}
    ONCE: ClassVar[tuple[str, ...]] = ()
    AT_FIRST: ClassVar[dict[str, Any]] = {}  # in the form for another one

    def __init_subclass__(cls, **facts: Any) -> None:
        super().__init_subclass__(**facts)
        for language in LOCALES:
            for name, makes_field in cls.TEXTS.items():
                setattr(cls, key(name, language), makes_field(language))

    def __init__(self, found: Series | Topic | Venue | None = None) -> None:
        self.kept = self._says(found) if found else {}
        super().__init__(self.kept or self.AT_FIRST)

    def columns(self) -> dict[str, Any]:
        """As the domain takes them."""
        translations = {
            language: {
                name: words for name in self.TEXTS if (words := self.value(key(name, language)))
            }
            for language in LOCALES
            if language != SOURCE
        }
        return {
            **{name: self.value(name) for name in (*self.ONCE, *self.TEXTS)},
            "translations": {one: texts for one, texts in translations.items() if texts},
        }

    def value(self, name: str) -> Any:
        """What a field is to hold: as it is kept, to the letter, unless somebody changed it."""
        stays = name in self.kept and self[name] not in self.changed
        return self.kept[name] if stays else self[name].data

    def by_language(self) -> Iterator[tuple[str, list[tuple[Field, bool]]]]:
        """The texts of each language, and which of them are missing there."""
        for language in LOCALES:
            yield (
                language,
                [
                    (self[key(name, language)], self._is_missing(name, language))
                    for name in self.TEXTS
                ],
            )

    def _is_missing(self, name: str, language: str) -> bool:
        return bool(self[name].data) and not self[key(name, language)].data

    def _says(self, found: Any) -> dict[str, Any]:
        """What the fields hold for something that is there."""
        once = {name: getattr(found, name) for name in self.ONCE}
        texts = {
            key(name, language): found.translations.get(language, {}).get(name, "")
            if language != SOURCE
            else getattr(found, name)
            for language in LOCALES
            for name in self.TEXTS
        }
        return once | texts


class SeriesForm(InEachLanguage):
    """What the series is called, and what it is about."""

    TEXTS: ClassVar[dict[str, MakesField]] = {
        "title": line_in_each(_("Titel"), _("Geben Sie der Reihe einen Titel")),
        "description": text_in_each(_("Beschreibung"), most=LONG),
    }


class TopicForm(InEachLanguage):
    """What a topic is called."""

    TEXTS: ClassVar[dict[str, MakesField]] = {
        "title": line_in_each(_("Titel"), _("Geben Sie dem Thema einen Titel"))
    }
    ONCE: ClassVar[tuple[str, ...]] = ("is_foundation",)
    AT_FIRST: ClassVar[dict[str, Any]] = {"is_foundation": SAYS[False]}

    is_foundation = either(
        _("Wo steht das Thema?"),
        no=_("unter den Themen der Reihe"),
        yes=_("im Fundament, auf dem sie stehen"),
    )

    def columns(self) -> dict[str, Any]:
        """As the domain takes them."""
        return super().columns() | {"is_foundation": KNOWN[self.value("is_foundation")]}

    def _says(self, found: Any) -> dict[str, Any]:
        return super()._says(found) | {"is_foundation": SAYS[found.is_foundation]}


class VenueForm(InEachLanguage):
    """Where it is, which rooms it has, and how to get there and in."""

    TEXTS: ClassVar[dict[str, MakesField]] = {
        "stop": line_in_each(_("Nächste Haltestelle")),
        "directions": text_in_each(_("So kommen Sie hin")),
        "entrance": text_in_each(_("Eingang")),
        "access": text_in_each(
            _("Barrierefreiheit vor Ort"), _("Was oben nicht steht: Aufzug, Toilette, Begleitung.")
        ),
        "notes": text_in_each(
            _("Zurzeit anders"), _("Steht groß auf der Seite, zum Beispiel: Der Aufzug ist kaputt.")
        ),
    }
    ONCE: ClassVar[tuple[str, ...]] = (
        "name", "street", "postcode", "city", "rooms", "step_free", "hearing_loop",
    )  # fmt: skip
    AT_FIRST: ClassVar[dict[str, Any]] = {"step_free": SAYS[None], "hearing_loop": SAYS[None]}

    name = line(_("Name"), _("Geben Sie dem Ort einen Namen"))
    street = line(_("Straße und Hausnummer"), _("Geben Sie Straße und Hausnummer ein"))
    postcode = line(
        _("Postleitzahl"), _("Geben Sie die Postleitzahl ein"), render_kw={"inputmode": "numeric"}
    )
    city = line(_("Stadt oder Gemeinde"), _("Geben Sie Stadt oder Gemeinde ein"))
    rooms = TextAreaField(
        _("Räume"),
        filters=[plain_text],
        description=_("Einer je Zeile. Wer einen Termin verlegt, bekommt sie vorgeschlagen."),
    )
    step_free = either(
        _("Kommt man ohne Stufen in die Räume?"),
        _("Vom Gehweg bis an den Platz. Ein Weg mit Aufzug zählt auch."),
        yes=_("ja"),
        no=_("nein"),
        unknown=_("nicht bekannt"),
    )
    hearing_loop = either(
        _("Gibt es eine Höranlage?"),
        yes=_("ja"),
        no=_("nein"),
        unknown=_("nicht bekannt"),
    )

    def columns(self) -> dict[str, Any]:
        """As the domain takes them."""
        return super().columns() | {
            "rooms": _lines(self.value("rooms")),
            "step_free": KNOWN[self.value("step_free")],
            "hearing_loop": KNOWN[self.value("hearing_loop")],
        }

    def validate_postcode(self, field: Field) -> None:
        """As everywhere in Germany."""
        if not re.fullmatch(r"[0-9]{5}", field.data):
            raise ValidationError(_("Eine Postleitzahl hat fünf Ziffern"))

    def validate_rooms(self, field: Field) -> None:
        """Names that fit on a page, and in the field for a session's room."""
        rooms = _lines(field.data)
        if len(rooms) > MOST_ROOMS:
            raise ValidationError(_("Nennen Sie höchstens 50 Räume"))
        if any(len(room) > LINE for room in rooms):
            raise ValidationError(_("Der Name eines Raums darf höchstens 120 Zeichen lang sein"))
        field.data = "\n".join(rooms)

    def _says(self, found: Any) -> dict[str, Any]:
        return super()._says(found) | {
            "rooms": "\n".join(found.rooms),
            "step_free": SAYS[found.step_free],
            "hearing_loop": SAYS[found.hearing_loop],
        }


def _lines(typed: str | None) -> list[str]:
    """What stands on each line, once."""
    return list(dict.fromkeys(filter(None, map(one_line, (typed or "").split("\n")))))
