"""What we write to residents, on which occasion.

Composing is pure: a letter is made from what it is handed, so that a preview
can never drift from it. `tell` posts one, in the transaction of the change.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from chancendialog import clock, house, journal, tokens
from chancendialog.calendars.invitations import Seat, cancellation, invitation
from chancendialog.extensions import db, new_ulid
from chancendialog.links import link, new_calendar_uid
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.mailing.outbox import Left
from chancendialog.programme import retention
from chancendialog.programme.facts import SessionFacts, facts_of
from chancendialog.programme.models import EventSession
from chancendialog.registration import seats, tickets
from chancendialog.registration.models import HELD, LIVE, LIVE_ONES, Registration, Status
from chancendialog.registration.placeholders import paragraphs, pieces

LINK = "registration"  # the purpose that links in these letters are signed for
TIME_AND_PLACE = ("starts_at", "ends_at", "place")  # of what they were told


class Also(NamedTuple):
    """Another session that the same form asked for."""

    event_session: SessionFacts
    waits: bool


Compose = Callable[[Registration, Left | None], Letter | None]


def tell(registration: Registration, compose: Compose, *, dispatch: str | None = None) -> bool:
    """Post a letter that tells the whole state, in place of those not yet gone.

    It is composed against what last left; the order matters, or a worker could
    send an invitation between our asking and our writing. Who gave no address
    is told by phone, by staff. Calendars forget a cancelled UID: what takes
    place after all is another entry. Says whether there was anything to tell.
    """
    if not registration.email:
        return False
    outbox.supersede(registration.thread)
    left = outbox.what_left(registration.thread)
    after_all = registration.is_live and not registration.event_session.is_called_off
    if left and left.taken_back and after_all:
        registration.ical_uid = new_calendar_uid("reg", new_ulid())
        registration.ical_sequence = 0
    letter = compose(registration, left)
    if letter:
        outbox.post(letter, thread=registration.thread, dispatch=dispatch)
    return letter is not None


def tell_news(registration: Registration, *, dispatch: str) -> None:
    """Tell what has changed for all of a session, unless their last letter says so already.

    Whom it no longer concerns has a letter that says why.
    """
    off = registration.event_session.is_called_off
    concerned = registration.status in LIVE if off else registration.is_live
    if concerned and outbox.last_told(registration.thread) != _told(registration):
        tell(registration, called_off if off else changed, dispatch=dispatch)


def tell_first(registration: Registration, compose: Compose) -> None:
    """Post the first letter of a registration just made: there is nothing it could replace."""
    if registration.email and (letter := compose(registration, None)):
        outbox.post(letter, thread=registration.thread, first=True)


def as_it_stands(registration: Registration, left: Left | None) -> Letter | None:
    """How things stand also with who has left, or whose session is off.

    A letter that took back a calendar entry may have been lost: this does it again.
    """
    left = left and replace(left, invited=left.invited or left.taken_back)
    if registration.status is Status.WITHDRAWN:
        return withdrawn(registration, left)
    if registration.status is Status.EXPIRED:
        return offer_expired(registration, left) if registration.offered_at else None
    off = registration.event_session.is_called_off
    return called_off(registration, left) if off else state(registration, left)


def state(
    registration: Registration,
    left: Left | None = None,
    *,
    after_all: bool = False,
    also: tuple[Also, ...] | None = None,
) -> Letter:
    """How things stand with them, as if it were the first they hear of it.

    With `after_all` it opens with what they do not expect: the session, which
    was called off, takes place. `also` is handed in for the first letter; one
    in place of it looks for itself what else the same form asked for.
    """
    if registration.status is Status.UNVERIFIED:
        return please_confirm(registration, left, after_all=after_all, also=also)
    if registration.status is Status.CONFIRMED:
        return confirmed(registration, left, after_all=after_all, also=also)
    if registration.status is Status.OFFERED:
        return offer(registration, left, after_all=after_all)
    return waiting(registration, left, after_all=after_all, also=also)


def please_confirm(
    registration: Registration,
    left: Left | None = None,
    *,
    after_all: bool = False,
    also: tuple[Also, ...] | None = None,
) -> Letter:
    """They must click before the sign-up counts; nothing goes to the calendar yet."""
    return _letter(
        "please_confirm",
        registration,
        after_all=after_all,
        also=_others(registration, left, also),
        forgotten_at=seats.forgotten_at(registration),
    )


def confirm_reminder(registration: Registration, left: Left | None = None) -> Letter:
    """They have not clicked yet, and time is running."""
    return _letter("confirm_reminder", registration, forgotten_at=seats.forgotten_at(registration))


def confirmed(
    registration: Registration,
    left: Left | None = None,
    *,
    after_all: bool = False,
    also: tuple[Also, ...] | None = None,
) -> Letter:
    """They have a seat."""
    also = _others(registration, left, also)
    return _letter("confirmed", registration, "REQUEST", after_all=after_all, also=also)


def promoted(registration: Registration, left: Left | None = None) -> Letter:
    """They have a seat, from the waiting list."""
    return _letter("promoted", registration, "REQUEST")


def waiting(
    registration: Registration,
    left: Left | None = None,
    place: Hashable = None,
    *,
    after_all: bool = False,
    also: tuple[Also, ...] | None = None,
) -> Letter:
    """They wait for a seat. Nothing is promised, so nothing goes to the calendar.

    What it says of the queue is handed in: `number` and `people_ahead`.
    """
    also = _others(registration, left, also)
    return _letter("waiting", registration, place=place, after_all=after_all, also=also)


def offer(
    registration: Registration, left: Left | None = None, *, after_all: bool = False
) -> Letter:
    """A seat is held for them until a stated time."""
    return _letter("offer", registration, after_all=after_all)


def offer_expired(registration: Registration, left: Left | None = None) -> Letter:
    """They said nothing in time, and the seat was given on."""
    return _letter("offer_expired", registration)


def last_call(registration: Registration, left: Left | None = None) -> Letter:
    """A seat is free, shortly before the start; the first to click gets it."""
    return _letter("last_call", registration)


def withdrawn(registration: Registration, left: Left | None) -> Letter:
    """Their seat, an offer, or their place in the queue is given up, by them or for them."""
    for_them = was_given_up_for(registration)
    return _letter("withdrawn", registration, _cancel(left), for_them=for_them)


def was_given_up_for(registration: Registration) -> bool:
    """Whether staff gave it up on somebody's behalf: then no button of ours takes it back."""
    return journal.was_done_by_staff(registration.thread, ["withdrawn", "offer_passed_on"])


def erased(
    registration: Registration, left: Left | None = None, *, gave_up: bool = False
) -> Letter:
    """All that we knew of them is deleted; this is the last they hear of us.

    `gave_up` says whether a seat, an offer or a place in the queue went with it.
    """
    method = None if registration.event_session.has_begun else _cancel(left)
    return _letter(
        "erased",
        registration,
        method,
        tells=False,
        lasts=True,
        gave_up=gave_up,
        takes_back=method is not None,
    )


def called_off(registration: Registration, left: Left | None) -> Letter:
    """Their session does not take place."""
    return _letter("called_off", registration, _cancel(left))


def changed(registration: Registration, left: Left | None) -> Letter | None:
    """Time, place or the size of their party is another than they were told.

    Who was told nothing yet, or something else than how they stand now, gets
    the letter of their state with the new facts; who was told just these facts
    gets none.
    """
    told = _told(registration)
    seated = registration.status is Status.CONFIRMED
    after_all = left is not None and left.told.get("called_off") is not None
    if (
        left is None
        or after_all
        or seated is not left.invited
        or left.told.get("status") != told["status"]
    ):
        return state(registration, left, after_all=after_all)
    if left.told == told:
        return None
    if registration.status in HELD:
        return state(registration, left)
    moved = {name for name in TIME_AND_PLACE if left.told.get(name) != told[name]}
    if moved:
        return _letter(
            "moved",
            registration,
            "REQUEST" if seated else None,
            before=_before(left.told),
            new_time=moved != {"place"},
            new_place="place" in moved,
        )
    return _letter("party_resized", registration)


def already_registered(registration: Registration, *, asked: bool = False) -> Letter:
    """Somebody, probably they themselves, signed up once more or `asked` for the link."""
    return _letter("already_registered", registration, tells=False, asked=asked)


def reminder(registration: Registration, left: Left | None = None) -> Letter:
    """Their session is near: do they come? Who does not answer keeps the seat."""
    return _letter("reminder", registration, tells=False)


def needs_answered(registration: Registration, left: Left | None = None) -> Letter:
    """What they need has an answer. It stands on their own page, and not in a mail."""
    return _letter("needs_answered", registration, tells=False, lasts=True)


def thanks(registration: Registration, left: Left | None = None) -> Letter:
    """They were there. Nothing is left to do."""
    programme_url = link("public.programme", language=registration.language)
    return _letter("thanks", registration, tells=False, lasts=True, programme_url=programme_url)


def message(registration: Registration, subject: str, text: str) -> Letter:
    """Staff's own words to people of a session, see `placeholders`.

    The frame is ours: greeting, facts of the session and, as long as there is
    something to give up, the link to do so.
    """
    event_session = registration.event_session
    return _letter(
        "message",
        registration,
        tells=False,
        lasts=True,
        subject_pieces=pieces(subject),
        paragraphs=paragraphs(text),
        still_theirs=registration.is_live and event_session.is_to_come,
    )


def address_corrected(registration: Registration, left: Left | None) -> Letter | None:
    """To the mistyped address, if it was written to: it was a slip, think no more of it."""
    return _letter("address_corrected", registration, _cancel(left)) if left else None


class Before(NamedTuple):
    """When and where a session was to be, as its people were told."""

    starts_at: datetime
    ends_at: datetime | None
    place: str | None


def manage_url(registration: Registration) -> str:
    """The link to one's own registration. Travels by mail only."""
    return link(
        "public.registration", token=own_token(registration), language=registration.language
    )


def ticket_url(registration: Registration) -> str:
    """What the QR code of somebody's ticket opens; it names nobody."""
    return link("public.ticket", code=registration.ticket, language=registration.language)


def own_token(registration: Registration) -> str:
    """What that link holds; for nobody who has not shown that the address is theirs."""
    return tokens.sign(LINK, [registration.ulid, registration.link_version])


def _letter(
    kind: str,
    registration: Registration,
    method: str | None = None,
    *,
    tells: bool = True,
    lasts: bool = False,
    after_all: bool = False,
    **facts: Hashable,
) -> Letter:
    """`tells` says whether a later letter may refer to it, `lasts` that none replaces it."""
    assert registration.email
    assert registration.ticket
    event_session, language = registration.event_session, registration.language
    session_url = link("public.session_page", slug=event_session.slug, language=language)
    calendar = None
    if method:
        seat = _seat(registration, session_url, clock.now())
        calendar = (invitation if method == "REQUEST" else cancellation)(event_session, seat)
    return write(
        kind,
        name=registration.name,
        email=registration.email,
        own_url=manage_url(registration),
        code=tickets.shown(registration.ticket),
        code_url=ticket_url(registration),
        language=language,
        calendar=calendar,
        calendar_method=method,
        told=_told(registration) if tells else None if lasts else {},
        after_all=after_all,
        event_session=facts_of(event_session, registration.language),
        party_size=registration.party_size,
        status=registration.status,
        hold_until=registration.hold_until,
        was_offered=registration.offered_at is not None,
        session_url=session_url,
        kept_days=retention.days(event_session),
        imprint_url=link("public.imprint", language=language),
        privacy_url=link("public.privacy_notice", language=language),
        house=house.contact(),
        **facts,
    )


def also(
    event_session: EventSession, language: str, status: Status, hold_until: datetime | None
) -> Also:
    """One such session, in the words of the letter that names it."""
    waits = status is not Status.CONFIRMED and hold_until is None
    return Also(facts_of(event_session, language), waits)


def _others(
    registration: Registration, left: Left | None, known: tuple[Also, ...] | None
) -> tuple[Also, ...]:
    """What the first letter names, and one that leaves in its place; later ones name nothing."""
    if known is not None or left or not registration.receipt:
        return known or ()
    others = db.session.scalars(
        select(Registration)
        .join(EventSession)
        .where(
            Registration.receipt == registration.receipt,
            Registration.email == registration.email,
            Registration.ulid != registration.ulid,
            LIVE_ONES,
        )
        .order_by(EventSession.starts_at, EventSession.id)
    )
    return tuple(
        also(one.event_session, registration.language, one.status, one.hold_until) for one in others
    )


def _before(told: dict[str, str | None]) -> Before:
    ends_at = told["ends_at"]
    return Before(
        datetime.fromisoformat(told["starts_at"] or ""),
        datetime.fromisoformat(ends_at) if ends_at else None,
        told["place"],
    )


def _seat(registration: Registration, url: str, stamp: datetime) -> Seat:
    assert registration.email
    return Seat(
        uid=registration.ical_uid,
        sequence=registration.ical_sequence,
        stamp=stamp,
        name=registration.name,
        email=registration.email,
        organizer=outbox.reply_address(registration.email),
        url=url,
        language=registration.language,
    )


def _told(registration: Registration) -> dict[str, str | None]:
    """What a later letter may refer to."""
    event_session = registration.event_session
    ends_at = event_session.ends_at
    hold_until = registration.hold_until if registration.status in HELD else None
    return {
        "starts_at": event_session.starts_at.astimezone(UTC).isoformat(),
        "ends_at": ends_at.astimezone(UTC).isoformat() if ends_at else None,
        "place": event_session.place,
        "status": registration.status,
        "party_size": str(registration.party_size),
        "hold_until": hold_until.astimezone(UTC).isoformat() if hold_until else None,
        "called_off": "yes" if event_session.is_called_off else None,
    }


def _cancel(left: Left | None) -> str | None:
    """A cancellation, but only for what is in their calendar."""
    return "CANCEL" if left and left.invited else None
