"""Which list of a session's people, with which columns."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectChoice, SelectMultipleField
from wtforms.validators import DataRequired

from chancendialog.documents.attendees import FACTS, Fact, Sorting, Whom
from chancendialog.documents.choices import Choice
from chancendialog.documents.lists import Kind, Wish
from chancendialog.web.office.fields import WholeNumber, either


class ListForm(FlaskForm):  # type: ignore[misc]
    """Whom a list names, what it says of them, and in which order.

    Each column has a number, its place; `shown` remembers the order on the page.
    """

    whom = either(
        _("Wer soll auf der Liste stehen?"),
        seated=_("wer einen Platz hat"),
        waiting=_("wer auf der Warteliste steht"),
        withdrawn=_("wer sich abgemeldet hat"),
        everybody=_("alle, die sich je angemeldet haben, mit ihrem Status"),
    )
    sorting = either(
        _("Sortiert"),
        name=_("nach dem Namen, wie im Telefonbuch"),
        sign_up=_("nach dem Zeitpunkt der Anmeldung"),
    )
    facts = SelectMultipleField(
        _("Spalten"),
        [DataRequired(_("Kreuzen Sie mindestens eine Spalte an"))],
        choices=[SelectChoice(fact.value, told.heading) for fact, told in FACTS.items()],
        validate_choice=False,
        filters=[lambda ticked: [one for one in ticked or [] if one in list(Fact)]],
    )
    companions = BooleanField(_("Für Begleitpersonen leere Schilder dazu"))
    shown = HiddenField()

    def __init__(self, last: Choice) -> None:
        super().__init__(
            data={
                "whom": Whom.SEATED.value,
                "sorting": last.sorting.value,
                "facts": list(last.facts),
            }
        )
        offered = [*last.facts, *(fact for fact in Fact if fact not in last.facts)]
        self.in_order = self._shown() if self.is_submitted() else offered
        self.shown.data = " ".join(self.in_order)
        for number, fact in enumerate(self.in_order, 1):
            if not self.is_submitted():
                self.place(fact).data = number

    def place(self, fact: Fact) -> Any:
        """The field with the number of a column."""
        return self[_place(fact)]

    def choice(self) -> Choice:
        """What was chosen; to be remembered."""
        wanted = [fact for fact in self._reordered() if fact in (self.facts.data or ())]
        return Choice(tuple(wanted), Sorting(self.sorting.data))

    def wish(self, kind: Kind) -> Wish:
        """What is to be made of it."""
        return Wish(kind, Whom(self.whom.data), self.choice(), bool(self.companions.data))

    def _reordered(self) -> list[Fact]:
        """A column whose number was changed goes to that place, and the others around it."""
        asked = {fact: self.place(fact).data for fact in self.in_order}
        numbers = {fact: asked[fact] or was for was, fact in enumerate(self.in_order, 1)}
        moved = [fact for was, fact in enumerate(self.in_order, 1) if numbers[fact] != was]
        order = [fact for fact in self.in_order if fact not in moved]
        for fact in sorted(moved, key=lambda fact: numbers[fact]):
            order.insert(numbers[fact] - 1, fact)
        return order

    def _shown(self) -> list[Fact]:
        """The columns as the page showed them; those it does not name come last."""
        named = (self.shown.data or "").split()
        known = [fact for fact in Fact if fact in named]
        others = [fact for fact in Fact if fact not in named]
        return [*sorted(known, key=named.index), *others]


def _place(fact: Fact) -> str:
    return f"place_{fact.name.lower()}"


for _fact, _told in FACTS.items():
    setattr(
        ListForm,
        _place(_fact),
        WholeNumber(_("Stelle von: %(column)s", column=_told.heading), least=1, most=len(FACTS)),
    )
