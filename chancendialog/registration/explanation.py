"""Why a registration stands as it does, and what would change that.

Residents read these sentences on their own page; staff read the same ones
beside the person, so that both talk about the same thing on the phone.
"""

from dataclasses import dataclass
from datetime import datetime

from chancendialog import journal
from chancendialog.i18n import gettext as _
from chancendialog.i18n import ngettext, when
from chancendialog.registration import letters, seats
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.seats import Numbers
from chancendialog.registration.waiting_list import may_take_a_seat, place_of

LEAVES_THE_QUEUE = {
    "offered", "seated_from_waiting_list", "withdrawn", "cannot_come", "switched",
    "address_corrected",
}  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """How things stand, why, and what would change it. `yes` is what a click would say now."""

    state: str
    because: str = ""
    change: str = ""
    yes: str = ""


@dataclass(frozen=True)
class Event:
    """One line of a registration's history."""

    at: datetime
    sentence: str


def explain(registration: Registration) -> Explanation:
    """Say how a registration stands at this moment. Two queries at most."""
    event_session = registration.event_session
    if event_session.is_called_off:
        return Explanation(_("Diese Veranstaltung ist abgesagt"))
    if event_session.is_over:
        return Explanation(_("Diese Veranstaltung ist vorbei"))
    explanation = {
        Status.UNVERIFIED: _unverified,
        Status.CONFIRMED: _confirmed,
        Status.WAITING: _waiting,
        Status.OFFERED: _offered,
        Status.EXPIRED: _expired,
        Status.WITHDRAWN: _withdrawn,
    }[registration.standing](registration)
    return Explanation(explanation.state) if event_session.has_begun else explanation


def history(registration: Registration) -> list[Event]:
    """What happened to it, the oldest first; also when others were asked because it did not fit.

    Two queries.
    """
    own = journal.of_thread(registration.thread)
    others = journal.of_scope(
        registration.event_session.thread, "offered", "seated_from_waiting_list", "nobody_fits"
    )
    events, waits, size = [], False, 0
    for entry in sorted({*own, *others}, key=lambda entry: entry.id):
        facts = entry.facts
        if entry.thread == registration.thread:
            size = facts.get("now", facts.get("party_size", size))
            if "status" in facts:
                waits = facts["status"] == Status.WAITING
            elif entry.code in LEAVES_THE_QUEUE:
                waits = False
            events.append(Event(entry.at, journal.sentence(entry)))
        elif waits and facts.get("free", size) < size:
            not_offered = journal.said("not_offered", {"free": facts["free"], "party_size": size})
            events.append(Event(entry.at, not_offered))
    return events


def _unverified(registration: Registration) -> Explanation:
    if registration.hold_until is None:
        return Explanation(
            _("Bestätigen Sie noch, dass Sie auf die Warteliste möchten"),
            _("Sie haben noch keinen Platz."),
            _("Ihre Stelle dort richtet sich danach, wann Sie sich angemeldet haben."),
            yes=_("Warteliste bestätigen"),
        )
    return Explanation(
        _("Bestätigen Sie noch Ihre Anmeldung"),
        _held(registration, registration.hold_until),
        _("Danach geben wir weiter, was nicht bestätigt ist."),
        yes=_("Anmeldung bestätigen"),
    )


def _confirmed(registration: Registration) -> Explanation:
    said_at = registration.said_yes_at
    said_again = said_at is not None and said_at > registration.registered_at
    return Explanation(
        ngettext(
            "Ihr Platz ist sicher", "Ihre %(num)s Plätze sind sicher", registration.party_size
        ),
        _("Danke für Ihre Zusage vom %(moment)s.", moment=when(said_at))
        if said_at and said_again
        else "",
    )


def _waiting(registration: Registration) -> Explanation:
    numbers, place = seats.numbers_of(registration.event_session), place_of(registration)
    stands = _("Sie stehen an Stelle %(number)s der Warteliste.", number=place.number)
    return Explanation(
        _("Sie stehen auf der Warteliste"),
        f"{stands} {place.ahead} {_why_not_yet(registration, numbers)}",
        _what_helps(registration, numbers),
        yes=_accept(registration.party_size) if _is_called(registration, numbers) else "",
    )


def _offered(registration: Registration) -> Explanation:
    size = registration.party_size
    return Explanation(
        ngettext("Für Sie ist ein Platz frei", "Für Sie sind %(num)s Plätze frei", size),
        _held(registration, registration.hold_until) if registration.hold_until else "",
        _("Hören wir bis dahin nichts von Ihnen, fragen wir die Nächsten."),
        yes=_accept(size),
    )


def _expired(registration: Registration) -> Explanation:
    event_session = registration.event_session
    numbers = seats.numbers_of(event_session)
    moment = when(registration.hold_until) if registration.hold_until else ""
    if registration.offered_at:
        state = _("Das Angebot ist abgelaufen")
        because = _("Es galt bis %(moment)s.", moment=moment)
    else:
        state = _("Die Anmeldung ist verfallen")
        because = _("Sie konnten sie bestätigen bis %(moment)s.", moment=moment)
    is_next = registration.party_size <= numbers.free and not numbers.somebody_fits
    if is_next or _is_called(registration, numbers):
        change = _("Es ist noch Platz. Mit dem Knopf sind Sie doch dabei.")
    elif event_session.waiting_list:
        change = _(
            "Zurzeit ist nichts frei. Mit dem Knopf kommen Sie auf die Warteliste. Ihre Stelle dort"
            " richtet sich danach, wann Sie sich angemeldet haben."
        )
    else:
        change = _("Zurzeit ist nichts frei, und es gibt keine Warteliste.")
    return Explanation(state, because, change, yes=_("Doch kommen"))


def _withdrawn(registration: Registration) -> Explanation:
    if letters.was_given_up_for(registration):
        return Explanation(
            _("Sie sind abgemeldet"),
            _("Das Team im Büro hat Sie abgemeldet. War das ein Irrtum? Rufen Sie uns an."),
        )
    return Explanation(
        _("Sie sind abgemeldet"),
        _("Danke, dass Sie Bescheid gesagt haben. So kann jemand anderes kommen."),
    )


def _accept(size: int) -> str:
    return ngettext("Platz annehmen", "Plätze annehmen", size)


def _held(registration: Registration, until: datetime) -> str:
    return ngettext(
        "Wir halten Ihren Platz bis %(moment)s.",
        "Wir halten Ihre %(num)s Plätze bis %(moment)s.",
        registration.party_size,
        moment=when(until),
    )


def _is_called(registration: Registration, numbers: Numbers) -> bool:
    called = registration.event_session.last_call_at is not None
    return called and may_take_a_seat(registration, numbers)


def _why_not_yet(registration: Registration, numbers: Numbers) -> str:
    if not numbers.free:
        return _("Alle Plätze sind vergeben.")
    free = ngettext("%(num)s Platz ist frei", "%(num)s Plätze sind frei", numbers.free)
    if registration.party_size > numbers.free:
        wanted = registration.party_size
        return _("%(free)s, Sie wünschen %(wanted)s.", free=free, wanted=wanted)
    return _("%(free)s.", free=free)


def _what_helps(registration: Registration, numbers: Numbers) -> str:
    event_session = registration.event_session
    called_at = event_session.last_call_at
    if _is_called(registration, numbers):
        return _("Es geht bald los: Wer zuerst zusagt, bekommt den Platz.")
    if called_at and registration.party_size <= numbers.free:
        moment = when(called_at + seats.CALL_LASTS)
        return _("Wer schon länger wartet, hat Vorrang bis %(moment)s.", moment=moment)
    if seats.hold_ends_at(event_session) is None:
        return ngettext(
            "Wird einer frei, schreiben wir Ihnen. Dann bekommt ihn, wer zuerst zusagt.",
            "Werden %(num)s frei, schreiben wir Ihnen. Dann bekommt sie, wer zuerst zusagt.",
            registration.party_size,
        )
    fewer = _("Mit weniger Personen kommen Sie vielleicht eher dran.") if numbers.free else ""
    if not registration.email:
        soon = ngettext(
            "Wird einer für Sie frei, ist es Ihrer, und wir rufen Sie an.",
            "Werden %(num)s für Sie frei, sind es Ihre, und wir rufen Sie an.",
            registration.party_size,
        )
    elif event_session.offers:
        soon = ngettext(
            "Wird einer für Sie frei, schreiben wir Ihnen sofort. Dann sagen Sie zu oder ab.",
            "Werden %(num)s für Sie frei, schreiben wir Ihnen sofort. Dann sagen Sie zu oder ab.",
            registration.party_size,
        )
    else:
        soon = ngettext(
            "Wird einer für Sie frei, ist es Ihrer, und wir schreiben Ihnen sofort.",
            "Werden %(num)s für Sie frei, sind es Ihre, und wir schreiben Ihnen sofort.",
            registration.party_size,
        )
    return f"{soon} {fewer}".strip()
