"""Who somebody is: signing up whoever calls, correcting and finding people."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectChoice, ValidationError
from wtforms.validators import AnyOf

from chancendialog.i18n import NAMES
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration
from chancendialog.registration.needs import TO_TICK
from chancendialog.web.forms import AsksForNeeds, address_field, name_field
from chancendialog.web.office.fields import WholeNumber, either, phone_field
from chancendialog.web.office.forms import OnlyOnce, UponWhatWasShown

ADDRESS_MISSING = _("Geben Sie die E-Mail-Adresse ein")  # somebody else's


class EntryForm(AsksForNeeds, OnlyOnce):
    """Sign somebody up who calls or stands at the counter."""

    name = name_field(_("Geben Sie den Namen ein"), autocomplete="off")
    email = address_field(
        _("Ohne Adresse bekommt die Person keine E-Mails. Sagen Sie ihr Änderungen am Telefon."),
        optional=True,
        autocomplete="off",
    )
    phone = phone_field(_("Nur ohne E-Mail-Adresse: Dort rufen wir an, wenn sich etwas ändert."))
    party_size = WholeNumber(_("Personen"), least=1, most=20, default=1)
    address = ""  # as we keep it, once the form is valid

    def __init__(self) -> None:
        super().__init__()
        self.offer_arrangements(TO_TICK)  # at any time: staff know what can still be booked

    def validate_phone(self, field: Field) -> None:
        """No more is kept than is needed: whoever can be written to is not called."""
        if field.data and self.email.data:
            raise ValidationError(
                _("Mit E-Mail-Adresse brauchen wir keine Nummer. Leeren Sie eines der Felder")
            )

    def applicant(self, *, would_wait: bool) -> Applicant:
        """What was filled in, for the domain."""
        return Applicant(
            name=self.name.data,
            email=self.address or None,
            phone=self.phone.data,
            party_size=self.party_size.data,
            would_wait=would_wait,
            needs=self.asked,
            receipt=self.number.data,
        )


class PhoneForm(FlaskForm):  # type: ignore[misc]
    """Another telephone number for somebody."""

    phone = phone_field(_("Leer heißt: Wir kennen keine."))


class ReaddressForm(FlaskForm):  # type: ignore[misc]
    """Another address for somebody."""

    email = address_field(missing=ADDRESS_MISSING, autocomplete="off")
    address = ""  # as we keep it, once the form is valid


class ResizeForm(UponWhatWasShown):
    """More or fewer people in a party."""

    party_size = WholeNumber(_("Personen"), least=1, most=20)

    def __init__(self, registration: Registration) -> None:
        super().__init__({"party_size": registration.party_size})


class MailsForm(UponWhatWasShown):
    """In which language somebody gets letters, and whether we ask before the session."""

    language = RadioField(
        _("Sprache der E-Mails"),
        choices=[SelectChoice(code, name) for code, name in NAMES.items()],
        validate_choice=False,
        validators=[AnyOf(list(NAMES), _("Wählen Sie eine der Sprachen"))],
    )
    wants_reminder = either(
        _("Vor dem Termin fragen: „Kommen Sie?“"), on=_("ja, per E-Mail"), off=_("nein")
    )

    def __init__(self, registration: Registration) -> None:
        super().__init__(
            {
                "language": registration.language,
                "wants_reminder": "on" if registration.wants_reminder else "off",
            }
        )


class RenameForm(FlaskForm):  # type: ignore[misc]
    """Another name for somebody."""

    name = name_field(_("Geben Sie den Namen ein"), autocomplete="off")


class FindForm(FlaskForm):  # type: ignore[misc]
    """Whose data somebody asks about."""

    email = address_field(missing=ADDRESS_MISSING, autocomplete="off")
    address = ""  # as we keep it, once the form is valid
