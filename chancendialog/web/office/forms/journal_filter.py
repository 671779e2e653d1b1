"""What one looks for in the journal."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectChoice, SelectField, ValidationError
from wtforms.validators import AnyOf

from chancendialog import journal
from chancendialog.web.office.fields import Day


class JournalForm(FlaskForm):  # type: ignore[misc]
    """Filters, read from the address: it can be kept, and names nobody.

    There is no field for words: they would be somebody's name, in an address.
    """

    termin = SelectField(_("Termin"), validate_choice=False)
    wer = SelectField(_("Wer"), validate_choice=False)
    tat = SelectField(_("Was"), validate_choice=False)
    von = Day(_("von"))
    bis = Day(_("bis"))
    anmeldung = HiddenField()

    def __init__(self, sessions: dict[str, str], actors: dict[str, str]) -> None:
        super().__init__(formdata=request.args, meta={"csrf": False})
        kinds = {code: journal.kind(code) for code in journal.SENTENCES}
        kinds = dict(sorted(kinds.items(), key=lambda one: one[1].casefold()))
        for field, choices in ((self.termin, sessions), (self.wer, actors), (self.tat, kinds)):
            every = [SelectChoice(value, said) for value, said in choices.items()]
            field.choices = [SelectChoice("", _("alle")), *every]
            field.data = field.data or ""

    def validate_termin(self, field: Field) -> None:
        _refuse_others(self, field)

    def validate_wer(self, field: Field) -> None:
        _refuse_others(self, field)

    def validate_tat(self, field: Field) -> None:
        _refuse_others(self, field)

    def validate_bis(self, field: Field) -> None:
        """A day before the first finds nothing."""
        if self.von.data and field.data and field.data < self.von.data:
            raise ValidationError(_("Geben Sie bei „bis“ keinen Tag vor „von“ an"))

    def chosen(self) -> dict[str, Any]:
        """What was filled in, for the address of the next page."""
        filled = {field.name: field.data for field in self if field.data}
        return {
            name: value.isoformat() if name in ("von", "bis") else value
            for name, value in filled.items()
        }


def _refuse_others(form: FlaskForm, field: SelectField) -> None:
    known = [one.value for one in field.choices]
    AnyOf(known, _("Wählen Sie eine der Möglichkeiten"))(form, field)
