"""Numbers, moments and choices, each with a kind sentence for what is wrong."""

import re
from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _
from wtforms import DateField, Field, RadioField, SelectChoice, TelField
from wtforms.validators import AnyOf, Optional, Regexp, StopValidation
from wtforms.widgets import DateTimeLocalInput, TextInput

from chancendialog.clock import BERLIN
from chancendialog.i18n import gettext
from chancendialog.programme.file import berlin
from chancendialog.web.forms import one_line, plain_text

YEARS = range(2000, 2200)  # in which people mean what they type


class WholeNumber(Field):  # type: ignore[misc]  # WTForms has no types
    """A number of people. None if left empty where that is allowed."""

    widget = TextInput()
    data: Any

    def __init__(
        self, label: Any, *, least: int, most: int, optional: bool = False, **facts: Any
    ) -> None:
        super().__init__(label, render_kw={"inputmode": "numeric", "autocomplete": "off"}, **facts)
        self.least, self.most, self.optional = least, most, optional
        self.flags.required = not optional

    def _value(self) -> str:
        if self.raw_data:
            return plain_text(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, values: list[str]) -> None:
        """Take digits only; „1e3“, „-1“ and „3,5“ are slips."""
        typed = (values[0] if values else "").strip()
        self.data = int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else None
        if self.data is None and (typed or not self.optional):
            raise ValueError(self._expected())
        if self.data is not None and not self.least <= self.data <= self.most:
            raise ValueError(self._expected())

    def _expected(self) -> str:
        return gettext(
            "Geben Sie bei „%(label)s“ eine ganze Zahl von %(least)s bis %(most)s ein",
            label=self.label.text, least=self.least, most=format_decimal(self.most),
        )  # fmt: skip


class HannoverTime(Field):  # type: ignore[misc]
    """A moment as clocks in Hannover show it, to the minute. None if left empty."""

    widget = DateTimeLocalInput()
    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return plain_text(self.raw_data[0])
        return f"{self.data.astimezone(BERLIN):%Y-%m-%dT%H:%M}" if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Refuse what no clock shows, or shows twice."""
        self.data = None
        if not (typed := (values[0] if values else "").strip()):
            return
        try:
            wall = datetime.fromisoformat(typed)
        except ValueError as trouble:
            raise ValueError(self._expected()) from trouble
        if wall.year not in YEARS:
            raise ValueError(self._expected())
        try:
            self.data = berlin(wall)
        except ValueError as trouble:
            raise ValueError(f"{self.label.text}: {trouble}") from trouble

    def _expected(self) -> str:
        return gettext(
            "Geben Sie bei „%(label)s“ Tag und Uhrzeit an, zum Beispiel 01.10.2026, 18:00",
            label=self.label.text,
        )


def phone_field(description: Any) -> TelField:
    """A number to call somebody else at, written as they say it."""
    return TelField(
        _("Telefonnummer"),
        [
            Optional(),
            Regexp(
                r"^\+?[0-9][0-9 ()/.-]{3,38}[0-9]$",
                message=_("Schreiben Sie die Nummer mit Vorwahl, zum Beispiel 0511 12345"),
            ),
        ],
        filters=[one_line],
        description=description,
        render_kw={"autocomplete": "off"},
    )


class Day(DateField):  # type: ignore[misc]
    """A day; None if left empty. What is none is not shown again: browsers know only days there."""

    def _value(self) -> str:
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, values: list[str]) -> None:
        """Refuse what no calendar shows."""
        typed = (values[0] if values else "").strip()
        self.data = None
        try:
            self.data = date.fromisoformat(typed) if typed else None
        except ValueError as trouble:
            raise ValueError(self._expected()) from trouble
        if self.data and self.data.year not in YEARS:
            raise ValueError(self._expected())

    def _expected(self) -> str:
        return gettext(
            "Geben Sie bei „%(label)s“ einen Tag an, zum Beispiel 01.10.2026",
            label=self.label.text,
        )


class Said:
    """Something has to be there. What is there and wrong speaks for itself."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, missing: Any) -> None:
        self.missing = missing

    def __call__(self, form: Any, field: Field) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(self.missing)


def either(label: Any, description: Any = "", **words: Any) -> RadioField:
    """Radio buttons; what is none of them is asked for again."""
    choices = [SelectChoice(name.replace("_", "-"), said) for name, said in words.items()]
    possible = AnyOf([one.value for one in choices], _("Wählen Sie eine der Möglichkeiten"))
    return RadioField(
        label, [possible], choices=choices, validate_choice=False, description=description
    )
