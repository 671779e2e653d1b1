"""What a session is about, in every language; and the draft of a new one."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Field, SelectChoice, SelectMultipleField, StringField, TextAreaField, widgets
from wtforms import ValidationError as Fault
from wtforms.validators import Length

from chancendialog.i18n import LOCALES
from chancendialog.programme import addresses
from chancendialog.programme.file import TABLES
from chancendialog.programme.gaps import WORDS, said
from chancendialog.programme.models import EventSession, Topic, Venue
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.office.fields import either
from chancendialog.web.office.forms import OnlyOnce, UponWhatWasShown
from chancendialog.web.office.forms.moving import TimeAndPlace, time_and_place
from chancendialog.web.office.forms.seats import SeatsFields, meant, seats_of

IN = {"de": _("auf Deutsch"), "en": _("auf Englisch"), "de-simple": _("in Einfacher Sprache")}
NAMES = {
    "title": _("Titel"),
    "description": _("Beschreibung"),
    "speakers": _("Mitwirkende"),
    "interpreters": _("Dolmetschen"),
    "notes": _("Hinweise für diesen Abend"),
}
MOST_CHARACTERS = {
    "title": 120, "description": 10_000, "speakers": 500, "interpreters": 500, "notes": 1_000,
}  # fmt: skip


def named(name: str, language: str) -> str:
    """How the form calls a text in a language: `title_de`, `notes_einfach`, as the file does."""
    return f"{name}_{TABLES[language]}"


def words_field(name: str, language: str) -> Field:
    """A text of a session in one language; which it is stands in the label, for lists of faults."""
    most, label = MOST_CHARACTERS[name], f"{NAMES[name]} {IN[language]}"
    too_long = _(
        "%(label)s: höchstens %(most)s Zeichen", label=label, most=f"{most:_}".replace("_", ".")
    )
    validators: list[Any] = [Length(max=most, message=too_long)]
    if name == "title":
        validators.append(SaidIfSpoken(language))
    if name in ("description", "notes"):
        rows = {"rows": 12 if name == "description" else 3}
        return TextAreaField(label, validators, filters=[plain_text, str.strip], render_kw=rows)
    return StringField(
        label, validators, filters=[plain_text, one_line], render_kw={"autocomplete": "off"}
    )


class SaidIfSpoken:
    """The title is there at least in the language of the evening."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, form: Any, field: Field) -> None:
        if form.language.data == self.language and not field.data:
            raise Fault(_("Geben Sie einen Titel %(language)s ein", language=IN[self.language]))


def in_every_language(form: type) -> type:
    """Give a form a field for each text in each language."""
    for language in LOCALES:
        for name in WORDS:
            setattr(form, named(name, language), words_field(name, language))
    return form


@in_every_language
class TextsForm(UponWhatWasShown):
    """What is written about a session, and what else calendars do not depend on."""

    language = either(
        _("Sprache des Abends"),
        _("In ihr wird gesprochen; ihr Titel gilt, wo eine Übersetzung fehlt."),
        de=_("Deutsch"),
        en=_("Englisch"),
    )
    topics = SelectMultipleField(
        _("Themen"),
        validate_choice=False,
        option_widget=widgets.CheckboxInput(),
    )
    photos = either(
        _("Fotos"), on=_("Wir machen Fotos, und die Seite sagt es"), off=_("Wir machen keine Fotos")
    )

    def __init__(self, now: dict[str, Any], topics: list[Topic]) -> None:
        super().__init__(now)
        self.topics.choices = [SelectChoice(one.slug, one.title) for one in topics]
        if self.language.data in LOCALES:
            self[named("title", self.language.data)].flags.required = True

    def validate_topics(self, field: Field) -> None:
        """Only those there are."""
        if set(field.data) - {one.value for one in field.choices}:
            raise Fault(_("Wählen Sie unter diesen Themen"))

    def in_language(self, language: str) -> list[Field]:
        """Its fields in one language."""
        return [self[named(name, language)] for name in WORDS]

    def texts(self) -> dict[str, Any]:
        """As the session keeps them: columns in its own language, the others as translations."""
        spoken = self.language.data
        every = {
            language: {name: self[named(name, language)].data for name in WORDS}
            for language in LOCALES
        }
        others = {
            language: {name: text for name, text in words.items() if text}
            for language, words in every.items()
            if language != spoken
        }
        return every[spoken] | {
            "language": spoken,
            "photos": self.photos.data == "on",
            "translations": {language: words for language, words in others.items() if words},
        }


class DraftForm(TextsForm, TimeAndPlace):
    """The same, and when and where: nobody knows of it yet, so that it moves without a letter."""

    slug = StringField(
        _("Adresse im Netz"),
        [
            Length(
                max=addresses.LONGEST, message=_("Die Adresse darf höchstens 80 Zeichen lang sein")
            )
        ],
        filters=[plain_text, str.strip],
        description=_(
            "Das Ende des Links, zum Beispiel 2026-11-12-wohnen. Leer heißt: aus Tag und Titel."
            " Nach dem Veröffentlichen bleibt sie, wie sie ist."
        ),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def __init__(self, now: dict[str, Any], topics: list[Topic], venues: list[Venue]) -> None:
        super().__init__(now, topics)
        self.offer(venues)

    def validate_starts_at(self, field: Field) -> None:
        """A date in the past is a slip, unless it was one before."""
        if field.object_data is None or field in self.changed:
            super().validate_starts_at(field)

    def validate_slug(self, field: Field) -> None:
        """Small letters, digits and hyphens, and nobody else's."""
        if not field.data or field.data == field.object_data:
            return
        if not addresses.PATTERN.fullmatch(field.data):
            raise Fault(
                _("Nehmen Sie für die Adresse nur kleine Buchstaben, Ziffern und Bindestriche")
            )
        if field.data in addresses.RESERVED:
            raise Fault(_("Diese Adresse brauchen wir selbst. Nehmen Sie eine andere"))
        if other := addresses.whose(field.data):
            raise Fault(_("Diese Adresse hat schon „%(title)s“", title=other.title))


class NewSessionForm(DraftForm, SeatsFields, OnlyOnce):
    """A new session, empty or filled in from another one."""

    def __init__(self, now: dict[str, Any], topics: list[Topic], venues: list[Venue]) -> None:
        super().__init__(now, topics, venues)
        for name in SEATS:  # come last on the page, and so do their faults
            self._fields[name] = self._fields.pop(name)

    def values(self) -> dict[str, Any]:
        """What the form says of the columns of a session."""
        moments = {"starts_at": self.starts_at.data, "ends_at": self.ends_at.data}
        seats = {name: meant(self[name]) for name in SEATS}
        return self.texts() | moments | seats | {"room": self.room.data}


SEATS = (
    "capacity", "party_limit", "waiting_list", "waiting_list_limit", "offers", "confirmation",
    "registration_opens_at", "registration_closes_at", "needs_until",
)  # fmt: skip
USUAL = {
    "language": "de", "photos": "off", "topics": [], "party_limit": 4, "waiting_list": "on",
    "offers": "on", "confirmation": "direct",
}  # fmt: skip


def texts_of(event_session: EventSession) -> dict[str, Any]:
    """What is written about a session, as the form's fields hold it."""
    words = {
        named(name, language): said(event_session, name, language)
        for language in LOCALES
        for name in WORDS
    }
    return words | {
        "language": event_session.language,
        "topics": [topic.slug for topic in event_session.topics],
        "photos": "on" if event_session.photos else "off",
    }


def draft_of(event_session: EventSession) -> dict[str, Any]:
    """All that the form of a draft knows."""
    return texts_of(event_session) | time_and_place(event_session) | {"slug": event_session.slug}


def copy_of(event_session: EventSession) -> dict[str, Any]:
    """What a new session takes over: everything but when it is."""
    place = time_and_place(event_session) | {"starts_at": None, "ends_at": None}
    seats = seats_of(event_session)
    dates = dict.fromkeys(("registration_opens_at", "registration_closes_at", "needs_until"))
    return texts_of(event_session) | place | seats | dates
