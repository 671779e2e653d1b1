"""Bringing a programme file into the database.

What is missing is created, what the file does not name is left alone, what
differs is listed. With `update`, differences are applied the way a page would
do it: whoever is affected gets a letter.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from chancendialog import journal
from chancendialog.clock import BERLIN
from chancendialog.extensions import Model, db, new_ulid
from chancendialog.house import Fact, House, HouseText, house, introduce, say
from chancendialog.i18n import SOURCE
from chancendialog.links import new_calendar_uid
from chancendialog.programme import planning, queries
from chancendialog.programme.file import (
    TABLES,
    Entry,
    ProgrammeFile,
    SessionEntry,
    TranslatedEntry,
    VenueEntry,
)
from chancendialog.programme.models import EventSession, Series, SessionStatus, Topic, Venue
from chancendialog.registration import changes, seats

WORDS = {
    "title", "description", "language", "translations",
    "speakers", "interpreters", "notes", "photos",
}  # fmt: skip
SWITCHES = {
    "party_limit", "waiting_list", "waiting_list_limit", "offers", "confirmation",
    "registration_opens_at", "registration_closes_at", "reminder_days", "thanks",
    "needs_until", "contact_days", "needs_days",
}  # fmt: skip
TIME_AND_PLACE = {"starts_at", "ends_at", "venue", "room"}


@dataclass
class Report:
    """What a file brought: sentences for whoever loads it."""

    created: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def load(file: ProgrammeFile, *, update: bool = False) -> Report:
    """Create what is missing; list what differs, or apply it. The caller commits."""
    report = Report()
    if update:  # all of them at once, by id: below they come as venues and topics do
        seats.take_turns(*queries.sessions(drafts=True))
    _load_house(file, report, update)
    _load_legal(file, report, update)
    series = _load_series(file, report, update)
    venues = {one.slug: _load_venue(one, report, update) for one in file.venues}
    venues = {one.slug: one for one in queries.venues()} | venues
    _load_topics(file, report, update)
    topics = {one.slug: one for one in queries.topics()}
    known = {one.slug: one for one in queries.sessions(drafts=True)}
    for entry in file.sessions:
        if entry.slug not in known:
            _add_session(entry, series, venues[entry.venue], topics)
            report.created.append(f"Termin „{entry.title}“ ({entry.slug})")
    entries = {entry.slug: entry for entry in file.sessions}
    for found in known.values():
        if found.slug in entries:
            _compare_session(found, entries[found.slug], venues, topics, report, update)
    db.session.flush()
    return report


def _load_house(file: ProgrammeFile, report: Report, update: bool) -> None:
    if file.house and (found := house()) is None:
        db.session.add(House(**file.house.model_dump()))
        report.created.append(f"Büro „{file.house.name}“")
    elif file.house and found:
        different = _differences("[house]", found, file.house, report)
        if update:
            introduce(actor=journal.SYSTEM, **different)


def _load_legal(file: ProgrammeFile, report: Report, update: bool) -> None:
    known = {(row.name, row.language): row for row in db.session.scalars(select(HouseText))}
    for (word, language), text in file.legal.texts().items():
        name = Fact(word)
        row = known.get((name, language))
        if row is None and text:
            db.session.add(HouseText(name=name, language=language, text=text))
            report.created.append(f"Angabe {_key(name, language)}")
        elif row and row.text != text:
            key = _key(name, language)
            report.differences.append(f"[legal], {key}: {_shown(row.text)} → {_shown(text)}")
            if update:
                say(name, text, language=language, actor=journal.SYSTEM)


def _key(name: str, language: str) -> str:
    return name if language == SOURCE else f"{language}.{name}"


def _load_series(file: ProgrammeFile, report: Report, update: bool) -> Series:
    found = queries.series_by_slug(file.series.slug)
    if found is None:
        found = Series(**_columns(file.series))
        db.session.add(found)
        report.created.append(f"Reihe „{found.title}“")
        return found
    different = _differences("[series]", found, file.series, report)
    if update:
        changes.reword(found, actor=journal.SYSTEM, **different)
    return found


def _load_venue(entry: VenueEntry, report: Report, update: bool) -> Venue:
    found = queries.venue_by_slug(entry.slug)
    if found is None:
        found = Venue(**_columns(entry))
        db.session.add(found)
        report.created.append(f"Ort „{found.name}“")
        return found
    different = _differences(f"Ort {entry.slug}", found, entry, report)
    if update:
        changes.change_venue(found, actor=journal.SYSTEM, **different)
    return found


def _load_topics(file: ProgrammeFile, report: Report, update: bool) -> None:
    for position, entry in enumerate(file.topics):
        found = queries.topic_by_slug(entry.slug)
        if found is None:
            db.session.add(
                Topic(
                    slug=entry.slug,
                    title=entry.title,
                    is_foundation=entry.foundation,
                    position=position,
                    translations=entry.translations({}),
                )
            )
            report.created.append(f"Thema „{entry.title}“")
            continue
        different = _differences(f"Thema {entry.slug}", found, entry, report)
        if update:
            changes.reword(found, actor=journal.SYSTEM, **different)
    db.session.flush()


def _add_session(
    entry: SessionEntry, series: Series, venue: Venue, topics: dict[str, Topic]
) -> None:
    ulid = new_ulid()
    planning.add(
        EventSession(
            **_columns(entry, "venue", "topics"),
            series=series,
            venue=venue,
            topics=[topics[slug] for slug in entry.topics],
            ulid=ulid,
            ical_uid=new_calendar_uid("session", ulid),
        ),
        actor=journal.SYSTEM,
    )


def _compare_session(
    found: EventSession,
    entry: SessionEntry,
    venues: dict[str, Venue],
    topics: dict[str, Topic],
    report: Report,
    update: bool,
) -> None:
    wanted = _named(entry, found) | {"venue": venues[entry.venue]}
    if "topics" in wanted:
        wanted["topics"] = sorted(
            (topics[slug] for slug in entry.topics), key=lambda topic: topic.position
        )
    different = {
        name: value
        for name, value in wanted.items()
        if _shown(getattr(found, name)) != _shown(value)
    }
    for name, value in different.items():
        report.differences.append(
            f"Termin {entry.slug}, {name}: {_shown(getattr(found, name))} → {_shown(value)}"
        )
    if update and different:
        _update_session(found, different, room=wanted.get("room"))


def _update_session(found: EventSession, different: dict[str, Any], room: str | None) -> None:
    words = {name: different[name] for name in different.keys() & (WORDS | {"topics"})}
    if words:
        planning.reword(found, actor=journal.SYSTEM, **words)
    if different.keys() & TIME_AND_PLACE:
        starts_at = different.get("starts_at", found.starts_at)
        ends_at = different.get("ends_at", found.ends_at)
        if ends_at and "ends_at" not in different:  # the file does not say: it lasts as long
            ends_at += starts_at - found.starts_at
        changes.move(
            found,
            starts_at=starts_at,
            ends_at=ends_at,
            venue=different.get("venue", found.venue),
            room=room,
            actor=journal.SYSTEM,
        )
    if switches := {name: different[name] for name in different.keys() & SWITCHES}:
        changes.set_switches(found, actor=journal.SYSTEM, **switches)
    if "capacity" in different:
        changes.resize(found, different["capacity"], actor=journal.SYSTEM)
    if "status" in different:
        _change_status(found, different["status"])


def _change_status(found: EventSession, wanted: SessionStatus) -> None:
    if wanted is SessionStatus.CALLED_OFF:
        changes.call_off(found, actor=journal.SYSTEM)
    elif wanted is SessionStatus.DRAFT:
        changes.hide(found, actor=journal.SYSTEM)
    elif found.is_called_off:
        changes.reinstate(found, actor=journal.SYSTEM)
    else:
        changes.publish(found, actor=journal.SYSTEM)


def _differences(place: str, found: Model, entry: Entry, report: Report) -> dict[str, Any]:
    """The fields that the file names and that differ, each noted in the report."""
    wanted = _named(entry, found)
    if "foundation" in wanted:
        wanted["is_foundation"] = wanted.pop("foundation")
    different = {name: value for name, value in wanted.items() if getattr(found, name) != value}
    for name, value in different.items():
        old = _shown(getattr(found, name))
        report.differences.append(f"{place}, {name}: {old} → {_shown(value)}")
    return different


def _columns(entry: TranslatedEntry, *but: str) -> dict[str, Any]:
    """What a new row takes from the file as it is."""
    plain = entry.model_dump(exclude={*TABLES.values(), *but})
    return plain | {"translations": entry.translations({})}


def _named(entry: Entry, found: Any) -> dict[str, Any]:
    """The fields that the file names, with the texts in other languages as they would become."""
    named = entry.model_dump(include=entry.model_fields_set - {"slug", *TABLES.values()})
    if isinstance(entry, TranslatedEntry):
        named["translations"] = entry.translations(found.translations)
    return named


def _apply(found: Model, different: dict[str, Any], update: bool) -> bool:
    """Set the fields if we may; say whether anything changed."""
    if update:
        for name, value in different.items():
            setattr(found, name, value)
    return update and bool(different)


def _shown(value: object) -> str:
    """A value as the file would write it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(BERLIN):%Y-%m-%dT%H:%M}"
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value) or "–"
    if isinstance(value, dict):
        texts = [
            f"{TABLES[language]}.{name} {_shown(text)}"
            for language, fields in sorted(value.items())
            for name, text in sorted(fields.items())
        ]
        return ", ".join(texts) or "–"
    if isinstance(value, Venue | Topic):
        return value.slug
    if isinstance(value, bool):
        return "true" if value else "false"
    return "–" if value is None else f"„{value}“"
