"""When and where a session takes place."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import Length

from chancendialog import clock, journal
from chancendialog.programme.models import EventSession, Venue
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.office.fields import HannoverTime, Said
from chancendialog.web.office.forms import UponWhatWasShown

ONE_DAY = timedelta(days=1)


class TimeAndPlace(FlaskForm):  # type: ignore[misc]
    """The fields for when and where, and what they must not say together."""

    starts_at = HannoverTime(_("Beginn"), [Said(_("Sagen Sie, wann es beginnt"))])
    ends_at = HannoverTime(_("Ende"), description=_("Leer heißt: etwa zwei Stunden."))
    venue = SelectField(_("Ort"), validate_choice=False)
    room = StringField(
        _("Raum"),
        [Length(max=120, message=_("Der Raum darf höchstens 120 Zeichen lang sein"))],
        filters=[plain_text, one_line],
        description=_("Leer heißt: Er steht noch nicht fest."),
        render_kw={"autocomplete": "off", "list": "raeume"},
    )

    def offer(self, venues: list[Venue]) -> None:
        """Let people choose among these places."""
        self.venue.choices = [
            SelectChoice(one.slug, f"{one.name}, {one.address}") for one in venues
        ]
        self.rooms = [(room, one.name) for one in venues for room in one.rooms]

    def validate_starts_at(self, field: Field) -> None:
        """A date in the past is a slip."""
        if field.data and field.data <= clock.now():
            raise ValidationError(_("Der Beginn liegt in der Vergangenheit"))

    def validate_ends_at(self, field: Field) -> None:
        """Compare only what is there."""
        starts_at = self.starts_at.data
        if starts_at and field.data and field.data <= starts_at:
            raise ValidationError(_("Das Ende muss nach dem Beginn liegen"))
        if starts_at and field.data and field.data > starts_at + ONE_DAY:
            raise ValidationError(_("Das Ende liegt mehr als einen Tag nach dem Beginn"))

    def validate_venue(self, field: Field) -> None:
        """Only one of those there are."""
        if field.data not in [one.value for one in field.choices]:
            raise ValidationError(_("Wählen Sie einen Ort"))

    def validate_room(self, field: Field) -> None:
        """A room does not move along to another place."""
        elsewhere = self.venue.data != self.venue.object_data
        if field.data and elsewhere and field.data == field.object_data:
            raise ValidationError(_("Nennen Sie den Raum am neuen Ort, oder leeren Sie das Feld"))


class MoveForm(UponWhatWasShown, TimeAndPlace):
    """Another time or place for a session that people know of."""

    belongs_together = True
    standing = HiddenField(_("Stand"))  # whether it takes place: who calls it off is heard of

    def __init__(self, event_session: EventSession, venues: list[Venue]) -> None:
        standing = str(journal.WORDS[event_session.status])
        super().__init__(time_and_place(event_session) | {"standing": standing})
        self.offer(venues)


def time_and_place(event_session: EventSession) -> dict[str, Any]:
    """When and where a session takes place, as the fields hold it."""
    return {
        "starts_at": event_session.starts_at,
        "ends_at": event_session.ends_at,
        "venue": event_session.venue.slug,
        "room": event_session.room,
    }
