"""Every letter that residents get, when they get it, and one of each written to nobody.

The rows here are never added to the database's session. They belong to no row
that is, or it would take them in; and as defaults act at INSERT only, all that
letters read is set here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from chancendialog import clock
from chancendialog.links import new_calendar_uid
from chancendialog.mailing.letter import Letter
from chancendialog.mailing.outbox import Left
from chancendialog.programme.models import EventSession, Series, SessionStatus, Venue
from chancendialog.registration import letters
from chancendialog.registration.models import Registration, Source, Status
from chancendialog.registration.waiting_list import Place

PARTY = 3
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"  # the example in its specification: the links lead nowhere
TICKET = "7Q4K9XWM2HTR"
USUAL_DAYS = 21  # until the session


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One letter: its name and occasion for staff, and how it is made."""

    name: LazyString
    occasion: LazyString  # who gets it, and when
    compose: Callable[[Registration], Letter | None]
    status: Status = Status.CONFIRMED
    days: int = USUAL_DAYS  # until the session begins


def specimen(kind: str, *, party_size: int = 1, language: str = "de") -> Letter:
    """The letter of this kind to somebody who does not exist."""
    known = LETTERS[kind]
    letter = known.compose(_registration(known, party_size, language))
    assert letter
    return letter


def resident(event_session: EventSession, *, email: str) -> Registration:
    """Somebody who does not exist, with a seat in a session that may, at a real address."""
    registration = _registration(LETTERS["confirmed"], 1, "de")
    registration.event_session, registration.email = event_session, email
    return registration


def _registration(kind: Kind, party_size: int, language: str) -> Registration:
    asked = kind.status in (Status.OFFERED, Status.EXPIRED)
    held_until = {Status.UNVERIFIED: 1, Status.OFFERED: 1, Status.EXPIRED: -1}.get(kind.status)
    return Registration(
        ulid=ULID,
        event_session=_event_session(kind.days),
        name="Kim Beispiel",
        email="kim.beispiel@example.org",
        party_size=party_size,
        status=kind.status,
        source=Source.ONLINE,
        language=language,
        registered_at=_evening(-2),
        hold_until=held_until and _evening(held_until),
        offered_at=_evening(-2) if asked else None,
        link_version=0,
        ticket=TICKET,
        ical_uid=new_calendar_uid("reg", ULID),
        ical_sequence=0,
    )


def _event_session(days: int) -> EventSession:
    planned_at = _evening(-60)
    return EventSession(
        ulid=ULID,
        slug="beispiel",
        series=Series(
            slug="beispiel",
            title="Chancendialog Transformation",
            translations={},
            changed_at=planned_at,
        ),
        venue=Venue(
            slug="beispiel",
            name="Haus der Region",
            street="Hildesheimer Straße 20",
            postcode="30169",
            city="Hannover",
            directions="Stadtbahn bis „Aegidientorplatz“, dann etwa 5 Minuten zu Fuß.",
            entrance="Haupteingang, ohne Stufen.",
            access="",
            notes="",
            translations={},
        ),
        topics=[],
        title="Wohnen der Zukunft",
        description="Wie wollen wir in der Region wohnen?",
        language="de",
        translations={},
        speakers="",
        interpreters="",
        notes="",
        photos=False,
        room="Großer Saal",
        starts_at=_evening(days),
        ends_at=_evening(days, hour=20),
        capacity=80,
        party_limit=4,
        waiting_list=True,
        offers=True,
        status=SessionStatus.PUBLISHED,
        ical_uid=new_calendar_uid("session", ULID),
        ical_sequence=0,
        created_at=planned_at,
        changed_at=planned_at,
    )


def _evening(days: int, hour: int = 18) -> datetime:
    """So many days from today; the same all day long, so that specimens are written once."""
    return datetime.combine(clock.today() + timedelta(days=days), time(hour), clock.BERLIN)


def _told(registration: Registration, **otherwise: str | None) -> Left:
    """What somebody knows who was told how things stand, but for what is otherwise."""
    told = letters.state(registration).told
    assert told is not None
    return Left(told | otherwise, invited=registration.status is Status.CONFIRMED)


def _moved(registration: Registration) -> Letter | None:
    week_before = registration.event_session.starts_at - timedelta(days=7)
    return letters.changed(
        registration,
        _told(
            registration,
            starts_at=week_before.astimezone(UTC).isoformat(),
            ends_at=(week_before + timedelta(hours=2)).astimezone(UTC).isoformat(),
            place="Stadtbibliothek, Hildesheimer Straße 12, 30169 Hannover",
        ),
    )


def _party_resized(registration: Registration) -> Letter | None:
    return letters.changed(registration, _told(registration, party_size="2"))


def _message(registration: Registration) -> Letter:
    return letters.message(registration, str(SUBJECT), str(TEXT))


SUBJECT = _("Noch ein Hinweis: {titel}")
TEXT = _(
    "wir freuen uns auf {wann}.\n\n"
    "Bitte kommen Sie etwas früher. Angemeldet haben Sie {personen}.\n"
    "Ort: {wo}\n\n"
    "Alles zu Ihrer Anmeldung: {link}"
)

LETTERS = {
    "please_confirm": Kind(
        name=_("Bitte bestätigen"),
        occasion=_(
            "Nach der Anmeldung, wenn sie per E-Mail zu bestätigen ist. "
            "Bis dahin halten wir den Platz."
        ),
        compose=letters.please_confirm,
        status=Status.UNVERIFIED,
    ),
    "confirm_reminder": Kind(
        name=_("Noch nicht bestätigt"),
        occasion=_("Einmal, wenn die Bestätigung nach einigen Stunden noch fehlt."),
        compose=letters.confirm_reminder,
        status=Status.UNVERIFIED,
    ),
    "confirmed": Kind(
        name=_("Angemeldet"),
        occasion=_("Sofort, wenn jemand einen Platz hat."),
        compose=letters.confirmed,
    ),
    "waiting": Kind(
        name=_("Warteliste"),
        occasion=_("Sofort, wenn jemand auf der Warteliste steht."),
        compose=lambda one: letters.waiting(one, place=Place(number=4, people_ahead=6)),
        status=Status.WAITING,
    ),
    "offer": Kind(
        name=_("Platz frei"),
        occasion=_("An die Nächsten auf der Warteliste, wenn ein Platz frei wird."),
        compose=letters.offer,
        status=Status.OFFERED,
    ),
    "offer_expired": Kind(
        name=_("Platz weitergegeben"),
        occasion=_("Wenn jemand auf ein Platzangebot nicht rechtzeitig geantwortet hat."),
        compose=letters.offer_expired,
        status=Status.EXPIRED,
    ),
    "last_call": Kind(
        name=_("Platz frei, kurz vor dem Beginn"),
        occasion=_(
            "In den letzten 3 Stunden an alle auf der Warteliste, für die es reicht. "
            "Den Platz bekommt, wer zuerst zusagt."
        ),
        compose=letters.last_call,
        status=Status.WAITING,
        days=0,
    ),
    "promoted": Kind(
        name=_("Nachgerückt"),
        occasion=_("Wenn jemand von der Warteliste einen Platz bekommt, ohne gefragt zu werden."),
        compose=letters.promoted,
    ),
    "moved": Kind(
        name=_("Neue Zeit oder neuer Ort"),
        occasion=_("An alle mit Platz oder auf der Warteliste, wenn ein Termin verlegt wird."),
        compose=_moved,
    ),
    "called_off": Kind(
        name=_("Fällt aus"),
        occasion=_("An alle mit Platz oder auf der Warteliste, wenn ein Termin abgesagt wird."),
        compose=lambda one: letters.called_off(one, _told(one)),
    ),
    "after_all": Kind(
        name=_("Findet doch statt"),
        occasion=_(
            "An dieselben, wenn ein abgesagter Termin doch stattfindet. "
            "Jede Person liest darin auch, wie es jetzt um ihren Platz steht."
        ),
        compose=lambda one: letters.state(one, after_all=True),
    ),
    "party_resized": Kind(
        name=_("Andere Zahl von Personen"),
        occasion=_("Wenn jemand für mehr oder weniger Personen angemeldet ist als zuvor."),
        compose=_party_resized,
    ),
    "withdrawn": Kind(
        name=_("Abgemeldet"),
        occasion=_("Wenn jemand den Platz, ein Angebot oder die Warteliste aufgegeben hat."),
        compose=lambda one: letters.withdrawn(one, _told(one)),
    ),
    "already_registered": Kind(
        name=_("Schon angemeldet"),
        occasion=_(
            "Wenn sich jemand noch einmal mit derselben Adresse anmeldet. "
            "Höchstens einmal je Stunde."
        ),
        compose=letters.already_registered,
    ),
    "address_corrected": Kind(
        name=_("Adresse korrigiert"),
        occasion=_(
            "An eine falsch getippte Adresse, wenn jemand sie nach der Anmeldung verbessert."
        ),
        compose=lambda one: letters.address_corrected(one, _told(one)),
    ),
    "reminder": Kind(
        name=_("Erinnerung mit Antwort"),
        occasion=_("Einige Tage vor dem Termin an alle mit Platz."),
        compose=letters.reminder,
        days=3,
    ),
    "needs_answered": Kind(
        name=_("Antwort zum Bedarf"),
        occasion=_(
            "Wenn das Büro geantwortet hat, was jemand braucht. Was das ist, steht nicht darin."
        ),
        compose=letters.needs_answered,
    ),
    "thanks": Kind(
        name=_("Danke"),
        occasion=_("Am Tag nach dem Termin an alle, die da waren."),
        compose=letters.thanks,
        days=-1,
    ),
    "erased": Kind(
        name=_("Daten gelöscht"),
        occasion=_("Wenn jemand die eigenen Angaben löscht, oder das Büro auf Wunsch."),
        compose=lambda one: letters.erased(one, _told(one), gave_up=True),
    ),
    "message": Kind(
        name=_("Eigene Worte"),
        occasion=_("Wenn das Büro den Leuten eines Termins selbst schreibt."),
        compose=_message,
    ),
}
