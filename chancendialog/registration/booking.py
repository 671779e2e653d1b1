"""Signing up, correcting the address, giving up a seat.

Each begins with the session's turn, and whatever frees a seat or adds to the
queue ends with giving seats away. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from chancendialog import clock, journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.i18n import ngettext
from chancendialog.links import new_calendar_uid
from chancendialog.mailing import outbox
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters, seats
from chancendialog.registration.letters import tell
from chancendialog.registration.models import Registration, Source, Status
from chancendialog.registration.waiting_list import seat_the_waiting

REMIND_AT_MOST_EVERY = timedelta(hours=1)
CORRECTIONS = 3  # of the address, per form


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

    def __init__(self, free: int, *, somebody_waits: bool, can_wait: bool) -> None:
        super().__init__(_full_sentence(free, somebody_waits=somebody_waits, can_wait=can_wait))
        self.can_wait = can_wait


class TooManyCorrections(DomainError):
    """One form writes to a few addresses, not to a whole list of strangers."""

    message = _("Sie haben die Adresse schon mehrmals geändert. Rufen Sie uns an, wir helfen gern.")


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
    seat_the_waiting(event_session)
    if applicant.party_size > event_session.party_limit:
        raise PartyTooLarge(_limit_sentence(event_session.party_limit))
    existing = live_registration(event_session, applicant.email)
    if existing and applicant.receipt and existing.receipt == applicant.receipt:
        return existing
    status = _status_for(event_session, applicant)
    if existing:
        raise AlreadyRegistered(existing, status)
    return _add(event_session, applicant, status, source=source, actor=actor)


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
    tell(registration, letters.withdrawn)
    db.session.flush()
    seat_the_waiting(event_session)


def correct_address(mistyped: Registration, email: str) -> Status:
    """Put right an address that was mistyped at the sign-up; give what the person has now.

    The mistyped registration ends: its link dies, and its calendar entry is
    taken back if one was sent. A new one takes its seat or its place in the
    queue, with letters of its own that wait for none to the wrong address. If
    the new address is registered already, its owner is reminded of that.
    Raises `RegistrationClosed` and `TooManyCorrections`.
    """
    event_session = mistyped.event_session
    seats.take_turn(event_session)
    _refuse_unless_open(event_session)
    if not seats.again(mistyped).is_live:
        raise RegistrationClosed(
            _("Der Platz wurde zurückgegeben. Melden Sie sich noch einmal an.")
        )
    status = mistyped.status
    existing = live_registration(event_session, email)
    if _forms_sent(mistyped) > CORRECTIONS:
        raise TooManyCorrections
    mistyped.ical_sequence += 1
    mistyped.link_version += 1
    tell(mistyped, letters.address_corrected)
    mistyped.status = Status.WITHDRAWN
    _note("address_corrected", mistyped, journal.RESIDENT)
    db.session.flush()
    if existing:
        remind_of_registration(existing)
        seat_the_waiting(event_session)
        return status
    applicant = Applicant(
        name=mistyped.name,
        email=email,
        party_size=mistyped.party_size,
        language=mistyped.language,
        receipt=mistyped.receipt,
    )
    return _add(
        event_session, applicant, status, source=mistyped.source, since=mistyped.registered_at
    ).status


def sent_with(
    event_session: EventSession, applicant: Applicant, *, email: str | None = None
) -> Registration | None:
    """The live registration that this person made with this form, under any address or this."""
    query = select(Registration).where(
        Registration.event_session_id == event_session.id,
        Registration.receipt == applicant.receipt,
        Registration.name == applicant.name,
        Registration.status.in_([Status.CONFIRMED, Status.WAITING]),
    )
    return db.session.scalar(query.where(Registration.email == email) if email else query)


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
    if event_session.is_over:
        return str(_("Diese Veranstaltung ist vorbei."))
    if event_session.has_begun:
        return str(_("Die Anmeldung ist geschlossen, denn die Veranstaltung hat schon begonnen."))
    if event_session.status is not SessionStatus.PUBLISHED:
        return str(_("Für diese Veranstaltung kann man sich noch nicht anmelden."))
    return ""


def _refuse_unless_open(event_session: EventSession) -> None:
    if reason := refusal(event_session):
        raise RegistrationClosed(reason)


def _status_for(event_session: EventSession, applicant: Applicant) -> Status:
    """What this applicant gets now; raises `SessionFull` if that needs their word.

    Whoever still waits does not fit into what is free. So who joins the queue
    and fits is the next to be seated, at once.
    """
    free = seats.free_seats(event_session)
    fits = applicant.party_size <= free
    somebody_waits = seats.people_waiting(event_session) > 0
    if applicant.would_wait and event_session.waiting_list:
        return Status.CONFIRMED if fits else Status.WAITING
    if fits and not somebody_waits:
        return Status.CONFIRMED
    raise SessionFull(free, somebody_waits=somebody_waits, can_wait=event_session.waiting_list)


def _add(
    event_session: EventSession,
    applicant: Applicant,
    status: Status,
    *,
    source: Source,
    actor: str = journal.RESIDENT,
    since: datetime | None = None,
) -> Registration:
    """Write a registration down and tell the person what they have."""
    ulid = new_ulid()
    registration = Registration(
        ulid=ulid,
        event_session=event_session,
        name=applicant.name,
        email=applicant.email,
        party_size=applicant.party_size,
        language=applicant.language,
        receipt=applicant.receipt,
        status=status,
        source=source,
        registered_at=since or clock.now(),
        ical_uid=new_calendar_uid("reg", ulid),
    )
    db.session.add(registration)
    db.session.flush()
    _note("registered", registration, actor, status=status, party_size=registration.party_size)
    tell(registration, letters.confirmed if status is Status.CONFIRMED else letters.waiting)
    return registration


def _forms_sent(registration: Registration) -> int:
    """How many registrations the form of this one has made already."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Registration)
            .where(
                Registration.event_session_id == registration.event_session_id,
                Registration.receipt == registration.receipt,
            )
        )
        or 0
    )


def _full_sentence(free: int, *, somebody_waits: bool, can_wait: bool) -> str:
    if free and somebody_waits and not can_wait:
        return str(_("Andere warten schon, und die Warteliste ist geschlossen."))
    if free and somebody_waits:
        return str(_("Andere warten schon auf einen Platz. Stellen Sie sich auch an."))
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


def _note(code: str, registration: Registration, actor: str, **facts: int | str) -> None:
    journal.note(
        code,
        actor=actor,
        thread=registration.thread,
        scope=registration.event_session.thread,
        **facts,
    )
