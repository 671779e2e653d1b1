"""What a session lacks, in words."""

from flask_babel import lazy_gettext as _

from chancendialog.programme import gaps
from chancendialog.programme.models import EventSession
from chancendialog.web.office.forms.sessions import IN, NAMES

FACTS = {"room": _("Raum"), "topics": _("Themen"), "capacity": _("Plätze")}


def missing(event_session: EventSession) -> list[str]:
    """„Titel auf Englisch“, „Raum“."""
    return [
        f"{NAMES[gap.field]} {IN[gap.language]}" if gap.language else str(FACTS[gap.field])
        for gap in gaps.gaps(event_session)
    ]


def missing_by_language(event_session: EventSession) -> dict[str, list[str]]:
    """„Titel“, „Beschreibung“, by the language that lacks them."""
    found = gaps.gaps(event_session)
    return {
        language: [str(NAMES[gap.field]) for gap in found if gap.language == language]
        for language in IN
    }
