"""Signing up, correcting the address, giving up a seat.

Each begins with the session's turn and ends with giving free seats away.
Nothing here commits.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from chancendialog import journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.i18n import ngettext
from chancendialog.links import mail_domain
from chancendialog.mailing import outbox
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters, seats
from chancendialog.registration.letters import tell
from chancendialog.registration.models import Registration, Source, Status
from chancendialog.registration.waiting_list import seat_the_waiting

REMIND_AT_MOST_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who wants to come. `receipt` is the number of the form they sent."""

    name: str
    email: str | None
    party_size: int = 1
    would_wait: bool = False
    language: str = "de"
    receipt: str | None = None


class RegistrationClosed(DomainError):
    """Nobody can sign up any more, or not at all."""


class PartyTooLarge(DomainError):
    """More people than one registration may bring."""


class SessionFull(DomainError):
    """There is no room for this party; `can_wait` says whether there is a list."""

    def __init__(self, free: int, *, can_wait: bool) -> None:
        super().__init__(_full_sentence(free, can_wait))
        self.can_wait = can_wait


class AlreadyRegistered(Exception):
    """The address has a live registration.

    Not a refusal that people read: the page answers as if nothing were, so
    that nobody can find out who is registered. `status` is what a newcomer
    would have got.
    """

    def __init__(self, registration: Registration, status: Status) -> None:
        super().__init__()
        self.registration = registration
        self.status = status


def register(
    event_session: EventSession,
    applicant: Applicant,
    *,
    source: Source = Source.ONLINE,
    actor: str = journal.RESIDENT,
) -> Registration:
    """Take a seat, or a place in the queue if they said they would wait.

    While anyone waits, newcomers wait too. The same form sent twice is one
    registration. Raises `RegistrationClosed`, `PartyTooLarge`, `SessionFull`
    and `AlreadyRegistered`.
    """
    seats.take_turn(event_session)
    _refuse_unless_open(event_session)
    if applicant.party_size > event_session.party_limit:
        raise PartyTooLarge(_limit_sentence(event_session.party_limit))
    existing = live_registration(event_session, applicant.email)
    if existing and applicant.receipt and existing.receipt == applicant.receipt:
        return existing
    status = _status_for(event_session, applicant)
    if existing:
        raise AlreadyRegistered(existing, status)
    registration = Registration(
        event_session=event_session,
        name=applicant.name,
        email=applicant.email,
        party_size=applicant.party_size,
        language=applicant.language,
        receipt=applicant.receipt,
        status=status,
        source=source,
        ical_uid=_new_uid(),
    )
    db.session.add(registration)
    db.session.flush()
    _note("registered", registration, actor, status=status, party_size=registration.party_size)
    tell(registration, letters.confirmed if status is Status.CONFIRMED else letters.waiting)
    return registration


def remind_of_registration(registration: Registration) -> None:
    """Write to the owner of an address that somebody signed up with again.

    At most once an hour, or strangers could flood a mailbox with it.
    """
    kind = letters.already_registered.__name__
    if not outbox.posted_since(registration.thread, kind, REMIND_AT_MOST_EVERY):
        outbox.post(letters.already_registered(registration), thread=registration.thread)
        _note("signed_up_again", registration, journal.RESIDENT)


def withdraw(registration: Registration, *, actor: str = journal.RESIDENT) -> None:
    """Give up a seat or a place in the queue; whoever waited longest gets the seat.

    Doing it twice does nothing the second time. Raises `RegistrationClosed`
    once the session has begun.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    if not seats.again(registration).is_live:
        return
    if event_session.has_begun:
        raise RegistrationClosed(_("Die Veranstaltung hat schon begonnen."))
    registration.status = Status.WITHDRAWN
    registration.ical_sequence += 1
    _note("withdrawn", registration, actor, party_size=registration.party_size)
    invited = letters.was_invited(registration)
    tell(registration, partial(letters.withdrawn, invited=invited))
    db.session.flush()
    seat_the_waiting(event_session)


def correct_address(registration: Registration, email: str) -> None:
    """Put right an address that was mistyped at the sign-up.

    The old address loses its link and its calendar entry; a calendar entry of
    its own goes to the new one. If the new address is registered already, the
    mistyped registration ends, and the owner is reminded of the other one.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    if not seats.again(registration).is_live or registration.email == email:
        return
    _refuse_unless_open(event_session)
    if letters.was_invited(registration):
        registration.ical_sequence += 1
        tell(registration, letters.address_corrected)
    else:
        outbox.supersede(registration.thread)
    registration.link_version += 1
    _note("address_corrected", registration, journal.RESIDENT)
    if existing := live_registration(event_session, email):
        registration.status = Status.WITHDRAWN
        db.session.flush()
        remind_of_registration(existing)
        seat_the_waiting(event_session)
        return
    registration.email = email
    registration.ical_uid = _new_uid()
    registration.ical_sequence = 0
    seated = registration.status is Status.CONFIRMED
    letter = (letters.confirmed if seated else letters.waiting)(registration)
    outbox.post(letter, thread=registration.thread)


def live_registration(event_session: EventSession, email: str | None) -> Registration | None:
    """The registration of this address that holds a seat or waits for one."""
    if email is None:
        return None
    return db.session.scalar(
        select(Registration)
        .where(
            Registration.event_session_id == event_session.id,
            Registration.email == email,
            Registration.status.in_([Status.CONFIRMED, Status.WAITING]),
        )
        .execution_options(populate_existing=True)
    )


def refusal(event_session: EventSession) -> str:
    """Why nobody can sign up for this session now; empty when they can."""
    if event_session.is_called_off:
        return str(_("Diese Veranstaltung ist abgesagt. Eine Anmeldung ist nicht möglich."))
    if event_session.has_begun:
        return str(_("Die Anmeldung ist geschlossen, denn die Veranstaltung hat schon begonnen."))
    if event_session.status is not SessionStatus.PUBLISHED:
        return str(_("Für diese Veranstaltung kann man sich noch nicht anmelden."))
    return ""


def _refuse_unless_open(event_session: EventSession) -> None:
    if reason := refusal(event_session):
        raise RegistrationClosed(reason)


def _status_for(event_session: EventSession, applicant: Applicant) -> Status:
    """What this applicant gets now; raises `SessionFull` if that needs their word."""
    free = 0 if seats.people_waiting(event_session) else seats.free_seats(event_session)
    if applicant.party_size <= free:
        return Status.CONFIRMED
    if applicant.would_wait and event_session.waiting_list:
        return Status.WAITING
    raise SessionFull(free, can_wait=event_session.waiting_list)


def _full_sentence(free: int, can_wait: bool) -> str:
    if free:
        return str(
            ngettext(
                "Es ist nur noch %(num)s Platz frei.",
                "Es sind nur noch %(num)s Plätze frei.",
                free,
            )
        )
    if can_wait:
        return str(_("Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen."))
    return str(_("Alle Plätze sind vergeben, und es gibt keine Warteliste."))


def _limit_sentence(limit: int) -> str:
    return str(
        ngettext(
            "Für diese Veranstaltung kann man %(num)s Person anmelden.",
            "Für diese Veranstaltung kann man höchstens %(num)s Personen zusammen anmelden.",
            limit,
        )
    )


def _new_uid() -> str:
    """A name in calendars that was never used and never will be again."""
    return f"reg-{new_ulid().lower()}@{mail_domain()}"


def _note(code: str, registration: Registration, actor: str, **facts: int | str) -> None:
    journal.note(
        code,
        actor=actor,
        thread=registration.thread,
        scope=registration.event_session.thread,
        **facts,
    )
