"""The office behind the series: what holds for all sessions.

Contact and what the law asks for are written by the programme file and by staff. Pages live
without: what is not known is left out or marked as a gap, never made up. All of
it is asked for once per transaction, since a sign-up needs the same several times.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock, journal, versions
from chancendialog.extensions import AskedOnce, Model, db, once, one_of
from chancendialog.i18n import SOURCE, Text
from chancendialog.journal import JournalEntry

LAST_KNOWN = "house:contact"  # where a process keeps whom to call when the database does not answer
PERIODS = "house:periods"  # how long things are kept, in the journal
THREAD = "house"  # its name in the journal
PULLED, RELEASED = "brake_pulled", "brake_released"  # what the journal calls what nobody did


class House(AskedOnce, Model):
    """Who invites, and how to reach them."""

    __tablename__ = "house"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    phone_hours: Mapped[str] = mapped_column(default="")


class Switch(StrEnum):
    """What staff turn on for all sessions at once."""

    CONFIRM_BY_MAIL = "confirm-by-mail"  # every sign-up needs the click on a mailed link


class HouseSwitch(AskedOnce, Model):
    """A switch that is on; those that are off have no row."""

    __tablename__ = "house_switch"

    name: Mapped[Switch] = mapped_column(one_of(Switch), primary_key=True)
    since: Mapped[datetime] = mapped_column(default=clock.now)


class Period(StrEnum):
    """How many days something is kept; the programme says from when."""

    CONTACT = "contact_days"  # names, addresses and letters, after the session
    NEEDS = "needs_days"  # what people need to take part well, after the session
    UNCONFIRMED = "unconfirmed_days"  # a sign-up that nobody confirmed, after its deadline


BACKUP_DAYS = 30  # that operators may keep a copy of the database, as pages promise
USUAL_DAYS = {Period.CONTACT: 30, Period.NEEDS: 7, Period.UNCONFIRMED: 2}


class HousePeriod(AskedOnce, Model):
    """A period that staff have set; those without a row are as usual."""

    __tablename__ = "house_period"

    name: Mapped[Period] = mapped_column(one_of(Period), primary_key=True)
    days: Mapped[int]


class Fact(StrEnum):
    """What imprint, privacy notice and accessibility statement say of the operator.

    Days are kept as ISO 8601 writes them.
    """

    CONTROLLER = "controller"  # name and postal address
    CONTROLLER_PHONE = "controller_phone"
    CONTROLLER_EMAIL = "controller_email"
    REPRESENTED_BY = "represented_by"  # the legal representative
    SUPERVISION = "supervision"  # the Kommunalaufsicht
    VAT_ID = "vat_id"
    SOURCE_CODE = "source_code"  # where the source of this software can be had
    IMAGE_CREDITS = "image_credits"  # who made the pictures
    PRIVACY_OFFICER = "privacy_officer"
    PRIVACY_AUTHORITY = "privacy_authority"  # that takes complaints
    PROCESSORS = "processors"
    SERVER_LOG = "server_log"  # what the web server notes down, and for how long
    ACCESSIBILITY_GAPS = "accessibility_gaps"  # what, why, and what to do instead
    STATEMENT_MADE_ON = "statement_made_on"
    ASSESSED_ON = "assessed_on"
    ARBITRATION = "arbitration"  # who to turn to if our answer does not help


class HouseText(AskedOnce, Model):
    """What is said of a fact, in one language; those without a row are gaps."""

    __tablename__ = "house_text"

    name: Mapped[Fact] = mapped_column(one_of(Fact), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True, default=SOURCE)
    text: Mapped[str]


class Contact(NamedTuple):
    """What pages and letters tell of the office."""

    name: str
    street: str
    postcode: str
    city: str
    phone: str
    email: str
    phone_hours: str = ""


class SignLanguageFilm(NamedTuple):
    """A film about the series in German Sign Language, and its captions (WebVTT)."""

    path: Path
    captions: Path | None


_LAST_TURNED = (
    select(JournalEntry)
    .where(JournalEntry.thread == THREAD)
    .order_by(JournalEntry.id.desc())
    .limit(1)
)
_SINCE = select(HouseSwitch.since).where(HouseSwitch.name == bindparam("name"))
_CONTACT = select(*(getattr(House, name) for name in Contact._fields)).limit(1)
_TEXTS = select(HouseText.name, HouseText.language, HouseText.text)
_DAYS = select(HousePeriod.days).where(HousePeriod.name == bindparam("name"))


def house() -> House | None:
    """The office's row, or None as long as no programme file named it."""
    return db.session.scalar(select(House).limit(1))


def contact() -> Contact | None:
    """Who invites, and how to reach them; None as long as no programme file said so."""
    row = once("contact", lambda: db.session.execute(_CONTACT).first())
    known = Contact(*row) if row else None
    current_app.extensions[LAST_KNOWN] = known
    return known


def last_known_contact() -> Contact | None:
    """What `contact` said last in this process, for pages that must not ask the database."""
    known: Contact | None = current_app.extensions.get(LAST_KNOWN)
    return known


def sign_language_film() -> SignLanguageFilm | None:
    """The film that `SIGN_LANGUAGE_FILM` names; None without one, or if it has gone."""
    path: Path | None = current_app.config["SIGN_LANGUAGE_FILM"]
    if path is None or not path.is_file():
        return None
    captions = path.with_suffix(".vtt")
    return SignLanguageFilm(path, captions if captions.is_file() else None)


def facts(language: str = SOURCE) -> dict[Fact, Text]:
    """What is known of the operator, in a language as far as it is there. One query."""
    rows = once("facts", lambda: db.session.execute(_TEXTS).all())
    return {
        name: Text(text, written_in)
        for wanted in (SOURCE, language)
        for name, written_in, text in rows
        if written_in == wanted
    }


def gaps() -> list[Fact]:
    """What nobody has said of the operator yet, in the order of the pages."""
    known = facts()
    return [one for one in Fact if one not in known]


def say(fact: Fact, text: str, *, language: str = SOURCE, actor: str) -> None:
    """Say something else of a fact; an empty text is none."""
    row = db.session.get(HouseText, (fact, language))
    before = row.text if row else ""
    if text == before:
        return
    if row and text:
        row.text = text
    elif row:
        db.session.delete(row)
    else:
        db.session.add(HouseText(name=fact, language=language, text=text))
    versions.keep(f"fact:{fact}", language, before, text, actor=actor)
    db.session.flush()


def introduce(*, actor: str, **contact: str) -> None:
    """Say who invites and how to reach them, as far as that is something else by now."""
    row = house() or House(**dict.fromkeys(Contact._fields, ""))
    db.session.add(row)
    for name, text in contact.items():
        if (before := getattr(row, name)) != text:
            setattr(row, name, text)
            versions.keep(f"contact:{name}", SOURCE, before, text, actor=actor)
    db.session.flush()


def is_on(switch: Switch) -> bool:
    """Whether a switch is on."""
    since = once(switch, lambda: db.session.scalar(_SINCE, {"name": switch}))
    return since is not None


def turn(switch: Switch, *, on: bool, actor: str, code: str = "house_switched", **why: Any) -> None:
    """Turn a switch on or off; doing it twice does nothing the second time.

    `code` is what the journal calls it, `why` what its sentence needs more.
    """
    row = db.session.get(HouseSwitch, switch)
    if on is (row is not None):
        return
    if row:
        db.session.delete(row)
    else:
        db.session.add(HouseSwitch(name=switch))
    before, now = ("off", "on") if on else ("on", "off")
    journal.note(code, actor=actor, thread=THREAD, switch=switch, before=before, now=now, **why)
    db.session.flush()


def last_turned() -> JournalEntry | None:
    """Who or what turned a switch last."""
    return db.session.scalar(_LAST_TURNED)


def alarm() -> JournalEntry | None:
    """The entry of the brake that pulled itself, until it or somebody releases it."""
    last = last_turned()
    return last if last and last.code == PULLED else None


def days(period: Period) -> int:
    """How many days something is kept, unless a session says otherwise."""
    set_to = once(period, lambda: db.session.scalar(_DAYS, {"name": period}))
    return USUAL_DAYS[period] if set_to is None else set_to


def periods_set_at() -> datetime | None:
    """When somebody last set a period."""
    return db.session.scalar(
        select(func.max(JournalEntry.at)).where(JournalEntry.thread == PERIODS)
    )


def set_days(period: Period, now: int, *, actor: str) -> None:
    """Keep something for another number of days, whatever was collected before included."""
    before = days(period)
    if now == before:
        return
    db.session.merge(HousePeriod(name=period, days=now))
    journal.note("period_set", actor=actor, thread=PERIODS, period=period, before=before, now=now)
    db.session.flush()
