"""On which further dates a session takes place."""

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice, SelectField, SelectMultipleField, ValidationError
from wtforms.validators import AnyOf

from chancendialog import clock
from chancendialog.programme.file import berlin
from chancendialog.programme.models import EventSession
from chancendialog.programme.repetition import MONTH, MOST, RHYTHMS
from chancendialog.web.office.fields import HannoverTime, Said, WholeNumber
from chancendialog.web.office.forms import OnlyOnce

IN_WORDS = {
    rhythm: lazy_ngettext("jede Woche", "alle %(num)s Wochen", int(rhythm))
    for rhythm in RHYTHMS
    if rhythm != MONTH
} | {MONTH: _("jeden Monat am gleichen Wochentag, zum Beispiel am dritten Mittwoch")}


class RhythmForm(FlaskForm):  # type: ignore[misc]
    """From when on, how often, how many times. It asks and changes nothing, so it is a GET."""

    starts_at = HannoverTime(
        _("Erster neuer Termin"), [Said(_("Sagen Sie, wann der erste beginnt"))]
    )
    rhythm = SelectField(
        _("Wie oft"),
        [AnyOf(RHYTHMS, message=_("Wählen Sie, wie oft"))],
        choices=[SelectChoice(value, words) for value, words in IN_WORDS.items()],
        validate_choice=False,
    )
    count = WholeNumber(_("Wie viele Termine"), least=1, most=MOST)

    def __init__(self, event_session: EventSession) -> None:
        starts_at = event_session.starts_at if event_session.is_to_come else None
        super().__init__(
            formdata=request.args if "starts_at" in request.args else None,
            data={"starts_at": starts_at, "rhythm": MONTH, "count": 6},
            meta={"csrf": False},
        )

    @property
    def asked(self) -> dict[str, Any]:
        """What the page's own address asks for."""
        return {one.name: request.args.get(one.name) for one in self}


class DatesForm(OnlyOnce):
    """The dates that are ticked, as clocks in Hannover show them."""

    dates = SelectMultipleField(validate_choice=False)

    def offer(self, values: list[str]) -> None:
        """Name the boxes that the page shows; without any, faults stand on top of it alone."""
        self.dates.choices = [SelectChoice(value) for value in values]
        if self.dates.errors and not values:
            self.form_errors.extend(self.dates.errors)
            self.dates.errors = ()

    def validate_dates(self, field: Field) -> None:
        """Some, not too many, and none that is past or that no clock shows."""
        ticked = field.data or []
        if not ticked:
            raise ValidationError(_("Kreuzen Sie mindestens einen Termin an"))
        if len(ticked) > MOST:
            raise ValidationError(
                _("Legen Sie höchstens %(most)s Termine auf einmal an", most=MOST)
            )
        try:
            self.moments = sorted({berlin(datetime.fromisoformat(one)) for one in ticked})
        except ValueError as trouble:
            raise ValidationError(_("Wählen Sie unter diesen Terminen")) from trouble
        if any(moment <= clock.now() for moment in self.moments):
            raise ValidationError(_("Einer dieser Termine liegt in der Vergangenheit"))
