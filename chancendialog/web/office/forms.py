"""What staff fill in."""

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from chancendialog import clock
from chancendialog.attendance.audience import Audience, audiences
from chancendialog.extensions import new_ulid
from chancendialog.house import Period
from chancendialog.i18n import when_short
from chancendialog.programme.models import Confirmation, EventSession, Venue
from chancendialog.programme.retention import LEAST_DAYS, MOST_DAYS
from chancendialog.registration import placeholders
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Dispatch
from chancendialog.web.forms import address_field, name_field, one_line, plain_text
from chancendialog.web.office.fields import HannoverTime, WholeNumber, either

AUDIENCES = {
    Audience.SEATED: _("alle, die einen Platz haben"),
    Audience.WAITING: _("alle auf der Warteliste"),
    Audience.ASKED: _("alle, die noch bestätigen oder ein Platzangebot annehmen müssen"),
    Audience.EVERYBODY: _("diese drei zusammen: mit Platz, wartend oder noch gefragt"),
    Audience.CAME: _("alle, die da waren"),
    Audience.STAYED_AWAY: _("alle, die einen Platz hatten und nicht da waren"),
    Audience.LEFT: _("alle, die sich abgemeldet haben"),
}
# Whoever has one of these links can act for the person it was made for.
PERSONAL_LINK = re.compile(
    r"/(anmeldung|kalender/mein|verwaltung/passwort)/+[\w.~-]{6}", re.IGNORECASE
)
ONE_DAY = timedelta(days=1)
ADDRESS_MISSING = _("Geben Sie die E-Mail-Adresse ein")  # somebody else's


class UponWhatWasShown(FlaskForm):  # type: ignore[misc]
    """A form that is saved as long as nobody has changed meanwhile what it was filled in upon.

    `seen` says what the page showed. Whoever reads that it has changed and sends
    the form again means it; a double click changes nothing.
    """

    seen = HiddenField()

    def meant(self) -> tuple[object, ...]:
        """What is to be, once the form is valid."""
        raise NotImplementedError

    def holds(self, *shown: object) -> bool:
        """Whether the form is filled in well, and upon what is so now."""
        now, seen = fingerprint(*shown), self.seen.data
        self.seen.data = now
        if not self.validate_on_submit():
            return False
        if seen != now and self.meant() != shown:
            self.form_errors.append(CHANGED_MEANWHILE)
        return not self.form_errors


CHANGED_MEANWHILE = _(
    "Das hat inzwischen jemand anders geändert. Lesen Sie nach, was jetzt gilt, und senden Sie das"
    " Formular noch einmal, wenn es dabei bleiben soll"
)


def fingerprint(*shown: object) -> str:
    """A short name for what a page shows."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:20]


class SeatsForm(FlaskForm):  # type: ignore[misc]
    """How many seats a session has, and how they are given.

    `shown` remembers what the page showed: only what somebody has changed there
    is saved, so that two colleagues do not undo each other.
    """

    capacity = WholeNumber(
        _("Plätze"), least=0, most=100_000, description=_("So viele Personen passen in den Raum.")
    )
    party_limit = WholeNumber(_("Höchstens so viele Personen je Anmeldung"), least=1, most=20)
    waiting_list = either(
        _("Warteliste"),
        _("Wer schon wartet, behält seine Stelle, auch wenn Sie die Warteliste schließen."),
        on=_("offen: Wer keinen Platz bekommt, kann warten"),
        off=_("geschlossen"),
    )
    waiting_list_limit = WholeNumber(
        _("Höchstens so viele Personen auf der Warteliste"),
        least=0,
        most=100_000,
        optional=True,
        description=_("Leer heißt: so viele wie möchten."),
    )
    offers = either(
        _("Freie Plätze für Wartende"),
        on=_("erst anbieten: Wer dran ist, sagt bis zu einer Frist zu oder gibt weiter"),
        off=_("direkt vergeben: Wer dran ist, hat den Platz sofort"),
    )
    confirmation = either(
        _("Neue Anmeldungen gelten"),
        direct=_("sofort"),
        by_mail=_(
            "erst nach einem Klick auf den Link in unserer E-Mail; bis dahin halten wir den Platz"
        ),
    )
    registration_opens_at = HannoverTime(
        _("Anmeldung ab"), description=_("Uhrzeit in Hannover. Leer heißt: ab sofort.")
    )
    registration_closes_at = HannoverTime(
        _("Anmeldung bis"), description=_("Uhrzeit in Hannover. Leer heißt: bis zum Beginn.")
    )
    shown = HiddenField()

    def __init__(self, event_session: EventSession) -> None:
        super().__init__(data=_as_filled_in(event_session))
        self.before = _as_filled_in(event_session)
        self.settings = [field for field in self if field.name in self.before]
        if not self.is_submitted():
            self.shown.data = json.dumps({one.name: _typed(one) for one in self.settings})

    def validate_registration_closes_at(self, field: Field) -> None:
        """Compare only what is there."""
        opens_at, closes_at = self.registration_opens_at.data, field.data
        if opens_at and closes_at and closes_at <= opens_at:
            raise ValidationError(_("Die Anmeldung muss enden, nachdem sie begonnen hat"))

    @property
    def changed(self) -> list[Field]:
        """What somebody has changed on the page and is not so already."""
        shown = _read(self.shown.data)
        return [
            one
            for one in self.settings
            if _typed(one) != shown.get(one.name) and one.data != self.before[one.name]
        ]

    def switches(self) -> dict[str, Any]:
        """The changed settings but for the seats, as the domain takes them."""
        return {one.name: _meant(one) for one in self.changed if one is not self.capacity}


class MoveForm(UponWhatWasShown):
    """Another time or place for a session."""

    starts_at = HannoverTime(_("Beginn"), [InputRequired(_("Sagen Sie, wann es beginnt"))])
    ends_at = HannoverTime(_("Ende"), description=_("Leer heißt: etwa zwei Stunden."))
    venue = SelectField(_("Ort"), validate_choice=False)
    room = StringField(
        _("Raum"),
        [Length(max=120, message=_("Der Raum darf höchstens 120 Zeichen lang sein"))],
        filters=[plain_text, one_line],
        description=_("Leer heißt: Er steht noch nicht fest."),
        render_kw={"autocomplete": "off"},
    )

    def __init__(self, event_session: EventSession, venues: list[Venue]) -> None:
        super().__init__(
            data={
                "starts_at": event_session.starts_at,
                "ends_at": event_session.ends_at,
                "venue": event_session.venue.slug,
                "room": event_session.room,
            }
        )
        self.venue.choices = [(one.slug, f"{one.name}, {one.address}") for one in venues]
        self.before = event_session

    def meant(self) -> tuple[object, ...]:
        """Time and place."""
        return self.starts_at.data, self.ends_at.data, self.venue.data, self.room.data

    def validate_starts_at(self, field: Field) -> None:
        """A date in the past is a slip."""
        if field.data and field.data <= clock.now():
            raise ValidationError(_("Der Beginn liegt in der Vergangenheit"))

    def validate_ends_at(self, field: Field) -> None:
        """Compare only what is there."""
        starts_at = self.starts_at.data
        if starts_at and field.data and field.data <= starts_at:
            raise ValidationError(_("Das Ende muss nach dem Beginn liegen"))
        if starts_at and field.data and field.data > starts_at + ONE_DAY:
            raise ValidationError(_("Das Ende liegt mehr als einen Tag nach dem Beginn"))

    def validate_venue(self, field: Field) -> None:
        """Only one of those there are."""
        if field.data not in [value for value, _label in field.choices]:
            raise ValidationError(_("Wählen Sie einen Ort"))

    def validate_room(self, field: Field) -> None:
        """A room does not move along to another place."""
        elsewhere = self.venue.data != self.before.venue.slug
        if field.data and elsewhere and field.data == self.before.room:
            raise ValidationError(_("Nennen Sie den Raum am neuen Ort, oder leeren Sie das Feld"))


class ReaddressForm(FlaskForm):  # type: ignore[misc]
    """Another address for somebody."""

    email = address_field(missing=ADDRESS_MISSING, autocomplete="off")
    address = ""  # as we keep it, once the form is valid


class RenameForm(FlaskForm):  # type: ignore[misc]
    """Another name for somebody."""

    name = name_field(_("Geben Sie den Namen ein"), autocomplete="off")


class FindForm(FlaskForm):  # type: ignore[misc]
    """Whose data somebody asks about."""

    email = address_field(missing=ADDRESS_MISSING, autocomplete="off")
    address = ""  # as we keep it, once the form is valid


class HousePeriodsForm(FlaskForm):  # type: ignore[misc]
    """For how many days what is kept, where a session does not say otherwise."""

    contact_days = WholeNumber(
        _("Namen, Adressen und E-Mails: Tage nach dem Termin"),
        least=LEAST_DAYS,
        most=MOST_DAYS,
    )
    needs_days = WholeNumber(
        _("Angaben dazu, was jemand zur Teilnahme braucht: Tage nach dem Termin"),
        least=0,
        most=MOST_DAYS,
    )
    unconfirmed_days = WholeNumber(
        _("Nicht bestätigte Anmeldungen: Tage nach Ablauf ihrer Frist"), least=0, most=MOST_DAYS
    )

    def __init__(self, now: dict[Period, int]) -> None:
        super().__init__(data={period.value: days for period, days in now.items()})

    def days(self) -> dict[Period, int]:
        """As the domain takes them."""
        return {period: self[period.value].data for period in Period}


class SessionPeriodsForm(FlaskForm):  # type: ignore[misc]
    """For how many days what is kept of one session's people."""

    contact_days = WholeNumber(
        _("Namen, Adressen und E-Mails: Tage nach dem Termin"),
        least=LEAST_DAYS,
        most=MOST_DAYS,
        optional=True,
        description=_("Leer heißt: so lange wie bei allen anderen Terminen."),
    )
    needs_days = WholeNumber(
        _("Angaben dazu, was jemand zur Teilnahme braucht: Tage nach dem Termin"),
        least=0,
        most=MOST_DAYS,
        optional=True,
        description=_("Leer heißt: so lange wie bei allen anderen Terminen."),
    )

    def __init__(self, event_session: EventSession) -> None:
        super().__init__(obj=event_session)

    def days(self) -> dict[str, int | None]:
        """As the domain takes them."""
        return {"contact_days": self.contact_days.data, "needs_days": self.needs_days.data}


class OccasionsForm(FlaskForm):  # type: ignore[misc]
    """What the system writes to the people of a session by itself."""

    reminder_days = WholeNumber(
        _("Fragen, wer kommt: so viele Tage vorher"),
        least=1,
        most=60,
        optional=True,
        description=_("Um 10 Uhr. Leer heißt: nicht fragen."),
    )
    thanks = either(
        _("Am Tag danach danken"),
        on=_("ja: allen, die da waren"),
        off=_("nein"),
    )

    def __init__(self, event_session: EventSession) -> None:
        super().__init__(
            data={
                "reminder_days": event_session.reminder_days,
                "thanks": "on" if event_session.thanks else "off",
            }
        )

    def switches(self) -> dict[str, Any]:
        """As the domain takes them."""
        return {"reminder_days": self.reminder_days.data, "thanks": self.thanks.data == "on"}


class LetterForm(UponWhatWasShown):
    """Staff's own words to people of a session.

    `number` is the form's: sending it twice is one draft.
    """

    audience = RadioField(_("An wen?"), validate_choice=False)
    subject = StringField(
        _("Betreff"),
        [
            DataRequired(_("Geben Sie einen Betreff ein")),
            Length(max=150, message=_("Der Betreff darf höchstens 150 Zeichen lang sein")),
        ],
        filters=[one_line, plain_text],
        description=_("Möglich sind darin: %(names)s", names="{titel}, {wann}"),
    )
    text = TextAreaField(
        _("Text"),
        [
            DataRequired(_("Schreiben Sie einen Text")),
            Length(max=10_000, message=_("Der Text darf höchstens 10.000 Zeichen lang sein")),
        ],
        description=_(
            "Anrede, Termin und Gruß kommen von selbst dazu. Eine leere Zeile trennt Absätze."
        ),
        filters=[plain_text],
        render_kw={"rows": 12},
    )
    number = HiddenField(default=new_ulid)

    def __init__(self, event_session: EventSession, draft: Dispatch | None = None) -> None:
        super().__init__(obj=draft, data=None if draft else {"audience": Audience.SEATED.value})
        self.audience.choices = [(one.value, AUDIENCES[one]) for one in audiences(event_session)]

    def validate_audience(self, field: Field) -> None:
        """Only one of those there are."""
        if field.data not in [value for value, _label in field.choices]:
            raise ValidationError(_("Wählen Sie, wer die E-Mail bekommt"))

    def validate_number(self, field: Field) -> None:
        """A number that is none of ours gets a new one; nobody needs to hear of it."""
        field.data = _number(field.data)

    def validate_subject(self, field: Field) -> None:
        """Only what is the same for everybody."""
        _refuse_unknown(field, known=placeholders.IN_SUBJECTS)
        if has_personal_link(field.data):
            raise ValidationError(
                _("Im Betreff steht ein persönlicher Link. Er gehört einer einzigen Person")
            )

    def validate_text(self, field: Field) -> None:
        """No placeholder that nobody fills in, and nobody's own link."""
        _refuse_unknown(field, known=tuple(placeholders.PLACEHOLDERS))
        if has_personal_link(field.data):
            raise ValidationError(
                _(
                    "Im Text steht ein persönlicher Link. Er gehört einer einzigen Person."
                    " Schreiben Sie stattdessen {link}"
                )
            )

    def meant(self) -> tuple[object, ...]:
        """What two colleagues could change at once."""
        return tuple(self.words().values())

    def words(self) -> dict[str, str]:
        """What a draft keeps."""
        return {
            "audience": self.audience.data,
            "subject": self.subject.data,
            "text": self.text.data,
        }


class EntryForm(FlaskForm):  # type: ignore[misc]
    """Sign somebody up who calls or stands at the counter.

    `number` is the form's: sending it twice is one registration.
    """

    name = name_field(_("Geben Sie den Namen ein"), autocomplete="off")
    email = address_field(
        _("Ohne Adresse bekommt die Person keine E-Mails. Sagen Sie ihr Änderungen am Telefon."),
        optional=True,
        autocomplete="off",
    )
    party_size = WholeNumber(_("Personen"), least=1, most=20, default=1)
    number = HiddenField(default=new_ulid)
    address = ""  # as we keep it, once the form is valid

    def validate_number(self, field: Field) -> None:
        """A number that is none of ours gets a new one; nobody needs to hear of it."""
        field.data = _number(field.data)

    def applicant(self, *, would_wait: bool) -> Applicant:
        """What was filled in, for the domain."""
        return Applicant(
            name=self.name.data,
            email=self.address or None,
            party_size=self.party_size.data,
            would_wait=would_wait,
            receipt=self.number.data,
        )


def said(field: Field) -> str:
    """„Plätze: 40“: what was filled in, in words."""
    value: Any = field.data
    if field.type == "RadioField":
        label = next(one.label for one in field.choices if one.value == value)
        value = re.split("[:;]", str(label))[0]
    elif isinstance(value, datetime):
        value = when_short(value)
    return f"{field.label.text}: {'–' if value is None else value}"


def has_personal_link(text: str) -> bool:
    """Whether somebody's own link was pasted, however its characters are written."""
    plain = text
    for _depth in range(3):
        if PERSONAL_LINK.search(plain):
            return True
        plain = unquote(plain)
    return False


def _number(sent: str | None) -> str:
    return sent if sent and re.fullmatch(r"[0-9A-Z]{26}", sent) else new_ulid()


def _refuse_unknown(field: Field, *, known: tuple[str, ...]) -> None:
    if unknown := placeholders.unknown_in(field.data or "", known=known):
        raise ValidationError(
            _(
                "%(unknown)s kennen wir nicht. Möglich sind: %(known)s",
                unknown=", ".join(unknown),
                known=", ".join(f"{{{name}}}" for name in known),
            )
        )


def _as_filled_in(event_session: EventSession) -> dict[str, Any]:
    """The settings of a session as the form's fields hold them."""
    return {
        "capacity": event_session.capacity,
        "party_limit": event_session.party_limit,
        "waiting_list": "on" if event_session.waiting_list else "off",
        "waiting_list_limit": event_session.waiting_list_limit,
        "offers": "on" if event_session.offers else "off",
        "confirmation": event_session.confirmation.value,
        "registration_opens_at": event_session.registration_opens_at,
        "registration_closes_at": event_session.registration_closes_at,
    }


def _meant(field: Field) -> Any:
    """What a field says, as the session keeps it."""
    if field.name == "confirmation":
        return Confirmation(field.data)
    return field.data == "on" if field.type == "RadioField" else field.data


def _typed(field: Field) -> str:
    """What stands in a field, letter for letter."""
    return str(field.data) if field.type == "RadioField" else field._value()  # noqa: SLF001


def _read(shown: str | None) -> dict[str, str]:
    try:
        values = json.loads(shown or "")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
