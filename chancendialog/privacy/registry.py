"""What every column of the database holds, and when it goes.

`PERSONAL` and `IMPERSONAL` together speak of every column there is; a test
fails for one they do not know. The worker deletes by `PERSONAL`, the page on
data protection is written from it, and disclosure follows it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

AS_OF = date(2026, 11, 27)  # when anybody last changed what follows, or the words around it


class Goes(StrEnum):
    """When a personal value is deleted."""

    AFTER_SESSION = "so many days after the session"
    NEEDS_AFTER_SESSION = "so many days after the session, fewer than the rest"
    WITH_LAST_REGISTRATION = "with the last registration of the address"
    WITH_ACCOUNT = "when the account is removed"
    NEVER = "it stays, and names nobody once the rest is gone"


@dataclass(frozen=True)
class Data:
    """One kind of personal data: what it is, what for, when it goes, and where it is kept."""

    what: Any  # sentences in the reader's language
    purpose: Any
    goes: Goes
    columns: dict[str, str]


PERSONAL = (
    Data(
        _("Ihr Name, Ihre E-Mail-Adresse und, wenn Sie am Telefon eine nennen, Ihre Nummer"),
        _("Um Plätze zu vergeben, Ihnen zu schreiben und Sie am Einlass zu finden"),
        Goes.AFTER_SESSION,
        {"registration": "name email phone receipt sort_key search_key"},
    ),
    Data(
        _("Ihr Code für den Einlass, aus zufälligen Zeichen"),
        _("Um Sie am Einlass schnell zu finden"),
        Goes.AFTER_SESSION,
        {"registration": "ticket"},
    ),
    Data(
        _(
            "Was Sie brauchen, um gut teilzunehmen, und was wir dazu geantwortet haben,"
            " verschlüsselt"
        ),
        _("Um es vorzubereiten und Ihnen zu antworten; nur wer das plant, sieht es"),
        Goes.NEEDS_AFTER_SESSION,
        {"need": "id ulid registration_id kind text state answer changed_at actor"},
    ),
    Data(
        _("Die E-Mails, die wir Ihnen schicken, und ob sie angekommen sind"),
        _("Um Sie zu erreichen und nichts doppelt zu schicken"),
        Goes.AFTER_SESSION,
        {
            "outgoing_mail": "id thread rank kind recipient_name recipient reply_to envelope_from"
            " subject text html calendar calendar_method told language message_id answers state"
            " attempts created_at next_attempt_at tried_at leased_until sent_at last_error"
            " dispatch priority"
        },
    ),
    Data(
        _("Was das Team den Angemeldeten eines Termins geschrieben hat"),
        _("Damit alle dasselbe lesen"),
        Goes.AFTER_SESSION,
        {"dispatch": "subject text"},
    ),
    Data(
        _("Ein zufälliger Schlüssel zu Ihrer E-Mail-Adresse, verschlüsselt"),
        _("Damit Sie Ihre Anmeldungen im eigenen Kalender abonnieren können"),
        Goes.WITH_LAST_REGISTRATION,
        {"personal_calendar": "email key"},
    ),
    Data(
        _(
            "Was aus Ihrer Anmeldung wurde: für wie viele Personen, in welcher Sprache, wann Sie"
            " was getan haben, wie viele von Ihnen gekommen sind"
        ),
        _("Um Plätze gerecht zu vergeben, das erklären zu können und zu zählen"),
        Goes.NEVER,
        {
            "registration": "id ulid event_session_id party_size status source language"
            " wants_reminder registered_at changed_at hold_until offered_at remind_at called_at"
            " said_yes_at to_phone_since link_version ical_uid ical_sequence erased_at",
            "dispatch_recipient": "dispatch_id registration_id written_at",
            "attendance_mark": "id operation registration_id people marked_at actor device",
            "journal_entry": "id at actor code thread scope facts",
        },
    ),
    Data(
        _(
            "Konten der Menschen, die hier arbeiten, und für kurze Zeit, wann und mit was für einem"
            " Gerät sie sich anmelden"
        ),
        _("Damit nur sie sehen, wer kommt"),
        Goes.WITH_ACCOUNT,
        {
            "staff_user": "id email password active fs_uniquifier seen_on totp_key totp_counter"
            " recovery_codes",
            "visit": "id user_id key_hash started_at seen_at device by_provider",
            "passkey": "id user_id credential public_key sign_count name added_at",
            "staff_role": "user_id role_id",
            "door_duty": "user_id event_session_id",
            "list_choice": "user_id facts sorted_by",
        },
    ),
)
"""Columns with something of a person. Letters, needs and accounts go as whole rows.

`erasure` empties the columns of registrations and dispatches that are named here;
letters, needs, calendars and accounts it knows by their tables.
"""

IMPERSONAL: dict[str, str] = {
    "personal_calendar": "id key_hash changed_at revoked_at",
    "dispatch": "id ulid event_session_id kind audience actor created_at started_at written_at",
    "house": "id name street postcode city phone email phone_hours",
    "house_text": "name language text",
    "house_switch": "name since",
    "house_period": "name days",
    "hint": "id ulid first_day last_day texts",
    "wording": "sentence form language text",
    "text_version": "id about language before after at actor",
    "heartbeat": "name at",
    "series": "id slug title description translations changed_at revision",
    "topic": "id slug title is_foundation position translations",
    "venue": "id slug name street postcode city rooms directions stop entrance step_free"
    " hearing_loop access notes translations",
    "event_session": "id ulid slug series_id venue_id title description language translations"
    " speakers interpreters notes photos room starts_at ends_at capacity party_limit"
    " waiting_list waiting_list_limit offers confirmation registration_opens_at"
    " registration_closes_at reminder_days thanks contact_days needs_until needs_days"
    " status called_off_at archived_at booking_turn last_call_at ical_uid ical_sequence created_at"
    " changed_at",
    "session_topic": "event_session_id topic_id",
    "role": "id name",
}
"""Columns that are about nobody, or, like those of dispatches, about all of a session.

Who speaks and who represents the operator is public: it is there to be read.
"""


def columns(table: str, goes: Goes) -> list[str]:
    """The columns of a table that go at this occasion."""
    return [
        name
        for data in PERSONAL
        if data.goes is goes
        for name in data.columns.get(table, "").split()
    ]
