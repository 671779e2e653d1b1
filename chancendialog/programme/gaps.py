"""What a session lacks before everybody can read it."""

from typing import NamedTuple

from chancendialog.i18n import LOCALES
from chancendialog.programme.models import EventSession

WORDS = ("title", "description", "speakers", "interpreters", "notes")  # in every language
ALWAYS = {"title", "description"}  # the others only where they are there in another language


class Gap(NamedTuple):
    """A field that is empty, and in which language if that matters."""

    field: str
    language: str = ""


def said(event_session: EventSession, field: str, language: str) -> str:
    """What a field says in exactly this language; empty if nobody has written it."""
    if language == event_session.written_in:
        return str(getattr(event_session, field))
    return event_session.translations.get(language, {}).get(field, "")


def gaps(event_session: EventSession) -> list[Gap]:
    """All of them. Names of people are the same in every language."""
    words = [
        Gap(field, language)
        for language in LOCALES
        for field in WORDS
        if field != "speakers" and not said(event_session, field, language)
        if field in ALWAYS or getattr(event_session, field)
    ]
    facts = {
        "room": event_session.room, "topics": event_session.topics,
        "capacity": event_session.capacity,
    }  # fmt: skip
    return words + [Gap(name) for name, value in facts.items() if not value]
