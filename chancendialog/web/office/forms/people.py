"""Who somebody is: signing up whoever calls, correcting and finding people."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from chancendialog.registration.booking import Applicant
from chancendialog.web.forms import address_field, name_field
from chancendialog.web.office.fields import WholeNumber, phone_field
from chancendialog.web.office.forms import OnlyOnce

ADDRESS_MISSING = _("Geben Sie die E-Mail-Adresse ein")  # somebody else's


class EntryForm(OnlyOnce):
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

    def applicant(self, *, would_wait: bool) -> Applicant:
        """What was filled in, for the domain."""
        return Applicant(
            name=self.name.data,
            email=self.address or None,
            phone="" if self.address else self.phone.data,
            party_size=self.party_size.data,
            would_wait=would_wait,
            receipt=self.number.data,
        )


class PhoneForm(FlaskForm):  # type: ignore[misc]
    """Another telephone number for somebody."""

    phone = phone_field(_("Leer heißt: Wir kennen keine."))


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
