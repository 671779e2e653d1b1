"""A session with its people: searched, by state, sorted; and their list to take away."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from flask import abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from chancendialog.attendance import roster
from chancendialog.documents import attendees
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import people as listing
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.people import Order
from chancendialog.staff.permissions import Permission
from chancendialog.web.forms import one_line, plain_text
from chancendialog.web.guards import requires
from chancendialog.web.office import bp
from chancendialog.web.office.gaps import missing

ALWAYS_SHOWN = (Status.CONFIRMED, Status.WAITING)  # also when there is nobody
IN_ORDER = (
    Status.CONFIRMED,
    Status.OFFERED,
    Status.UNVERIFIED,
    Status.WAITING,
    Status.EXPIRED,
    Status.WITHDRAWN,
)
ORDERS = {
    Order.QUEUE: _("Anmeldung"),
    Order.NEWEST: _("Anmeldung, neueste zuerst"),
    Order.NAME: _("Name"),
    Order.SIZE: _("Personen, meiste zuerst"),
}
MOST = 10**6  # pages; no session has more


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who is to be shown, and how."""

    words: str
    status: Status | None
    order: Order
    page: int

    def address(self, **other: object) -> dict[str, object]:
        """What the address of this list says, but for what is to be otherwise; never the words."""
        now = {"stand": self.status, "sortiert": self.order, "seite": self.page} | other
        usual = {"stand": None, "sortiert": Order.QUEUE, "seite": 1}
        return {name: value for name, value in now.items() if value != usual[name]}

    @property
    def query(self) -> dict[str, Any]:
        """The same, as the list takes it."""
        return {
            "words": self.words,
            "status": self.status,
            "order": self.order,
            "number": self.page,
        }


@dataclass(frozen=True)
class Pages:
    """Which page of how many this is."""

    now: int
    last: int

    @property
    def first_row(self) -> int:
        """The number of its first registration."""
        return (self.now - 1) * listing.ON_A_PAGE + 1

    @property
    def near(self) -> list[int]:
        """Those worth a link: the first, the last, and those around this one."""
        around = range(self.now - 2, self.now + 3)
        return sorted({1, self.last, *(one for one in around if 1 <= one <= self.last)})


@bp.get("/termine/<slug>")
@requires(Permission.SEE_PEOPLE)
def people(slug: str) -> ResponseReturnValue:
    """Show a session with its numbers and its people, a page of them at a time."""
    event_session = staff_session(slug)
    wish = _wish(slug)
    everybody = listing.counts(event_session)
    found = listing.counts(event_session, wish.words) if wish.words else everybody
    in_all = sum(one.registrations for one in found.values())
    number = found[wish.status].registrations if wish.status else in_all
    last = max(1, ceil(number / listing.ON_A_PAGE))
    wish = replace(wish, page=min(wish.page, last))
    shown = listing.page(event_session, **wish.query)
    meant = listing.nearest(event_session, wish.words) if wish.words and not in_all else []
    return render_template(
        "office/people.html",
        event_session=event_session,
        gaps=[] if event_session.is_over else missing(event_session),
        everybody=everybody,
        arrived=roster.arrived_in(event_session),
        found=found,
        in_all=in_all,
        wish=wish,
        number=number,
        pages=Pages(wish.page, last),
        guests=roster.guests_of(shown or meant),
        is_guess=bool(meant),
        places=listing.places(event_session, shown or meant),
        undelivered=outbox.failures([one.thread for one in shown or meant]),
        orders=ORDERS,
        in_order=IN_ORDER,
        always_shown=ALWAYS_SHOWN,
        status_name=attendees.status_name,
    )


@bp.post("/termine/<slug>")
@requires(Permission.SEE_PEOPLE)
def find_people(slug: str) -> ResponseReturnValue:
    """Look for somebody. The words stay in the cookie, out of addresses and their logs."""
    staff_session(slug)
    session["personen"] = slug, plain_text(one_line(request.form.get("suche")))[:120]
    sorted_by = _wish(slug).order
    return redirect(url_for(".people", slug=slug, sortiert=sorted_by, _anchor="personen"), 303)


def _wish(slug: str) -> Wish:
    """What the address asks for, and what was looked for last; what it cannot mean is left out."""
    of, words = session.get("personen", ("", ""))
    wished = request.args
    return Wish(
        words=words if of == slug else "",
        status=wished.get("stand", type=Status),
        order=wished.get("sortiert", Order.QUEUE, type=Order),
        page=max(1, min(wished.get("seite", 1, type=int), MOST)),
    )


def staff_session(slug: str) -> EventSession:
    """The session that an address names, drafts included, or a 404 page."""
    return queries.session_by_slug(slug, drafts=True) or abort(404)


def known_registration(event_session: EventSession, ulid: str) -> Registration:
    """The registration of this session that an address names, or a 404 page."""
    found = db.session.scalar(
        select(Registration).where(
            Registration.ulid == ulid, Registration.event_session_id == event_session.id
        )
    )
    return found or abort(404)
