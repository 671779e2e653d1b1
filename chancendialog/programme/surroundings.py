"""Changing what sessions are shown with: the series, topics and venues.

Only the programme: that another address is a move for people sits above, in
`registration.changes`. Whatever changes here is in calendars, so all that is
shown with it is fetched again, past sessions included.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _

from chancendialog import journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.i18n import PREFIXES, ngettext
from chancendialog.programme import planning, queries
from chancendialog.programme.models import EventSession, Series, Topic, Venue
from chancendialog.programme.texts import Translations

NEW = "neu"  # what the address of the form for another one ends with


class StillInUse(DomainError):
    """What sessions are shown with is not deleted."""

    def __init__(self, sessions: int) -> None:
        super().__init__(
            ngettext(
                "%(num)s Termin steht noch damit im Programm. Löschen geht erst, wenn es keiner"
                " mehr ist.",
                "%(num)s Termine stehen noch damit im Programm. Löschen geht erst, wenn es keiner"
                " mehr ist.",
                sessions,
            )
        )


class Gone(DomainError):
    """Somebody else was quicker."""

    message = _("Das hat inzwischen jemand gelöscht. Sehen Sie in der Liste nach, was noch da ist.")


def change(
    shown: Series | Topic | Venue, sessions: Collection[EventSession], *, actor: str, **fields: Any
) -> set[str]:
    """Change what is said of it, and let calendars fetch the sessions shown with it again.

    Says which fields are different now.
    """
    different = {name: new for name, new in fields.items() if getattr(shown, name) != new}
    if not different:
        return set()
    names = _names(shown, different)
    for name, value in different.items():
        setattr(shown, name, value)
    planning.touch(*sessions)
    if not isinstance(shown, Venue):  # feeds are called so, also without a session
        _renew_feeds()
    if "is_foundation" in different:
        _number(queries.topics())
    _note("changed", shown, actor, fields=", ".join(names))
    return set(different)


def add(shown: Topic | Venue, *, actor: str) -> None:
    """Let sessions be shown with it from now on. A topic is the last of its kind."""
    db.session.add(shown)
    db.session.flush()
    if isinstance(shown, Topic):
        _number(queries.topics())
    _note("added", shown, actor)


def remove(shown: Topic | Venue, *, actor: str) -> None:
    """Delete it; raises `StillInUse`."""
    if sessions := queries.sessions_with(shown):
        raise StillInUse(len(sessions))
    db.session.delete(shown)
    _note("deleted", shown, actor)


def shift(topic: Topic, *, up: bool, actor: str) -> bool:
    """Let a topic change places with its neighbour; says whether there is one."""
    topics = queries.topics()
    peers = [one for one in topics if one.is_foundation == topic.is_foundation]
    there = peers.index(topic) + (-1 if up else 1)
    if not 0 <= there < len(peers):
        return False
    neighbour = peers[there]
    here, there = topics.index(topic), topics.index(neighbour)
    topics[here], topics[there] = neighbour, topic
    _number(topics)
    planning.touch(*{*queries.sessions_with(topic), *queries.sessions_with(neighbour)})
    _renew_feeds()
    _note("changed", topic, actor, fields="position")
    return True


def slug_of(words: str, *, taken: Collection[str], otherwise: str) -> str:
    """A name for addresses, made of words: „Haus der Jugend“ is `haus-der-jugend`.

    `otherwise` where no letter of it can stand in one.
    """
    german = words.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})
    latin = unicodedata.normalize("NFKD", german.replace("ß", "ss")).encode("ascii", "ignore")
    slug = re.sub(r"[^a-z0-9]+", "-", latin.decode())[:60].strip("-") or otherwise
    tries = [slug, *(f"{slug}-{number}" for number in range(2, len(taken) + 4))]
    return next(one for one in tries if one not in {*taken, NEW})


def _number(topics: list[Topic]) -> None:
    for position, topic in enumerate(topics):
        topic.position = position


def _renew_feeds() -> None:
    if series := queries.series():
        planning.renew(series)


def _names(shown: Series | Topic | Venue, different: dict[str, Any]) -> list[str]:
    """What the fields are called in a programme file: „name“, „en.title“."""
    names = [name for name in different if name != "translations"]
    if "translations" in different:
        before, now = shown.translations, different["translations"]
        names += [
            f"{PREFIXES.get(language, language)}.{name}"
            for language in before.keys() | now.keys()
            for name in _texts(before, language).keys() | _texts(now, language).keys()
            if _texts(before, language).get(name) != _texts(now, language).get(name)
        ]
    return sorted(names)


def _texts(translations: Translations, language: str) -> dict[str, str]:
    return translations.get(language, {})


def _note(deed: str, shown: Series | Topic | Venue, actor: str, **facts: str) -> None:
    kind = shown.__tablename__
    thread = f"{kind}:{shown.slug}"
    journal.note(f"{kind}_{deed}", actor=actor, thread=thread, slug=shown.slug, **facts)
