"""What staff fill in, by what it is about; here is what saves nobody's work over another's."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from flask import flash
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField
from wtforms.fields.choices import SelectFieldBase

from chancendialog import journal
from chancendialog.extensions import new_ulid
from chancendialog.i18n import gettext, when_short
from chancendialog.programme import planning
from chancendialog.web.forms import plain_text

READ_AT_A_GLANCE = 120  # characters; longer texts are remembered by their fingerprint


class Meanwhile(NamedTuple):
    """A field that somebody else has changed since the page was shown."""

    field: Field
    before: Any  # as the page remembered it
    is_mine: bool  # whether I have changed it, too, to something else

    @property
    def difference(self) -> str:
        """„20 → 50“; only what is so now, if what was so before was too long to remember."""
        before, now = _recalled(self.field, self.before), in_words(self.field, _now(self.field))
        return now if before is None else f"{before} → {now}"


class UponWhatWasShown(FlaskForm):  # type: ignore[misc]
    """A form that two people may have open at once.

    `shown` says what the page showed. What I have changed there is saved; what only somebody else
    has changed stays theirs. Where both have, the page comes back, says so beside the field, keeps
    what was typed, and saves it when it is sent again. A double click changes nothing.
    """

    shown = HiddenField()
    belongs_together = False
    """Whether whatever somebody else has changed brings the page back: a letter, or a time and its
    place, that nobody has read as a whole are nobody's."""

    def __init__(self, now: dict[str, Any]) -> None:
        """`now` is what is so at this moment, by the name of the field; take the turn before."""
        super().__init__(data=now)
        self.settings = [self[name] for name in now]
        self.meanwhile = list(self._merge(_read(self.shown.data))) if self.is_submitted() else []
        self.shown.data = json.dumps({one.name: _remembered(_now(one)) for one in self.settings})

    def holds(self, scope: str = "") -> bool:
        """Whether the form is filled in well, and upon what is so now.

        `scope` is the session in whose journal it stands who has changed it meanwhile.
        """
        if not self.is_submitted():
            return False
        is_filled_in_well = self.validate()
        if self.conflicts:
            somebody = _somebody(scope)
            for one in self.conflicts:
                said = gettext("Inzwischen geändert von %(somebody)s", somebody=somebody)
                one.field.errors = [*one.field.errors, f"{said}: {one.difference}"]
            self.form_errors.append(CHANGED_MEANWHILE)
        return is_filled_in_well and not self.conflicts

    @property
    def changed(self) -> list[Field]:
        """What is to be another than it is."""
        return [one for one in self.settings if _kept(one.data) != _kept(_now(one))]

    def differences(self) -> Iterator[tuple[str, str, str]]:
        """What will be another: its label, before and after, as people read them."""
        for one in self.changed:
            yield str(one.label.text), in_words(one, _now(one)), in_words(one, one.data)

    @property
    def conflicts(self) -> list[Meanwhile]:
        """What somebody has to look at before it is saved."""
        together = self.belongs_together and bool(self.changed)
        return [one for one in self.meanwhile if one.is_mine or together]

    def _merge(self, shown: dict[str, Any]) -> Iterator[Meanwhile]:
        """Take over what only others have changed, and tell of all that they have."""
        for one in self.settings:
            mine, now = _remembered(one.data), _remembered(_now(one))
            before = shown.get(one.name, now)
            if before == now or (mine == now and not one.process_errors):
                continue
            is_mine = mine != before or bool(one.process_errors)
            yield Meanwhile(one, before, is_mine)
            if not is_mine:
                one.data, one.raw_data = _now(one), None


def say_what_stays(form: UponWhatWasShown) -> None:
    """Tell, once the form is saved, what somebody else has changed meanwhile."""
    theirs = [one for one in form.meanwhile if not one.is_mine]
    if theirs:
        said = gettext("Inzwischen hat jemand anders geändert, und das bleibt so")
        changes = "; ".join(f"{one.field.label.text}: {one.difference}" for one in theirs)
        flash(f"{said}: {changes}", "info")


CHANGED_MEANWHILE = _(
    "Das hat inzwischen jemand anders geändert. Lesen Sie nach, was jetzt gilt, und senden Sie das"
    " Formular noch einmal, wenn es dabei bleiben soll"
)


def in_words(field: Field, value: Any) -> str:
    """A value of a field as people read it: „Mi 07.10.2026, 12 Uhr“, „geschlossen“."""
    if isinstance(value, datetime):
        return when_short(value)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(field, SelectFieldBase):
        chosen = value if isinstance(value, list) else [value]
        labels = [str(one.label) for one in field.iter_choices() if one.value in chosen]
        return ", ".join(re.split("[:;]", label)[0] for label in labels) or "–"
    words = "–" if value in (None, "") else str(value)
    return words if len(words) <= READ_AT_A_GLANCE else f"{words[:READ_AT_A_GLANCE]} …"


def _now(field: Field) -> Any:
    """What is so at this moment, as the field would give it back if nobody touched it."""
    value = field.object_data
    for one in field.filters:
        value = one(value)
    return value


def _kept(value: Any) -> Any:
    """A value as JSON keeps it: moments to the minute, as pages show them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, list) else value


def _remembered(value: Any) -> Any:
    """The same, but for long texts."""
    kept = _kept(value)
    is_long = isinstance(kept, str) and len(kept) > READ_AT_A_GLANCE
    return {"long": fingerprint(kept)} if is_long else kept


def _recalled(field: Field, before: Any) -> str | None:
    """What the page showed, in words. It comes back from a browser: it may be anything."""
    if isinstance(before, dict):
        return None
    now = _now(field)
    if isinstance(before, str) and isinstance(now, date):
        try:
            moment = datetime.fromisoformat(before).replace(tzinfo=UTC)
        except ValueError:
            return None
        return in_words(field, moment if isinstance(now, datetime) else moment.date())
    words = in_words(field, before)
    return plain_text(words.encode(errors="replace").decode())


def _somebody(scope: str) -> str:
    """„Büro, Mo 07.09.2026, 12 Uhr“, or whatever the journal knows of the last change."""
    last = journal.of_scope(scope, *planning.DEEDS, limit=1) if scope else []
    if not last:
        return gettext("jemand anders")
    who = gettext("System") if last[0].actor == journal.SYSTEM else gettext("Büro")
    return f"{who}, {when_short(last[0].at)}"


def _read(shown: str | None) -> dict[str, Any]:
    try:
        values = json.loads(shown or "")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


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
