"""How many seats a session has, and how they are given."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

from chancendialog.programme.models import Confirmation, EventSession
from chancendialog.web.office.fields import HannoverTime, WholeNumber, either
from chancendialog.web.office.forms import UponWhatWasShown, in_words


class SeatsFields(FlaskForm):  # type: ignore[misc]
    """How many seats a session has, and how they are given."""

    begin: datetime | None = None  # of a session whose form does not ask for it

    capacity = WholeNumber(
        _("Plätze"), least=0, most=100_000, description=_("So viele Personen passen in den Raum.")
    )
    party_limit = WholeNumber(_("Höchstens so viele Personen je Anmeldung"), least=1, most=20)
    waiting_list = either(
        _("Warteliste"),
        _("Wer schon wartet, behält seine Stelle, auch wenn Sie die Warteliste schließen."),
        on=_("offen: Wer keinen Platz bekommt, kann warten"),
        off=_("geschlossen"),
    )
    waiting_list_limit = WholeNumber(
        _("Höchstens so viele Personen auf der Warteliste"),
        least=0,
        most=100_000,
        optional=True,
        description=_("Leer heißt: so viele wie möchten."),
    )
    offers = either(
        _("Freie Plätze für Wartende"),
        on=_("erst anbieten: Wer dran ist, sagt bis zu einer Frist zu oder gibt weiter"),
        off=_("direkt vergeben: Wer dran ist, hat den Platz sofort"),
    )
    confirmation = either(
        _("Neue Anmeldungen gelten"),
        direct=_("sofort"),
        by_mail=_(
            "erst nach einem Klick auf den Link in unserer E-Mail; bis dahin halten wir den Platz"
        ),
    )
    registration_opens_at = HannoverTime(
        _("Anmeldung ab"), description=_("Uhrzeit in Hannover. Leer heißt: ab sofort.")
    )
    registration_closes_at = HannoverTime(
        _("Anmeldung bis"), description=_("Uhrzeit in Hannover. Leer heißt: bis zum Beginn.")
    )

    needs_until = HannoverTime(
        _("Dolmetschung lässt sich ankreuzen bis"),
        description=_("Danach rufen Menschen an. Leer heißt: bis zwei Wochen vor dem Beginn."),
    )

    def validate_registration_closes_at(self, field: Field) -> None:
        """Compare only what is there."""
        opens_at, closes_at = self.registration_opens_at.data, field.data
        if opens_at and closes_at and closes_at <= opens_at:
            raise ValidationError(_("Die Anmeldung muss enden, nachdem sie begonnen hat"))

    def validate_needs_until(self, field: Field) -> None:
        """Nobody can be booked for what has begun."""
        begin = self["starts_at"].data if "starts_at" in self else self.begin
        if field.data and begin and field.data >= begin:
            raise ValidationError(_("Diese Frist muss vor dem Beginn enden"))


class SeatsForm(UponWhatWasShown, SeatsFields):
    """The same for a session that there is."""

    def __init__(self, event_session: EventSession) -> None:
        super().__init__(seats_of(event_session))
        self.begin = event_session.starts_at

    def switches(self) -> dict[str, Any]:
        """The changed settings but for the seats, as the domain takes them."""
        return {one.name: meant(one) for one in self.changed if one is not self.capacity}


def said(field: Field) -> str:
    """„Plätze: 40“: what was filled in, in words."""
    return f"{field.label.text}: {in_words(field, field.data)}"


def seats_of(event_session: EventSession) -> dict[str, Any]:
    """The settings of a session as the form's fields hold them."""
    return {
        "capacity": event_session.capacity,
        "party_limit": event_session.party_limit,
        "waiting_list": "on" if event_session.waiting_list else "off",
        "waiting_list_limit": event_session.waiting_list_limit,
        "offers": "on" if event_session.offers else "off",
        "confirmation": event_session.confirmation.value,
        "registration_opens_at": event_session.registration_opens_at,
        "registration_closes_at": event_session.registration_closes_at,
        "needs_until": event_session.needs_until,
    }


def meant(field: Field) -> Any:
    """What a field says, as the session keeps it."""
    if field.name == "confirmation":
        return Confirmation(field.data)
    return field.data == "on" if field.type == "RadioField" else field.data
