"""Fields that residents' and staff's forms share, and how we read what is typed into them."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    Field,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput

from chancendialog.i18n import UNSEEN
from chancendialog.registration.models import Arrangement
from chancendialog.registration.needs import NAMES, TO_TICK, Asked

OWN_ADDRESS_MISSING = _("Geben Sie Ihre E-Mail-Adresse ein")


def one_line(text: str | None) -> str:
    """Composed characters, without blanks around or line breaks within."""
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def plain_text(text: str | None) -> str:
    """Composed characters, one kind of line break, nothing that cannot be seen."""
    lines = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").replace("\r", "\n")
    return UNSEEN.sub("", lines)


class Address:
    """Check a mail address and bring it into the form in which we keep it: ASCII, lower case."""

    def __init__(self, missing: Any, *, optional: bool = False) -> None:
        self.missing, self.optional = missing, optional
        self.field_flags = {} if optional else {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not (field.data or "").strip():
            if self.optional:
                return
            raise ValidationError(self.missing)
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


def name_field(missing: Any, description: Any = "", *, autocomplete: str = "name") -> StringField:
    """The one way in which we ask for a name; blanks alone are none."""
    return StringField(
        _("Name"),
        [
            DataRequired(missing),
            Length(max=120, message=_("Der Name darf höchstens 120 Zeichen lang sein")),
            plain_name,
        ],
        filters=[one_line],
        description=description,
        render_kw={"autocomplete": autocomplete, "spellcheck": "false"},
    )


def address_field(
    description: Any = "",
    *,
    missing: Any = OWN_ADDRESS_MISSING,
    optional: bool = False,
    autocomplete: str = "email",
) -> EmailField:
    """The one way in which we ask for an address: people's own, unless `missing` says otherwise."""
    return EmailField(
        _("E-Mail-Adresse"),
        [Address(missing, optional=optional)],
        description=description,
        render_kw={"autocomplete": autocomplete, "spellcheck": "false", "autocapitalize": "none"},
    )


class AsksForNeeds(FlaskForm):  # type: ignore[misc]
    """What somebody needs to take part well: the arrangements to tick, and other words."""

    arrangements = SelectMultipleField(
        _("Was brauchen Sie, um gut teilzunehmen?"),
        option_widget=CheckboxInput(),
        validate_choice=False,  # what can still be booked is a rule of the session
    )
    needs = TextAreaField(
        _("Etwas anderes"),
        [Length(max=300, message=_("Ihre Angabe darf höchstens 300 Zeichen lang sein"))],
        filters=[plain_text, str.strip],
        render_kw={"rows": "3"},
    )

    def offer_arrangements(self, offered: Sequence[Arrangement]) -> None:
        """Show these to tick."""
        self.arrangements.choices = [SelectChoice(one.value, NAMES[one]) for one in offered]

    def validate_arrangements(self, field: Field) -> None:
        """Nobody reads this who has not meddled with the form."""
        if not {*(field.data or ())} <= {one.value for one in TO_TICK}:
            raise ValidationError(_("Wählen Sie aus der Liste, was Sie brauchen"))

    @property
    def asked(self) -> Asked:
        """What was filled in, in the order of the form."""
        ticked = {*(self.arrangements.data or ())}
        return Asked(tuple(one for one in TO_TICK if one in ticked), self.needs.data)
