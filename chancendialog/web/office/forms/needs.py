"""What the office answers to what somebody needs."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, TextAreaField, ValidationError
from wtforms.validators import Length

from chancendialog.registration.models import Need, NeedState
from chancendialog.web.forms import plain_text
from chancendialog.web.office.fields import either
from chancendialog.web.office.forms import UponWhatWasShown


class AnswerForm(UponWhatWasShown):
    """How far the office is with a need, and what the person reads about it."""

    belongs_together = True

    state = either(
        _("Wie weit sind Sie?"),
        open=_("noch offen"),
        arranged=_("vorbereitet"),
        cannot=_("geht nicht"),
    )
    answer = TextAreaField(
        _("Antwort an die Person"),
        [Length(max=500, message=_("Die Antwort darf höchstens 500 Zeichen lang sein"))],
        filters=[plain_text, str.strip],
        description=_(
            "Die Person liest sie auf ihrer eigenen Seite. In der E-Mail steht nur, dass es eine"
            " Antwort gibt."
        ),
        render_kw={"rows": "3"},
    )
    for_all = BooleanField()  # who needs the same and has no answer yet

    def __init__(self, need: Need) -> None:
        super().__init__({"state": need.state.value, "answer": need.answer or ""})

    def validate_answer(self, field: Field) -> None:
        """A bare no helps nobody."""
        if self.state.data == NeedState.CANNOT and not field.data:
            raise ValidationError(_("Schreiben Sie der Person, was stattdessen geht"))
