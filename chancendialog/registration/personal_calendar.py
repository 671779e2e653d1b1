"""The calendar of one mail address: all its registrations, at an address that can be revoked.

Calendars are shared, so the address holds a random key of its own instead of a
signed link, and the calendar names nobody. Nothing here commits.
"""

import base64
import hashlib
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer, joinedload, selectinload

from chancendialog import clock, journal
from chancendialog.calendars.feeds import Entry
from chancendialog.extensions import db
from chancendialog.links import link
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import HELD, PersonalCalendar, Registration, Status

KEY_BYTES = 20  # 160 bits, nobody guesses them
SHOWN = (Status.CONFIRMED, Status.WAITING, Status.OFFERED)


class Shown(NamedTuple):
    """What somebody's calendar shows at this moment, and when anything about it changed."""

    entries: list[Entry]
    changes: list[datetime]


def shown(email: str) -> Shown:
    """What the calendar of an address shows. Two queries, however much that is.

    Everything that was ever registered counts as a change, as do the moments in
    which something left by itself: a session that is long over, or an offer that
    ran out.
    """
    registrations = db.session.scalars(
        select(Registration)
        .join(Registration.event_session)
        .where(Registration.email == email)
        .options(
            joinedload(Registration.event_session).options(
                joinedload(EventSession.venue),
                joinedload(EventSession.series),
                selectinload(EventSession.topics),
            )
        )
        .order_by(EventSession.starts_at, Registration.id)
    ).all()
    now = clock.now()
    return Shown(
        [entry for one in registrations if (entry := entry_of(one))],
        [moment for one in registrations for moment in _changes(one) if moment <= now],
    )


def entry_of(registration: Registration) -> Entry | None:
    """How a calendar shows a registration; None for one that has ended or must be confirmed."""
    event_session = registration.event_session
    standing = registration.standing
    has_left = queries.leaves_calendars_at(event_session) <= clock.now()
    if standing not in SHOWN or has_left:
        return None
    return Entry(
        event_session=event_session,
        uid=registration.ical_uid,
        sequence=registration.ical_sequence,
        changed_at=max(registration.changed_at, event_session.changed_at),
        waits=standing is not Status.CONFIRMED,
        url=link("public.session_page", slug=event_session.slug),
    )


def by_key(key: str) -> PersonalCalendar | None:
    """The calendar with this key; one that was revoked has no address any more."""
    return db.session.scalar(
        select(PersonalCalendar)
        .where(PersonalCalendar.key_hash == _hash(key))
        .options(defer(PersonalCalendar.key))
    )


def of(registration: Registration) -> PersonalCalendar | None:
    """The calendar of whoever this is, if they have looked at their page yet."""
    return db.session.scalar(
        select(PersonalCalendar).where(
            PersonalCalendar.email == registration.email, PersonalCalendar.revoked_at.is_(None)
        )
    )


def is_missing(registration: Registration) -> bool:
    """Whether this is somebody's first look at something to come that their calendar shows."""
    is_to_come = registration.event_session.is_to_come
    is_shown = is_to_come and registration.email and entry_of(registration)
    return bool(is_shown) and of(registration) is None


def begin(registration: Registration) -> None:
    """Make the key of whoever this is; if they do so twice at one moment, the first stands."""
    key = base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode().lower()
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.add(PersonalCalendar(email=registration.email, key=key, key_hash=_hash(key)))


def renew(registration: Registration) -> None:
    """Revoke the key of whoever this is, and make another; without an address there is none."""
    if not registration.email:
        return
    revoke(PersonalCalendar.email == registration.email)
    begin(registration)
    journal.note(
        "calendar_renewed",
        actor=journal.RESIDENT,
        thread=registration.thread,
        scope=registration.event_session.thread,
    )


def revoke(which: ColumnElement[bool]) -> None:
    """End these calendars. What is left of them names nobody."""
    db.session.execute(
        update(PersonalCalendar)
        .where(which)
        .values(email=None, key=None, revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def note_loss(emails: Collection[str]) -> None:
    """Remember that registrations of these addresses leave their calendars without a trace."""
    db.session.execute(
        update(PersonalCalendar)
        .where(PersonalCalendar.email.in_(emails))
        .values(changed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _changes(registration: Registration) -> list[datetime]:
    event_session = registration.event_session
    moments = [
        registration.changed_at,
        event_session.changed_at,
        queries.leaves_calendars_at(event_session),
    ]
    if registration.hold_until and registration.status in HELD:
        moments.append(registration.hold_until)
    return moments


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
