"""What a change would do to people, shown before it is done.

A form that touches somebody is answered with a page that says so, and carries
what was typed; its button sends all of it once more, together with SURE.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue

from chancendialog.extensions import only_read
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext, when
from chancendialog.programme.models import EventSession
from chancendialog.registration.effects import Effects
from chancendialog.web.office.forms import UponWhatWasShown

SURE, BACK = "sure", "back"  # the two buttons


class Difference(NamedTuple):
    """One thing that will be another."""

    what: str
    before: str
    after: str


def goes_back() -> bool:
    """Whether somebody wants to see the form again, as they filled it in."""
    return BACK in request.form


def is_due(effects: Effects, *, asks: bool = False) -> bool:
    """Whether to ask first: it touches somebody, or `asks` for itself, and nobody was asked yet."""
    return (effects.touch_somebody or asks) and SURE not in request.form


def differences(form: UponWhatWasShown) -> list[Difference]:
    """What a form changes; to be asked before it does."""
    return [Difference(*one) for one in form.differences()]


def page(
    deed: str,
    event_session: EventSession,
    effects: Effects,
    differences: list[Difference],
    warning: str = "",
) -> ResponseReturnValue:
    """Take the change back, and show what it would do."""
    only_read()
    return _page(deed, effects, differences, event_session=event_session, warning=warning)


def page_of_several(
    deed: str,
    about: str,
    sessions: Iterable[EventSession],
    effects: Effects,
    differences: list[Difference],
    *,
    back: str,
) -> ResponseReturnValue:
    """The same for what changes several sessions at once; `back` leads away from it."""
    touched = [(one.title, when(one.starts_at, one.ends_at)) for one in sessions]
    only_read()
    return _page(deed, effects, differences, about=about, touched=touched, back=back)


def _page(
    deed: str, effects: Effects, differences: list[Difference], **facts: Any
) -> ResponseReturnValue:
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", BACK)]
    return render_template(
        "office/foresight.html",
        deed=deed,
        effects=effects,
        differences=differences,
        typed=typed,
        **facts,
    )


def who_hears(effects: Effects) -> str:
    """„84 Anmeldungen bekommen eine E-Mail. 2 stehen unter „Anrufe“.“."""
    written = ngettext(
        "%(num)s Anmeldung bekommt eine E-Mail.",
        "%(num)s Anmeldungen bekommen eine E-Mail.",
        effects.written,
    )
    if not effects.written:
        written = _("Niemand bekommt eine E-Mail.")
    if not effects.to_call:
        return written
    to_call = ngettext(
        "%(num)s ohne Adresse steht unter „Anrufe“.",
        "%(num)s ohne Adresse stehen unter „Anrufe“.",
        effects.to_call,
    )
    return f"{written} {to_call}"
