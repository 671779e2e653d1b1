"""What residents fill in. Asks for nothing we do not need."""

import re
import unicodedata
from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from chancendialog import clock, i18n, tokens
from chancendialog.extensions import new_ulid
from chancendialog.programme.models import EventSession
from chancendialog.registration.booking import Applicant

STAMP = "form"  # what the stamp is signed for
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TOO_FAST = 3  # seconds in which no person fills in a form


def one_line(text: str | None) -> str:
    """Composed characters, without blanks around or line breaks within."""
    return " ".join(unicodedata.normalize("NFC", text or "").split())


class Address:
    """Check a mail address and bring it into the form in which we keep it: ASCII, lower case."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not (field.data or "").strip():
            raise ValidationError(_("Geben Sie Ihre E-Mail-Adresse ein"))
        field.data, before = UNSEEN.sub("", field.data), field.data
        try:
            given = validate_email(
                before.strip(),
                allow_smtputf8=False,
                check_deliverability=False,
                test_environment=current_app.config["IS_TRIAL"],  # lets name@….test in
            )
        except EmailNotValidError as trouble:
            raise ValidationError(
                _("Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein")
            ) from trouble
        form.address = (given.ascii_email or "").lower()


def plain_name(form: FlaskForm, field: Field) -> None:
    """Any name is fine; an advertisement is none."""
    if re.search(r"://|@|\bwww\.|\w\.[a-z]{2,}/", field.data, re.IGNORECASE):
        raise ValidationError(_("Schreiben Sie in das Feld „Name“ keine Internet-Adresse"))
    if UNSEEN.search(field.data):
        field.data = UNSEEN.sub("", field.data)
        raise ValidationError(_("Schreiben Sie den Namen ohne Steuerzeichen"))


def address_field(description: str = "") -> EmailField:
    """The one way in which we ask for an address."""
    return EmailField(
        _("E-Mail-Adresse"),
        [Address()],
        description=description,
        render_kw={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"},
    )


class AddressForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Correct the address just typed."""

    email = address_field()
    address = ""  # as we keep it, once the form is valid


class RegistrationForm(FlaskForm):  # type: ignore[misc]
    """Sign up for one session."""

    name = StringField(
        _("Name"),
        [
            InputRequired(_("Geben Sie Ihren Namen ein")),
            Length(max=120, message=_("Der Name darf höchstens 120 Zeichen lang sein")),
            plain_name,
        ],
        filters=[one_line],
        description=_("So sprechen wir Sie an. Ein Vor- oder Spitzname reicht."),
        render_kw={"autocomplete": "name", "spellcheck": "false"},
    )
    email = address_field(
        _("Dorthin schicken wir die Bestätigung, den Kalender-Eintrag und Änderungen.")
    )
    party_size = RadioField(
        _("Wie viele Personen melden Sie an?"),
        [InputRequired()],
        coerce=int,
        default=1,
        description=_("Sie selbst und Ihre Begleitung. Namen brauchen wir nicht."),
    )
    website2 = StringField(_("Dieses Feld bitte leer lassen"))  # only robots fill it in
    stamp = HiddenField()
    address = ""  # as we keep it, once the form is valid

    def __init__(self, event_session: EventSession, **given: Any) -> None:
        super().__init__(**given)
        self.party_size.choices = [
            (number, i18n.ngettext("%(num)s Person", "%(num)s Personen", number))
            for number in range(1, event_session.party_limit + 1)
        ]
        self.receipt, self.stamped_at = _read_stamp(self.stamp.data)
        self.stamp.data = tokens.sign(STAMP, [self.receipt, self.stamped_at])

    def validate_name(self, field: Field) -> None:
        """An empty name after the blanks are gone is no name."""
        if not field.data:
            raise ValidationError(_("Geben Sie Ihren Namen ein"))

    def validate_website2(self, field: Field) -> None:
        """Never dropped silently: a person whose browser filled it in can empty it."""
        if field.data:
            raise ValidationError(_("Lassen Sie dieses Feld leer"))

    @property
    def has_lost_its_cookie(self) -> bool:
        """Whether the form comes from somewhere else, or from a browser that forgot us."""
        return bool(self.csrf_token.errors)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also ask once more if nobody can have typed that fast, or the cookie is lost."""
        valid: bool = super().validate(extra_validators)
        if self.party_size.errors:  # WTForms' own sentences say nothing to people
            self.party_size.errors = [_("Wählen Sie, wie viele Personen kommen")]
        if self.has_lost_its_cookie:
            self.form_errors.append(
                _("Erlauben Sie Cookies für diese Seite und senden Sie das Formular noch einmal.")
            )
        elif valid and clock.now().timestamp() - self.stamped_at < TOO_FAST:
            self.form_errors.append(
                _("Das ging sehr schnell. Senden Sie das Formular noch einmal.")
            )
            return False
        return valid

    def applicant(self, *, would_wait: bool) -> Applicant:
        """What was filled in, for the domain."""
        return Applicant(
            name=self.name.data or "",
            email=self.address,
            party_size=self.party_size.data,
            would_wait=would_wait,
            language=i18n.language(),
            receipt=self.receipt,
        )


def _read_stamp(stamp: str | None) -> tuple[str, float]:
    """The number a form will be known by and when it was first shown; new ones if not ours."""
    try:
        receipt, stamped_at = tokens.read(STAMP, stamp or "")
    except tokens.BadToken:
        return new_ulid(), clock.now().timestamp()
    return receipt, stamped_at
