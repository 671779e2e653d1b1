"""Signing up, saying yes, correcting the address, changing the party, giving up a seat.

Each begins with the session's turn, and whatever frees a seat or adds to the
queue ends with giving seats away. Nothing here commits.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, func, select

from chancendialog import clock, house, journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.i18n import ngettext, when
from chancendialog.links import new_calendar_uid
from chancendialog.mailing import outbox
from chancendialog.mailing.outbox import Left
from chancendialog.programme.models import Confirmation, EventSession, SessionStatus
from chancendialog.registration import dispatches, letters, needs, seats, strangers, tickets
from chancendialog.registration.letters import tell
from chancendialog.registration.models import HELD, LIVE_ONES, Registration, Source, Status
from chancendialog.registration.needs import NOTHING, Asked
from chancendialog.registration.seats import Numbers
from chancendialog.registration.waiting_list import (
    Place,
    give_away,
    may_take_a_seat,
    note,
    place_of,
)

ONCE_MORE_WITHIN = timedelta(hours=1)  # how often we write again when somebody asks for it
LETTERS_OF_STATE = 1
LETTERS_TO_CONFIRM = 3
REMIND_AFTER = timedelta(hours=4)
CORRECTIONS = 3  # of the address, per form
OF_THE_OWNER = (
    "confirmed", "asked_too_late", "offer_accepted", "comes", "party_resized", "waits_elsewhere",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who wants to come. `receipt` is the number of the form they sent.

    `hold_until` is what an earlier try with this form was promised: correcting
    an address gives nobody more time. `by_mail` says that so many sign-ups came
    the same way that this one needs the click; `is_proven`, that whoever reads
    the mail of this address asks for it, so that it needs none. `also` is for
    the first letter: what else the same form asked for.
    """

    name: str
    email: str | None
    phone: str = ""
    party_size: int = 1
    would_wait: bool = False
    language: str = "de"
    receipt: str | None = None
    hold_until: datetime | None = None
    by_mail: bool = False
    is_proven: bool = False
    wants_reminder: bool = True
    needs: Asked = NOTHING
    also: tuple[letters.Also, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a sign-up brings so many people: a status, with a deadline or a place in the queue."""

    status: Status
    party_size: int
    hold_until: datetime | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Admission:
    """How newcomers get in: `closed` says why not at all, `full` why not at once."""

    closed: str
    free: int  # people who may come without waiting
    can_wait: bool
    full: str


class RegistrationClosed(DomainError):
    """Nobody can sign up any more, or not at all."""


class PartyTooLarge(DomainError):
    """More people than one registration may bring."""

    def __init__(self, limit: int) -> None:
        super().__init__(_limit_sentence(limit))


class SessionFull(DomainError):
    """There is no room for this party; `can_wait` says whether there is a list."""

    def __init__(self, numbers: Numbers, *, can_wait: bool) -> None:
        super().__init__(_full_sentence(numbers, can_wait=can_wait))
        self.can_wait = can_wait


class SeatGone(DomainError):
    """Somebody else was quicker; they keep their place in the queue."""

    message = _(
        "Der freie Platz ist schon vergeben. Sie bleiben auf der Warteliste. Wird noch ein Platz"
        " frei, schreiben wir Ihnen sofort."
    )


class CannotGrow(DomainError):
    """This party cannot become larger."""


class NoRoomToGrow(CannotGrow):
    """There is no seat for more people in this party, or others have waited for it longer."""


class RegisteredAnew(DomainError):
    """This registration has ended, and the same address has a newer one."""

    message = _(
        "Sie haben sich inzwischen noch einmal angemeldet. Nehmen Sie den Link aus der neuesten"
        " E-Mail von uns."
    )


class TooManyCorrections(DomainError):
    """One form writes to a few addresses, not to a whole list of strangers."""

    message = _("Sie haben die Adresse schon mehrmals geändert. Rufen Sie uns an, wir helfen gern.")


class AddressProven(DomainError):
    """Whoever reads the mail of this address has answered: it was no slip."""

    message = _(
        "Ihre Adresse ist schon bestätigt, deshalb lässt sie sich hier nicht mehr ändern. Den Link"
        " zu Ihrer Anmeldung haben Sie in unserer E-Mail. Brauchen Sie eine andere Adresse, rufen"
        " Sie uns an."
    )


class AlreadyRegistered(Exception):
    """The address has a live registration.

    Not a refusal that people read: the page answers as if nothing were, so
    that nobody can find out who is registered. `outcome` is what a newcomer
    would have got.
    """

    def __init__(self, registration: Registration, outcome: Outcome) -> None:
        super().__init__()
        self.registration = registration
        self.outcome = outcome


def sign_up(event_session: EventSession, applicant: Applicant) -> Outcome:
    """Do what the form on the page asks for, and say what came of it.

    If this form has signed the person up before, it corrects the address. The
    same answer for an address that is registered already; its owner gets a
    letter. Raises `AddressProven`, and what `register` and `correct_address` raise.
    """
    numbers = _begin(event_session)
    before = sent_with(event_session, applicant.receipt, applicant.name)
    if before and applicant.email and before.email != applicant.email:
        if journal.was_done(before.thread, OF_THE_OWNER, by=journal.RESIDENT):
            raise AddressProven
        return _correct(before, applicant.email, by_mail=applicant.by_mail, also=applicant.also)
    try:
        return standing(_register(event_session, applicant, numbers))
    except AlreadyRegistered as found:
        _rehearse(event_session, applicant, found.outcome)
        needs.rehearse(found.registration, applicant.needs)
        _remind(found.registration)
        return found.outcome


def register(event_session: EventSession, applicant: Applicant) -> Registration:
    """Take a seat, or a place in the queue if they said they would wait.

    While anyone waits, newcomers wait too. In *by mail* mode the sign-up only
    counts after a click, and its seats are held until then. The same form sent
    twice is one registration. Raises `RegistrationClosed`, `PartyTooLarge`,
    `SessionFull` and `AlreadyRegistered`.
    """
    return _register(event_session, applicant, _begin(event_session))


def enter(
    event_session: EventSession, applicant: Applicant, *, actor: str, regardless: bool = False
) -> Registration:
    """Staff sign somebody up, by phone or at the counter; no click is needed.

    The same rules as for everybody, but the hours of registration do not bind
    staff. With `regardless` they have said in so many words that this party
    gets its seats past the queue and above the capacity. The same form sent
    twice is one registration. Raises `RegistrationClosed`, `PartyTooLarge`,
    `SessionFull` and `AlreadyRegistered`.
    """
    numbers = _begin(event_session)
    refuse_unless_it_takes_place(event_session)
    _refuse_above_limit(event_session, applicant.party_size)
    same = applicant.receipt and sent_with(event_session, applicant.receipt, applicant.name)
    if same and same.email == applicant.email:
        return same
    if existing := live_registration(event_session, applicant.email):
        raise AlreadyRegistered(existing, standing(existing))
    bends_rules = regardless and applicant.party_size > numbers.for_newcomers
    status = Status.CONFIRMED if regardless else _status_for(event_session, applicant, numbers)
    place = _last_place(numbers) if status is Status.WAITING else None
    outcome = Outcome(status, applicant.party_size, place=place)
    code = "registered_regardless" if bends_rules else "registered"
    return _add(event_session, applicant, outcome, source=Source.COUNTER, actor=actor, code=code)


def confirm(registration: Registration) -> None:
    """Say yes: to one's own sign-up, to an offer, or to the last call.

    In time, the held seats are theirs. Too late, they get a seat if one is
    free, otherwise the place in the queue that their sign-up time earned.
    Doing it twice does nothing the second time. Raises `RegistrationClosed`,
    `RegisteredAnew`, `SessionFull` (no seat, and no list) and `SeatGone`.
    """
    event_session = registration.event_session
    numbers = _begin(event_session)
    was = seats.again(registration).status
    if was is Status.CONFIRMED:
        return
    refuse_unless_it_takes_place(event_session)
    if was is Status.WITHDRAWN:
        raise RegistrationClosed(_("Sie sind abgemeldet. Melden Sie sich noch einmal an."))
    if was is Status.EXPIRED and live_registration(event_session, registration.email):
        raise RegisteredAnew
    in_time = was in HELD and registration.hold_until is not None
    if in_time or may_take_a_seat(registration, numbers):
        registration.status = Status.CONFIRMED
    elif was is Status.WAITING:
        raise SeatGone
    elif was is Status.EXPIRED and not event_session.waiting_list:
        raise SessionFull(numbers, can_wait=False)
    else:
        registration.status = Status.WAITING
    code = {Status.UNVERIFIED: "confirmed", Status.EXPIRED: "asked_too_late"}.get(was)
    note(code or "offer_accepted", registration, journal.RESIDENT, status=registration.status)
    registration.hold_until = registration.offered_at = registration.remind_at = None
    registration.said_yes_at = clock.now()
    db.session.flush()
    if registration.status is Status.CONFIRMED:
        tell(registration, letters.confirmed)
    else:
        tell(registration, partial(letters.waiting, place=place_of(registration)))
    give_away(event_session)


def remind_of_registration(registration: Registration) -> None:
    """Write again to the owner of an address: they asked for it, or signed up once more.

    Who must still click gets the link again; who is registered hears that they
    are. Only so often an hour and a day, or strangers could flood a mailbox with it. Does
    not need the turn: the row is held, so that two such letters follow each
    other, and none overtakes the click.
    """
    db.session.refresh(registration, with_for_update=True)
    _remind(registration)


def send_links(email: str) -> None:
    """Write again to somebody who has lost the links to what they are registered for.

    One letter for each registration whose session is to come, as often as
    `remind_of_registration` lets it.
    """
    theirs = db.session.scalars(
        select(Registration)
        .join(EventSession)
        .where(
            Registration.email == email,
            LIVE_ONES,
            EventSession.status == SessionStatus.PUBLISHED,
            EventSession.starts_at > clock.now(),
        )
        .order_by(Registration.event_session_id)
        .with_for_update(of=Registration)
    ).all()
    for registration in theirs:
        _remind(registration, asked=True)


def remind_to_confirm() -> int:
    """Ask once more, four hours after the sign-up, for the click that is missing.

    The worker calls it; each registration is claimed by one worker only and
    asked once. Says how many were asked.
    """
    due = db.session.scalars(
        select(Registration)
        .join(EventSession)
        .where(
            Registration.status == Status.UNVERIFIED,
            Registration.remind_at <= clock.now(),
            EventSession.status == SessionStatus.PUBLISHED,
            EventSession.starts_at > clock.now(),
        )
        .order_by(Registration.remind_at)
        .limit(50)
        .with_for_update(skip_locked=True, of=Registration)
    ).all()
    for registration in due:
        registration.remind_at = None
        if registration.is_live and not strangers.had_their_say(registration.email):
            note("reminded_to_confirm", registration, journal.SYSTEM)
            tell(registration, letters.confirm_reminder)
    return len(due)


def come(registration: Registration) -> None:
    """Answer the reminder: they come. Raises `RegistrationClosed` if they have no seat."""
    event_session = registration.event_session
    seats.take_turn(event_session)
    refuse_unless_it_takes_place(event_session)
    if seats.again(registration).status is not Status.CONFIRMED:
        raise RegistrationClosed(_("Sie haben keinen Platz bei dieser Veranstaltung."))
    registration.said_yes_at = clock.now()
    note("comes", registration, journal.RESIDENT)


def withdraw(
    registration: Registration, *, actor: str = journal.RESIDENT, code: str = "withdrawn"
) -> None:
    """Give up a seat, an offer or a place in the queue; who waited longest is asked next.

    `code` is what the journal calls it. Doing it twice does nothing the second
    time. Raises `RegistrationClosed` once the session has begun.
    """
    event_session = registration.event_session
    seats.take_turn(event_session)
    if not seats.again(registration).is_live:
        return
    if event_session.has_begun:
        raise RegistrationClosed(_("Die Veranstaltung hat schon begonnen."))
    if registration.status is Status.OFFERED:
        code = "offer_passed_on"
    give_up(registration, code, actor)


def give_up(registration: Registration, code: str, actor: str, **facts: int | str) -> None:
    """End a live registration, say so, and give its seats away; the caller holds the turn.

    What its people need goes with it: nobody has to arrange it any more.
    """
    registration.status = Status.WITHDRAWN
    needs.forget([registration])
    registration.ical_sequence += 1
    note(code, registration, actor, **facts)
    tell(registration, letters.withdrawn)
    give_away(registration.event_session)


def resize_party(
    registration: Registration,
    party_size: int,
    *,
    actor: str = journal.RESIDENT,
    regardless: bool = False,
) -> None:
    """Bring fewer people at any time, or more while seats are free and nobody waits.

    With `regardless` staff have said in so many words that they get their seats past
    the queue and above the capacity. Seats that become free go on at once. Raises
    `RegistrationClosed`, `PartyTooLarge`, `NoRoomToGrow` and `CannotGrow`.
    """
    event_session = registration.event_session
    numbers = _begin(event_session)
    before = seats.again(registration).party_size
    if not registration.is_live:
        raise RegistrationClosed(_("Diese Anmeldung gilt nicht mehr."))
    refuse_unless_it_takes_place(event_session)
    if party_size == before:
        return
    no_room = _why_not_grow(registration, party_size, numbers) if party_size > before else ""
    if no_room and not regardless:
        raise NoRoomToGrow(no_room)
    registration.party_size = party_size
    code = "party_resized_regardless" if no_room else "party_resized"
    note(code, registration, actor, before=before, now=party_size)
    tell(registration, letters.changed)
    give_away(event_session)


def choose_mails(
    registration: Registration,
    *,
    language: str,
    wants_reminder: bool,
    actor: str = journal.RESIDENT,
) -> None:
    """Say in which language we write from now on, and whether we ask before the session."""
    seats.take_turn(registration.event_session)
    before = seats.again(registration).language
    if before != language:
        registration.language = language
        note("language_chosen", registration, actor, before=before, now=language)
    if registration.wants_reminder != wants_reminder:
        registration.wants_reminder = wants_reminder
        before, now = ("off", "on") if wants_reminder else ("on", "off")
        note("reminder_chosen", registration, actor, before=before, now=now)


def rename(registration: Registration, name: str, *, actor: str = journal.RESIDENT) -> None:
    """Put right a name that was mistyped (Art. 16 DSGVO); nobody needs a letter for that."""
    seats.take_turn(registration.event_session)
    if seats.again(registration).name != name:
        registration.name = name
        note("name_corrected", registration, actor)


def note_phone(registration: Registration, phone: str, *, actor: str) -> None:
    """Keep another number to call somebody at, or none."""
    seats.take_turn(registration.event_session)
    if seats.again(registration).phone != phone:
        registration.phone = phone
        note("phone_noted", registration, actor)


def correct_address(mistyped: Registration, email: str) -> Outcome:
    """Go on at another address, behind the link to the first; give what the person has now.

    The registration at the first one ends: its link dies, and its calendar entry is
    taken back if one was sent. A new one takes its seat, its hold or its place
    in the queue, with letters of its own that wait for none to the wrong
    address. If the new address is registered already, its owner is reminded of
    that. Raises `RegistrationClosed` and `TooManyCorrections`.
    """
    _begin(mistyped.event_session)
    return _correct(seats.again(mistyped), email)


def readdress(registration: Registration, email: str, *, actor: str) -> Registration:
    """Staff correct somebody's address, or note the first one; gives the new registration.

    It stands as the old one did: nobody must click who had not to, since staff
    have spoken to them. Doing it twice does nothing the second time. Raises
    `RegistrationClosed` and `AlreadyRegistered`.
    """
    event_session = registration.event_session
    _begin(event_session)
    refuse_unless_it_takes_place(event_session)
    is_live = seats.again(registration).is_live
    existing = live_registration(event_session, email)
    if existing and not is_live and existing.registered_at == registration.registered_at:
        return existing
    if not is_live:
        raise RegistrationClosed(_("Diese Anmeldung gilt nicht mehr."))
    if existing:
        raise AlreadyRegistered(existing, standing(existing))
    outcome = standing(registration)
    _end_at_old_address(registration, actor)
    return _go_on(_gone_on_at(email, registration), registration, outcome, actor)


def standing(registration: Registration) -> Outcome:
    """How a registration stands, as its receipt tells it."""
    waits = registration.status is Status.WAITING
    return Outcome(
        registration.status,
        registration.party_size,
        registration.hold_until,
        place_of(registration) if waits else None,
    )


_LIVE_ONES = (
    select(Registration)
    .where(Registration.event_session_id == bindparam("session_id"), LIVE_ONES)
    .execution_options(populate_existing=True)
)
_SENT_WITH = _LIVE_ONES.where(
    Registration.receipt == bindparam("receipt"), Registration.name == bindparam("name")
)
# held, or a worker that writes to them just now would post the same letter of their thread
_OF_ADDRESS = _LIVE_ONES.where(Registration.email == bindparam("email")).with_for_update(
    of=Registration
)


def sent_with(event_session: EventSession, receipt: str | None, name: str) -> Registration | None:
    """The live registration that this person made with this form, under any address."""
    facts = {"session_id": event_session.id, "receipt": receipt, "name": name}
    return db.session.scalar(_SENT_WITH, facts)


def live_registration(event_session: EventSession, email: str | None) -> Registration | None:
    """The registration of this address that has, holds or waits for a seat; its row is held."""
    if email is None:
        return None
    return db.session.scalar(_OF_ADDRESS, {"session_id": event_session.id, "email": email})


def refuse_unless_it_takes_place(event_session: EventSession) -> None:
    """Raise `RegistrationClosed` if it is too late, or no use, to change anything."""
    if reason := _takes_place(event_session):
        raise RegistrationClosed(reason)


def admission(event_session: EventSession, numbers: Numbers) -> Admission:
    """Whether somebody new can sign up for a session now, and how."""
    can_wait = numbers.can_queue()
    free = numbers.for_newcomers
    return Admission(
        closed=refusal(event_session),
        free=free,
        can_wait=can_wait,
        full="" if free else _full_sentence(numbers, can_wait=can_wait),
    )


def refusal(event_session: EventSession) -> str:
    """Why nobody can sign up for this session now; empty when they can."""
    opens_at, closes_at = event_session.registration_opens_at, event_session.registration_closes_at
    if reason := _takes_place(event_session):
        return reason
    if opens_at and clock.now() < opens_at:
        return str(_("Die Anmeldung beginnt am %(moment)s.", moment=when(opens_at)))
    if closes_at and clock.now() >= closes_at:
        return str(_("Die Anmeldung ist geschlossen seit %(moment)s.", moment=when(closes_at)))
    return ""


def refusal_of(party_size: int, event_session: EventSession) -> str:
    """Why so many people cannot sign up for this session now, not even to wait; or empty."""
    if reason := refusal(event_session):
        return reason
    applicant = Applicant(name="", email=None, party_size=party_size, would_wait=True)
    try:
        _refuse_above_limit(event_session, party_size)
        _status_for(event_session, applicant, seats.numbers_of(event_session))
    except (PartyTooLarge, SessionFull) as refused:
        return str(refused.message)
    return ""


def way_in(event_session: EventSession, party_size: int, numbers: Numbers) -> Status | None:
    """What a party that need not click would get now: a seat, a place in the queue, or nothing."""
    if party_size > event_session.party_limit:
        return None
    if party_size <= numbers.for_newcomers:
        return Status.CONFIRMED
    return Status.WAITING if numbers.can_queue(party_size) else None


def once_more(registration: Registration, *, would_wait: bool) -> Applicant:
    """The same people once more. Their registration stands for the form that they sent."""
    return Applicant(
        name=registration.name,
        email=registration.email,
        phone=registration.phone,
        party_size=registration.party_size,
        would_wait=would_wait,
        language=registration.language,
        wants_reminder=registration.wants_reminder,
        needs=needs.asked_by(registration),
        receipt=registration.ulid,
        is_proven=True,
    )


def must_click(event_session: EventSession, *, by_mail: bool = False) -> bool:
    """Whether an online sign-up only counts after the click on a mailed link.

    `by_mail` asks for that, as session and house may; shortly before the start
    there is no time for it, and nobody must.
    """
    if seats.hold_ends_at(event_session) is None:
        return False
    return (
        by_mail
        or event_session.confirmation is Confirmation.BY_MAIL
        or house.is_on(house.Switch.CONFIRM_BY_MAIL)
    )


def _begin(event_session: EventSession) -> Numbers:
    """Take the turn and bring the session up to date: holds run out, free seats go to who waits."""
    seats.take_turn(event_session)
    return give_away(event_session)


def _register(event_session: EventSession, applicant: Applicant, numbers: Numbers) -> Registration:
    if reason := refusal(event_session):
        raise RegistrationClosed(reason)
    _refuse_above_limit(event_session, applicant.party_size)
    existing = live_registration(event_session, applicant.email)
    if existing and applicant.receipt and existing.receipt == applicant.receipt:
        return existing
    outcome = _outcome(event_session, applicant, numbers)
    if existing:
        raise AlreadyRegistered(existing, outcome)
    return _add(event_session, applicant, outcome, source=Source.ONLINE, actor=journal.RESIDENT)


def _correct(
    mistyped: Registration,
    email: str,
    *,
    by_mail: bool = False,
    also: tuple[letters.Also, ...] = (),
) -> Outcome:
    event_session = mistyped.event_session
    refuse_unless_it_takes_place(event_session)
    if not mistyped.is_live:
        raise RegistrationClosed(
            _("Der Platz wurde zurückgegeben. Melden Sie sich noch einmal an.")
        )
    outcome = standing(mistyped)
    clicked = mistyped.status in (Status.CONFIRMED, Status.WAITING)
    if clicked and must_click(event_session, by_mail=by_mail) and mistyped.source is Source.ONLINE:
        outcome = _to_be_clicked(event_session, mistyped.status, mistyped.party_size)
    existing = live_registration(event_session, email)
    if _forms_sent(mistyped) > CORRECTIONS:
        raise TooManyCorrections
    _end_at_old_address(mistyped, journal.RESIDENT)
    applicant = replace(_gone_on_at(email, mistyped), also=also)
    if existing:
        dispatches.hand_over(mistyped, None)
        needs.forget([mistyped])  # whoever has that address has said what they need
        _rehearse(event_session, applicant, outcome)
        _remind(existing)
        give_away(event_session)
    else:
        _go_on(applicant, mistyped, outcome, journal.RESIDENT)
    return outcome


def _remind(registration: Registration, *, asked: bool = False) -> None:
    """`asked` says that they wanted the link, and did not sign up once more."""
    must_click = registration.status is Status.UNVERIFIED
    compose = letters.please_confirm if must_click else letters.already_registered
    at_most = LETTERS_TO_CONFIRM if must_click else LETTERS_OF_STATE
    sent = outbox.posted_within(registration.thread, compose.__name__, ONCE_MORE_WITHIN)
    if not registration.email or sent >= at_most:
        return
    if strangers.had_their_say(registration.email):
        note(strangers.WITHHELD, registration, journal.RESIDENT)
        return
    if must_click:
        tell(registration, letters.please_confirm)
    else:
        letter = letters.already_registered(registration, asked=asked)
        outbox.post(letter, thread=registration.thread)
    code = "confirmation_sent_again" if must_click or asked else "signed_up_again"
    note(code, registration, journal.RESIDENT)


def _end_at_old_address(mistyped: Registration, actor: str) -> None:
    mistyped.ical_sequence += 1
    mistyped.link_version += 1
    strangers_may = actor != journal.RESIDENT or not strangers.had_their_say(mistyped.email)
    tell(mistyped, letters.address_corrected if strangers_may else _nothing)
    mistyped.status = Status.WITHDRAWN
    note("address_corrected", mistyped, actor)
    db.session.flush()


def _nothing(registration: Registration, left: Left | None) -> None:
    """What unsent letters are replaced with where none may follow."""


def _go_on(
    applicant: Applicant, mistyped: Registration, outcome: Outcome, actor: str
) -> Registration:
    """The same person with the same seat, hold or place in the queue, at another address."""
    registration = _add(
        mistyped.event_session,
        applicant,
        outcome,
        source=mistyped.source,
        actor=actor,
        since=mistyped.registered_at,
    )
    dispatches.hand_over(mistyped, registration)
    needs.hand_over(mistyped, registration)
    return registration


def _gone_on_at(email: str, mistyped: Registration) -> Applicant:
    return Applicant(
        name=mistyped.name,
        email=email,
        party_size=mistyped.party_size,
        language=mistyped.language,
        wants_reminder=mistyped.wants_reminder,
        receipt=mistyped.receipt,
    )


def _takes_place(event_session: EventSession) -> str:
    """Why it is too late, or no use, to change anything about a seat; empty when it is not."""
    if event_session.is_called_off:
        return str(_("Diese Veranstaltung ist abgesagt. Eine Anmeldung ist nicht möglich."))
    if event_session.is_over:
        return str(_("Diese Veranstaltung ist vorbei."))
    if event_session.has_begun:
        return str(_("Die Anmeldung ist geschlossen, denn die Veranstaltung hat schon begonnen."))
    if event_session.status is not SessionStatus.PUBLISHED:
        return str(_("Für diese Veranstaltung kann man sich noch nicht anmelden."))
    return ""


def _outcome(event_session: EventSession, applicant: Applicant, numbers: Numbers) -> Outcome:
    """What somebody who signs up online gets now. Raises `SessionFull` if that needs their word."""
    status = _status_for(event_session, applicant, numbers)
    place = _last_place(numbers) if status is Status.WAITING else None
    if applicant.is_proven or not must_click(event_session, by_mail=applicant.by_mail):
        return Outcome(status, applicant.party_size, place=place)
    return _to_be_clicked(event_session, status, applicant.party_size, applicant.hold_until)


def _to_be_clicked(
    event_session: EventSession, status: Status, party_size: int, promised: datetime | None = None
) -> Outcome:
    """The same, but only after a click: a seat is held until then, a place in the queue is not.

    Who was promised an earlier moment gets no more time.
    """
    if status is not Status.CONFIRMED:
        return Outcome(Status.UNVERIFIED, party_size)
    hold_until = seats.hold_ends_at(event_session)
    if hold_until and promised and promised > clock.now():
        hold_until = min(hold_until, promised)
    return Outcome(Status.UNVERIFIED, party_size, hold_until)


def _status_for(event_session: EventSession, applicant: Applicant, numbers: Numbers) -> Status:
    """A seat or a place in the queue; raises `SessionFull` if that needs their word.

    Whoever still waits does not fit into what is free, or has been told that
    the first to click gets it. So who joins the queue and fits where others do
    not is the next to be seated, at once; during a last call they wait until
    those called have had their half hour.
    """
    if applicant.party_size <= numbers.for_newcomers:
        return Status.CONFIRMED
    can_wait = numbers.can_queue(applicant.party_size)
    nobody_is_called = event_session.last_call_at is None
    fits = applicant.party_size <= numbers.free and nobody_is_called
    if applicant.would_wait and event_session.waiting_list and fits:
        return Status.CONFIRMED
    if applicant.would_wait and can_wait:
        return Status.WAITING
    raise SessionFull(numbers, can_wait=can_wait)


def _last_place(numbers: Numbers) -> Place:
    return Place(numbers.parties_waiting + 1, numbers.waiting)


def _add(
    event_session: EventSession,
    applicant: Applicant,
    outcome: Outcome,
    *,
    source: Source,
    actor: str = journal.RESIDENT,
    since: datetime | None = None,
    code: str = "registered",
) -> Registration:
    """Write a registration down and tell the person what they have."""
    registration = _unsaved(event_session, applicant, outcome, source, since or clock.now())
    seated = outcome.status is not Status.UNVERIFIED
    by_anybody = actor == journal.RESIDENT and not applicant.is_proven
    if by_anybody and strangers.had_their_say(applicant.email, seated=seated):
        note(strangers.WITHHELD, registration, actor)
    else:
        letters.tell_first(registration, _first_letter(outcome, applicant.also))
    db.session.add(registration)
    note(code, registration, actor, status=outcome.status)
    needs.note_down(registration, applicant.needs, actor=actor)
    db.session.flush()
    return registration


def _unsaved(
    event_session: EventSession,
    applicant: Applicant,
    outcome: Outcome,
    source: Source,
    since: datetime,
) -> Registration:
    ulid = new_ulid()
    return Registration(
        ulid=ulid,
        event_session=event_session,
        name=applicant.name,
        email=applicant.email,
        phone=applicant.phone,
        party_size=applicant.party_size,
        language=applicant.language,
        wants_reminder=applicant.wants_reminder,
        receipt=applicant.receipt,
        status=outcome.status,
        hold_until=outcome.hold_until,
        offered_at=clock.now() if outcome.status is Status.OFFERED else None,
        remind_at=_remind_at(outcome),
        source=source,
        registered_at=since,
        said_yes_at=since,
        link_version=0,
        ticket=tickets.new_code(),
        ical_uid=new_calendar_uid("reg", ulid),
        ical_sequence=0,
    )


def _first_letter(outcome: Outcome, also: tuple[letters.Also, ...]) -> letters.Compose:
    if outcome.status is Status.WAITING:
        return partial(letters.waiting, place=outcome.place, also=also)
    return partial(letters.state, also=also)


def _rehearse(event_session: EventSession, applicant: Applicant, outcome: Outcome) -> None:
    """Write the letter that a newcomer would get, for nobody: or time would tell who is known.

    A place in the queue, a deadline or other sessions make it one that nobody had
    before, and that takes longer than all else that differs. The letter of a
    seat alone is the same for everybody and there already.
    """
    if outcome.status is not Status.CONFIRMED or applicant.also:
        nobody = _unsaved(event_session, applicant, outcome, Source.ONLINE, clock.now())
        _first_letter(outcome, applicant.also)(nobody, None)


def _remind_at(outcome: Outcome) -> datetime | None:
    """When the missing click is asked for once more; not if the hold is over by then."""
    remind_at = clock.now() + REMIND_AFTER
    if outcome.status is not Status.UNVERIFIED:
        return None
    return remind_at if outcome.hold_until is None or remind_at < outcome.hold_until else None


def _refuse_above_limit(event_session: EventSession, party_size: int) -> None:
    if party_size > event_session.party_limit:
        raise PartyTooLarge(event_session.party_limit)


def _why_not_grow(registration: Registration, party_size: int, numbers: Numbers) -> str:
    """What a party lacks to be so large; empty if nothing. Raises what cannot be bent."""
    _refuse_above_limit(registration.event_session, party_size)
    if registration.status is not Status.CONFIRMED:
        raise CannotGrow(_("Mehr Personen können Sie erst anmelden, wenn Ihr Platz sicher ist."))
    if numbers.waiting:
        return str(_("Andere warten schon auf einen Platz. Deshalb geht das nicht."))
    if party_size - registration.party_size <= numbers.free:
        return ""
    stays = ngettext(
        "Deshalb bleibt es bei %(num)s Person.",
        "Deshalb bleibt es bei %(num)s Personen.",
        registration.party_size,
    )
    return f"{_free_sentence(numbers.free)} {stays}"


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


def _full_sentence(numbers: Numbers, *, can_wait: bool) -> str:
    free = numbers.free
    if free and numbers.waiting and not can_wait:
        return str(_("Andere warten schon, und die Warteliste ist geschlossen."))
    if free and numbers.waiting:
        return str(_("Andere warten schon auf einen Platz. Stellen Sie sich auch an."))
    if free:
        return _free_sentence(free)
    if can_wait:
        return str(_("Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen."))
    if numbers.waiting:
        return str(_("Alle Plätze sind vergeben, und die Warteliste ist geschlossen."))
    return str(_("Alle Plätze sind vergeben, und es gibt keine Warteliste."))


def _free_sentence(free: int) -> str:
    if not free:
        return str(_("Alle Plätze sind vergeben."))
    return ngettext(
        "Es ist nur noch %(num)s Platz frei.", "Es sind nur noch %(num)s Plätze frei.", free
    )


def _limit_sentence(limit: int) -> str:
    return ngettext(
        "Für diese Veranstaltung kann man %(num)s Person anmelden.",
        "Für diese Veranstaltung kann man höchstens %(num)s Personen zusammen anmelden.",
        limit,
    )
