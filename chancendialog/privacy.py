"""What is personal, where it is, and when it goes.

`PERSONAL` and `IMPERSONAL` together speak of every column there is; a test
fails for one they do not know. The worker empties a registration by them, and
deletes its letters whole.
"""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from chancendialog import clock, journal
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import USUAL_LENGTH, EventSession
from chancendialog.registration import personal_calendar
from chancendialog.registration.models import Dispatch, PersonalCalendar, Registration

RETENTION = timedelta(days=30)
BATCH = 500  # registrations per transaction


class Goes(StrEnum):
    """When a personal value is deleted."""

    AFTER_SESSION = "30 days after the session"
    AFTER_WRITING = "30 days after the session, or after writing if it tells of none"
    WITH_LAST_REGISTRATION = "with the last registration of the address"
    WITH_ACCOUNT = "when the account is removed"


PERSONAL: dict[str, dict[Goes, str]] = {
    "registration": {Goes.AFTER_SESSION: "name email receipt"},
    "personal_calendar": {Goes.WITH_LAST_REGISTRATION: "email key"},
    "outgoing_mail": {
        Goes.AFTER_WRITING: "id thread rank kind recipient_name recipient reply_to envelope_from"
        " subject text html calendar calendar_method told language message_id answers state"
        " attempts created_at next_attempt_at tried_at leased_until sent_at last_error dispatch"
        " priority"
    },
    "dispatch": {Goes.AFTER_SESSION: "subject text"},
    "staff_user": {Goes.WITH_ACCOUNT: "id email password active fs_uniquifier"},
    "staff_role": {Goes.WITH_ACCOUNT: "user_id role_id"},
    "door_duty": {Goes.WITH_ACCOUNT: "user_id event_session_id"},
}
"""Columns with something of a person, by table and by when they go."""

IMPERSONAL: dict[str, str] = {
    "registration": "id ulid event_session_id party_size status source language registered_at"
    " changed_at hold_until offered_at remind_at called_at said_yes_at link_version"
    " ical_uid ical_sequence erased_at",
    "personal_calendar": "id key_hash changed_at revoked_at",
    "dispatch": "id ulid event_session_id kind audience actor created_at started_at written_at",
    "dispatch_recipient": "dispatch_id registration_id written_at",
    "attendance_mark": "id operation registration_id people marked_at actor device",
    "journal_entry": "id at actor code thread scope facts",
    "house": "id name street postcode city phone email",
    "house_switch": "name since",
    "series": "id slug title description changed_at revision",
    "topic": "id slug title is_foundation position",
    "venue": "id slug name street postcode city directions",
    "event_session": "id ulid slug series_id venue_id title description language starts_at ends_at"
    " capacity party_limit waiting_list waiting_list_limit offers confirmation"
    " registration_opens_at registration_closes_at reminder_days thanks status"
    " booking_turn last_call_at ical_uid ical_sequence created_at changed_at",
    "session_topic": "event_session_id topic_id",
    "role": "id name",
}
"""Columns that name nobody once the personal ones are gone: they stay, as numbers."""


def erase_due() -> int:
    """Delete names, addresses and letters whose time is up; say how many people that were.

    A personal calendar ends with the last registration of its address. One batch
    at a time; the worker repeats it until nothing is due. The journal says how
    many of which session went, and nothing about whom.
    """
    erased = _erase_registrations()
    _erase_words()
    personal_calendar.revoke(
        and_(
            PersonalCalendar.email.is_not(None),
            ~exists().where(Registration.email == PersonalCalendar.email),
        )
    )
    db.session.execute(
        delete(OutgoingMail).where(
            OutgoingMail.thread.startswith("staff-"),  # links, and letters tried out
            OutgoingMail.created_at < clock.now() - RETENTION,
        )
    )
    return erased


def _erase_registrations() -> int:
    due = db.session.scalars(
        select(Registration)
        .join(EventSession)
        .where(Registration.erased_at.is_(None), _is_long_over())
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Registration)
    ).all()
    threads = [registration.thread for registration in due]
    db.session.execute(delete(OutgoingMail).where(OutgoingMail.thread.in_(threads)))
    personal_calendar.note_loss([registration.email for registration in due if registration.email])
    columns = Registration.__table__.c
    for registration in due:
        for name in PERSONAL["registration"][Goes.AFTER_SESSION].split():
            setattr(registration, name, None if columns[name].nullable else "")
        registration.erased_at = clock.now()
        journal.note(
            "erased",
            actor=journal.SYSTEM,
            thread=registration.thread,
            scope=registration.event_session.thread,
        )
    return len(due)


def _erase_words() -> None:
    """What staff wrote to people of a session may name somebody."""
    long_over = select(EventSession.id).where(_is_long_over())
    db.session.execute(
        update(Dispatch)
        .where(
            or_(Dispatch.subject != "", Dispatch.text != ""),
            Dispatch.event_session_id.in_(long_over),
        )
        .values(dict.fromkeys(PERSONAL["dispatch"][Goes.AFTER_SESSION].split(), ""))
    )


def _is_long_over() -> ColumnElement[bool]:
    over_since = clock.now() - RETENTION
    return or_(
        EventSession.ends_at < over_since,
        and_(EventSession.ends_at.is_(None), EventSession.starts_at < over_since - USUAL_LENGTH),
    )
