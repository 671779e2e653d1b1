"""What goes to many, by itself or in staff's own words."""

import re
from typing import Any
from urllib.parse import unquote

from flask_babel import lazy_gettext as _
from wtforms import Field, RadioField, SelectChoice, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from chancendialog.attendance.audience import Audience, audiences
from chancendialog.programme.models import EventSession
from chancendialog.registration import placeholders
from chancendialog.registration.models import Dispatch
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.office.fields import WholeNumber, either
from chancendialog.web.office.forms import OnlyOnce, UponWhatWasShown

AUDIENCES = {
    Audience.SEATED: _("alle, die einen Platz haben"),
    Audience.WAITING: _("alle auf der Warteliste"),
    Audience.ASKED: _("alle, die noch bestätigen oder ein Platzangebot annehmen müssen"),
    Audience.EVERYBODY: _("diese drei zusammen: mit Platz, wartend oder noch gefragt"),
    Audience.CAME: _("alle, die da waren"),
    Audience.STAYED_AWAY: _("alle, die einen Platz hatten und nicht da waren"),
    Audience.LEFT: _("alle, die sich abgemeldet haben"),
}
# Whoever has one of these links can act for the person it was made for.
PERSONAL_LINK = re.compile(
    r"/(anmeldung|kalender/mein|verwaltung/passwort)/+[\w.~-]{6}", re.IGNORECASE
)


class OccasionsForm(UponWhatWasShown):
    """What the system writes to the people of a session by itself."""

    reminder_days = WholeNumber(
        _("Fragen, wer kommt: so viele Tage vorher"),
        least=1,
        most=60,
        optional=True,
        description=_("Um 10 Uhr. Leer heißt: nicht fragen."),
    )
    thanks = either(
        _("Am Tag danach danken"),
        on=_("ja: allen, die da waren"),
        off=_("nein"),
    )

    def __init__(self, event_session: EventSession) -> None:
        super().__init__(
            {
                "reminder_days": event_session.reminder_days,
                "thanks": "on" if event_session.thanks else "off",
            }
        )

    def switches(self) -> dict[str, Any]:
        """As the domain takes them."""
        return {"reminder_days": self.reminder_days.data, "thanks": self.thanks.data == "on"}


class LetterForm(UponWhatWasShown, OnlyOnce):
    """Staff's own words to people of a session."""

    belongs_together = True
    audience = RadioField(_("An wen?"), validate_choice=False)
    subject = StringField(
        _("Betreff"),
        [
            DataRequired(_("Geben Sie einen Betreff ein")),
            Length(max=150, message=_("Der Betreff darf höchstens 150 Zeichen lang sein")),
        ],
        filters=[one_line, plain_text],
        description=_("Möglich sind darin: %(names)s", names="{titel}, {wann}"),
    )
    text = TextAreaField(
        _("Text"),
        [
            DataRequired(_("Schreiben Sie einen Text")),
            Length(max=10_000, message=_("Der Text darf höchstens 10.000 Zeichen lang sein")),
        ],
        description=_(
            "Anrede, Termin und Gruß kommen von selbst dazu. Eine leere Zeile trennt Absätze."
        ),
        filters=[plain_text],
        render_kw={"rows": 12},
    )

    def __init__(self, event_session: EventSession, draft: Dispatch | None = None) -> None:
        super().__init__(words_of(draft) if draft else {"audience": Audience.SEATED.value})
        self.audience.choices = [
            SelectChoice(one.value, AUDIENCES[one]) for one in audiences(event_session)
        ]

    def validate_audience(self, field: Field) -> None:
        """Only one of those there are."""
        if field.data not in [one.value for one in field.choices]:
            raise ValidationError(_("Wählen Sie, wer die E-Mail bekommt"))

    def validate_subject(self, field: Field) -> None:
        """Only what is the same for everybody."""
        _refuse_unknown(field, known=placeholders.IN_SUBJECTS)
        if has_personal_link(field.data):
            raise ValidationError(
                _("Im Betreff steht ein persönlicher Link. Er gehört einer einzigen Person")
            )

    def validate_text(self, field: Field) -> None:
        """No placeholder that nobody fills in, and nobody's own link."""
        _refuse_unknown(field, known=tuple(placeholders.PLACEHOLDERS))
        if has_personal_link(field.data):
            raise ValidationError(
                _(
                    "Im Text steht ein persönlicher Link. Er gehört einer einzigen Person."
                    " Schreiben Sie stattdessen {link}"
                )
            )

    def words(self) -> dict[str, str]:
        """What a draft keeps."""
        return {
            "audience": self.audience.data,
            "subject": self.subject.data,
            "text": self.text.data,
        }


def words_of(draft: Dispatch) -> dict[str, str]:
    """What two colleagues could change at once."""
    return {"audience": draft.audience, "subject": draft.subject, "text": draft.text}


def has_personal_link(text: str) -> bool:
    """Whether somebody's own link was pasted, however its characters are written."""
    plain = text
    for _depth in range(3):
        if PERSONAL_LINK.search(plain):
            return True
        plain = unquote(plain)
    return False


def _refuse_unknown(field: Field, *, known: tuple[str, ...]) -> None:
    if unknown := placeholders.unknown_in(field.data or "", known=known):
        raise ValidationError(
            _(
                "%(unknown)s kennen wir nicht. Möglich sind: %(known)s",
                unknown=", ".join(unknown),
                known=", ".join(f"{{{name}}}" for name in known),
            )
        )
