"""Staff's accounts: what admins do with them, and what everybody does with their own."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_security import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, Length

from chancendialog.staff import accounts, attempts, passwords, visits
from chancendialog.staff.models import User
from chancendialog.staff.signing_in import TOO_MANY, current_visit
from chancendialog.web.forms import address_field, one_line
from chancendialog.web.office.fields import either
from chancendialog.web.office.forms import UponWhatWasShown
from chancendialog.web.office.forms.people import ADDRESS_MISSING

MAY = {
    "door": _("Einlass – sieht am Tag der Veranstaltung, wer kommt"),
    "office": _("Büro – sieht Personen und plant Termine"),
    "admin": _("Administration – verwaltet außerdem Konten und Löschfristen"),
}


def _role() -> RadioField:
    return either(_("Rolle"), **MAY)


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Who is to work here, and as what."""

    email = address_field(missing=ADDRESS_MISSING, autocomplete="off")
    address = ""  # as we keep it, once the form is valid
    role = _role()


class RoleForm(UponWhatWasShown):
    """As what somebody works here from now on."""

    role = _role()

    def __init__(self, user: User) -> None:
        super().__init__({"role": accounts.role_of(user)})


class ConfirmedForm(FlaskForm):  # type: ignore[misc]
    """A form for which one shows who one is, unless one has just done so."""

    own_password = PasswordField(
        _("Ihr Passwort"),
        [DataRequired(_("Geben Sie Ihr Passwort ein"))],
        render_kw={"autocomplete": "current-password"},
    )

    def __init__(self, *given: Any, **facts: Any) -> None:
        super().__init__(*given, **facts)
        if visits.is_fresh(current_visit()) or not current_user.password:
            del self.own_password

    def validate(self, **given: Any) -> bool:
        """Look at the password last, and count how often that was tried."""
        if not super().validate(**given):
            return False
        if self.own_password is None:
            return True
        try:
            attempts.count_password(current_user.email)
        except attempts.TooManyTries:
            self.own_password.errors = [TOO_MANY]
        else:
            if not current_user.verify_and_update_password(self.own_password.data):
                self.own_password.errors = [_("Das ist nicht Ihr Passwort")]
        return not self.own_password.errors


class PasswordForm(ConfirmedForm):
    """A new password; once is enough, since it can be shown and a link can be had."""

    password = PasswordField(
        _("Neues Passwort"),
        [DataRequired(_("Geben Sie ein neues Passwort ein"))],
        description=_(
            "Mindestens 12 Zeichen. Ein Satz, den nur Sie kennen, ist besser als Sonderzeichen."
        ),
        render_kw={"autocomplete": "new-password"},
    )

    def validate_password(self, field: PasswordField) -> None:
        """Long enough, and nothing that anybody would try first."""
        if fault := passwords.fault(field.data, current_user.email):
            field.errors = [*field.errors, fault]


class AppForm(ConfirmedForm):
    """The first code of an app."""

    key = HiddenField()  # signed and encrypted: it is theirs once the code is right
    code = StringField(
        _("Code aus der App"),
        [DataRequired(_("Geben Sie den Code ein, den die App zeigt"))],
        filters=[one_line],
        description=_("Sechs Ziffern; jeder Code gilt eine halbe Minute."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class PasskeyForm(ConfirmedForm):
    """A name for a passkey, and what the browser made."""

    name = StringField(
        _("Name des Passkeys"),
        [
            DataRequired(_("Geben Sie dem Passkey einen Namen")),
            Length(max=60, message=_("Der Name darf höchstens 60 Zeichen lang sein")),
        ],
        filters=[one_line],
        description=_("Damit Sie ihn wiedererkennen, zum Beispiel „Diensthandy“."),
        render_kw={"autocomplete": "off"},
    )
    credential = HiddenField()


class SecondStepForm(FlaskForm):  # type: ignore[misc]
    """A code of the app or for emergencies, or what the browser shows of a passkey."""

    next = HiddenField()
    code = StringField(
        _("Code"),
        filters=[one_line],
        description=_("Aus Ihrer App, oder einer der Codes für den Notfall."),
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false"},
    )
    credential = HiddenField()
