"""The receipt of a sign-up: signed in its address, and what the browser's cookie adds.

Whoever has the address reads what was asked and what came of it. Only the
browser that signed up knows name and masked address, and may correct it.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import abort, session, url_for

from chancendialog import clock, tokens
from chancendialog.extensions import locked, unlocked
from chancendialog.programme.models import EventSession
from chancendialog.registration.booking import Applicant, Outcome
from chancendialog.registration.models import Arrangement, Status
from chancendialog.registration.needs import NOTHING, Asked
from chancendialog.registration.several import Further
from chancendialog.registration.waiting_list import Place
from chancendialog.web.public.addresses import masked

RECEIPT = "receipt"  # what receipts are signed for
CORRECTABLE = timedelta(hours=24)
KEPT = 3  # in the browser's cookie
ROOM = 1800  # characters in it for what was typed about needs


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a sign-up came to; moments in seconds since 1970, the place as number and people.

    `others` are further sessions of the same form: id, status, deadline and
    place of each; the status is empty where there was no way in.
    """

    number: str
    session_id: int
    status: str
    party_size: int
    signed_up_at: int
    hold_until: int | None = None
    place: list[int] | None = None
    others: list[list[Any]] = field(default_factory=list)

    @property
    def further(self) -> dict[int, "Receipt"]:
        """The same for each of the others, by the id of its session."""
        return {
            one: replace(
                self, session_id=one, status=status, hold_until=until, place=place, others=[]
            )
            for one, status, until, place in self.others
        }

    @property
    def in_queue(self) -> Place | None:
        """Where in the queue they stood then."""
        return Place(*self.place) if self.place else None

    @property
    def held_until(self) -> datetime | None:
        """Until when the seats are held for the click."""
        return datetime.fromtimestamp(self.hold_until, UTC) if self.hold_until else None

    @property
    def is_overdue(self) -> bool:
        """Whether that moment has come."""
        return self.held_until is not None and self.held_until <= clock.now()

    @property
    def needs_click(self) -> bool:
        """Whether it only counted after a click on a mailed link."""
        return self.status == Status.UNVERIFIED

    @property
    def is_correctable(self) -> bool:
        """Whether its address may still be corrected."""
        return clock.now().timestamp() - self.signed_up_at <= CORRECTABLE.total_seconds()


def write(
    event_session: EventSession,
    applicant: Applicant,
    outcome: Outcome,
    further: Sequence[Further] = (),
) -> Receipt:
    """Make a receipt of what was decided just now."""
    _id, _status, hold_until, place = _in_short(event_session, outcome)
    return Receipt(
        number=applicant.receipt or "",
        session_id=event_session.id,
        status=outcome.status,
        party_size=outcome.party_size,
        signed_up_at=int(clock.now().timestamp()),
        hold_until=hold_until,
        place=place,
        others=[_in_short(one, came_of_it) for one, came_of_it in further],
    )


def _in_short(event_session: EventSession, outcome: Outcome | None) -> list[Any]:
    if outcome is None:
        return [event_session.id, "", None, None]
    until, place = outcome.hold_until, outcome.place
    return [
        event_session.id,
        outcome.status,
        int(until.timestamp()) if until else None,
        [place.number, place.people_ahead] if place else None,
    ]


def read(event_session: EventSession, signed: str) -> Receipt:
    """The receipt that an address holds, or a 404 page; older ones say less."""
    try:
        content = tokens.read(RECEIPT, signed)
    except tokens.BadToken:
        abort(404)
    names = [one.name for one in fields(Receipt)]
    receipt = Receipt(**dict(zip(names, content, strict=False)))
    if receipt.session_id != event_session.id:
        abort(404)
    return receipt


def url_of(
    receipt: Receipt, event_session: EventSession, page: str = ".receipt", **more: Any
) -> str:
    """Where a receipt is shown, or where one of its buttons leads."""
    *alone, others = astuple(receipt)
    signed = tokens.sign(RECEIPT, [*alone, others] if others else alone)
    return url_for(page, slug=event_session.slug, receipt=signed, **more)


def remember(receipt: Receipt, name: str, email: str, needs: str = "") -> None:
    """Keep in this browser's cookie what its receipt page shows; nobody else can ask for it.

    `needs` are locked, and for who signs up once more at another address: as the first
    one may be somebody else's, they may stand nowhere else. Those of older receipts
    make room, for browsers drop a cookie that is too large.
    """
    others = [one for one in session.get("receipts", []) if one["number"] != receipt.number]
    shown = {"number": receipt.number, "name": name, "masked": masked(email)}
    if needs:
        shown["needs"] = needs
    kept = [*others, shown][-KEPT:]
    for older in kept[:-1]:
        if sum(len(one.get("needs", "")) for one in kept) > ROOM:
            older.pop("needs", None)
    session["receipts"] = kept


def locked_needs(asked: Asked) -> str:
    """What somebody needs, so that a look at the cookie tells nothing of it."""
    return locked(json.dumps([asked.arrangements, asked.words])) if asked.by_kind else ""


def unlocked_needs(kept: dict[str, str]) -> Asked:
    """The same, back again; nothing if a key was thrown away meanwhile."""
    text = unlocked(kept["needs"]) if "needs" in kept else None
    if text is None:
        return NOTHING
    arrangements, words = json.loads(text)
    return Asked(tuple(Arrangement(one) for one in arrangements), words)


def kept(receipt: Receipt) -> dict[str, str] | None:
    """What this browser knows of it, as long as the address may be corrected."""
    receipts = session.get("receipts", []) if receipt.is_correctable else []
    return next((one for one in receipts if one["number"] == receipt.number), None)


def numbers_of(receipt: Receipt) -> list[str]:
    """This receipt's number, then those of other forms with the same name and address.

    Somebody who waits for a mail that went to a mistyped address tends to type it again.
    """
    this = kept(receipt)
    alike = [
        one["number"]
        for one in session.get("receipts", [])
        if this and (one["name"], one["masked"]) == (this["name"], this["masked"])
    ]
    return [receipt.number, *(number for number in alike if number != receipt.number)]
