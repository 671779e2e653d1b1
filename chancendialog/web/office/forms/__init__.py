"""What staff fill in, by what it is about; here is what saves nobody's work over another's."""

import hashlib
import re

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField

from chancendialog.extensions import new_ulid


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


class OnlyOnce(FlaskForm):  # type: ignore[misc]
    """A form with a number: sending it twice makes one row."""

    number = HiddenField(default=new_ulid)

    def validate_number(self, field: Field) -> None:
        """A number that is none of ours gets a new one; nobody needs to hear of it."""
        if not re.fullmatch(r"[0-9A-Z]{26}", field.data or ""):
            field.data = new_ulid()
