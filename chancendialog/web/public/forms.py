"""What residents fill in. Asks for nothing we do not need."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from chancendialog import clock, i18n, tokens
from chancendialog.extensions import new_ulid
from chancendialog.programme.models import EventSession
from chancendialog.registration import needs
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from chancendialog.web.forms import (
    AsksForNeeds,
    address_field,
    name_field,
    one_line,
    plain_text,
)

STAMP = "form"  # what the stamp is signed for
TOO_FAST = 3  # seconds in which no person fills in a form


class AddressForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Correct the address just typed."""

    email = address_field()
    address = ""  # as we keep it, once the form is valid


class NameForm(FlaskForm):  # type: ignore[misc]
    """Correct one's name."""

    name = name_field(_("Geben Sie Ihren Namen ein"))


class MailsForm(FlaskForm):  # type: ignore[misc]
    """Choose the language of one's mails, and whether to be reminded."""

    language = SelectField(
        _("Sprache der E-Mails"),
        choices=[SelectChoice(code, name) for code, name in i18n.NAMES.items()],
    )
    wants_reminder = RadioField(
        _("Sollen wir Sie kurz vorher fragen, ob Sie kommen?"),
        choices=[SelectChoice(1, _("Ja, per E-Mail")), SelectChoice(0, _("Nein"))],
        coerce=int,
    )


def robots_field() -> StringField:
    """What people do not see, last in an `OpenForm`, where its fault stands in their list."""
    return StringField(_("Dieses Feld bitte leer lassen"))


class OpenForm(FlaskForm):  # type: ignore[misc]
    """What anybody may send; where it leads to a seat or a letter, with a trap for robots."""

    address = ""  # as we keep it, once the form is valid

    @property
    def asks_for_another_language(self) -> bool:
        """Whether it only goes along to the same page in another language, unfinished."""
        return "language" in request.form

    def validate_website2(self, field: Field) -> None:
        """Never dropped silently: a person whose browser filled it in can empty it."""
        if field.data:
            raise ValidationError(_("Lassen Sie dieses Feld leer"))


class LinksForm(OpenForm):
    """Where the links to one's registrations go once more."""

    email = address_field()


class PaperCodeForm(OpenForm):
    """The code that stands on a printed confirmation."""

    code = StringField(
        _("Code"),
        [DataRequired(_("Geben Sie den Code von Ihrem Blatt ein"))],
        filters=[plain_text, one_line],
        description=_("16 Buchstaben und Ziffern. Groß oder klein, mit oder ohne Striche."),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )


class BarrierForm(OpenForm):
    """Tell what is in the way. `address` is where to answer, empty if nobody is to."""

    what = TextAreaField(
        _("Was hindert Sie?"),
        [
            DataRequired(_("Schreiben Sie, was Sie hindert")),
            Length(max=2000, message=_("Schreiben Sie höchstens 2000 Zeichen")),
        ],
        filters=[plain_text],
        description=_("Zum Beispiel: was Sie tun wollten, und mit welchem Gerät oder Programm."),
    )
    page = StringField(
        _("Auf welcher Seite?"),
        [Length(max=200, message=_("Schreiben Sie höchstens 200 Zeichen"))],
        filters=[one_line],
    )
    email = address_field(_("Nur wenn Sie eine Antwort möchten."), optional=True)
    website2 = robots_field()


class RegistrationForm(AsksForNeeds, OpenForm):
    """Sign up for one session, and for others of the series."""

    name = name_field(
        _("Geben Sie Ihren Namen ein"),
        _("So sprechen wir Sie an. Ein Vor- oder Spitzname reicht."),
    )
    email = address_field(
        _("Dorthin schicken wir die Bestätigung, den Kalender-Eintrag und Änderungen.")
    )
    party_size = RadioField(
        _("Wie viele Personen melden Sie an?"),
        [InputRequired(), NumberRange(min=1)],
        coerce=int,
        default=1,
        validate_choice=False,  # how many may come is a rule of the session
        description=_("Sie selbst und Ihre Begleitung. Namen brauchen wir nicht."),
    )
    also = SelectMultipleField(validate_choice=False)  # addresses of further sessions
    website2 = robots_field()
    stamp = HiddenField()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.receipt, self.stamped_at = _read_stamp(self.stamp.data)
        self.stamp.data = tokens.sign(STAMP, [self.receipt, self.stamped_at])

    def offer(self, event_session: EventSession) -> None:
        """Show what the session allows: so many people, and what can still be prepared for them."""
        self.party_size.choices = _people(event_session.party_limit)
        self.offer_arrangements(needs.on_offer(event_session))

    def validate(self, extra_validators: Any = None) -> bool:
        """Also ask once more if nobody can have typed that fast."""
        valid: bool = super().validate(extra_validators)
        if self.party_size.errors:  # WTForms' own sentences say nothing to people
            self.party_size.errors = [_("Wählen Sie, wie viele Personen kommen")]
        if valid and clock.now().timestamp() - self.stamped_at < TOO_FAST:
            self.form_errors.append(
                _("Das ging sehr schnell. Senden Sie das Formular noch einmal.")
            )
            return False
        return valid

    def applicant(self, *, would_wait: bool, by_mail: bool) -> Applicant:
        """What was filled in, for the domain."""
        return Applicant(
            name=self.name.data or "",
            email=self.address,
            party_size=self.party_size.data,
            would_wait=would_wait,
            language=i18n.language(),
            needs=self.asked,
            receipt=self.receipt,
            by_mail=by_mail,
        )


class NeedsForm(AsksForNeeds, OpenForm):
    """Say anew what one needs to take part well."""

    def __init__(self, registration: Registration) -> None:
        before = needs.asked_by(registration)
        super().__init__(arrangements=before.arrangements, needs=before.words)
        offered = {*needs.on_offer(registration.event_session), *before.arrangements}
        self.offer_arrangements([one for one in needs.TO_TICK if one in offered])


class PartySizeForm(FlaskForm):  # type: ignore[misc]
    """Bring fewer people, or more if there is room."""

    party_size = SelectField(_("Personen"), coerce=int)

    def __init__(self, registration: Registration) -> None:
        super().__init__(party_size=registration.party_size)
        limit, now = registration.event_session.party_limit, registration.party_size
        most = max(limit, now) if registration.status is Status.CONFIRMED else now
        self.party_size.choices = _people(most)

    @property
    def offers_a_choice(self) -> bool:
        """Whether there is anything to change."""
        return len(self.party_size.choices) > 1

    def validate(self, extra_validators: Any = None) -> bool:
        """Say in our own words that this is no choice."""
        valid: bool = super().validate(extra_validators)
        if self.party_size.errors:
            self.party_size.errors = [_("Wählen Sie, wie viele Personen kommen")]
        return valid


def _people(most: int) -> list[tuple[int, str]]:
    return [
        (number, i18n.ngettext("%(num)s Person", "%(num)s Personen", number))
        for number in range(1, most + 1)
    ]


def _read_stamp(stamp: str | None) -> tuple[str, float]:
    """The number a form will be known by and when it was first shown; new ones if not ours."""
    try:
        receipt, stamped_at = tokens.read(STAMP, stamp or "")
    except tokens.BadToken:
        return new_ulid(), clock.now().timestamp()
    return receipt, min(stamped_at, clock.now().timestamp())  # the clock may have been put back
