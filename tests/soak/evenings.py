"""Evenings on which some have a seat, some were asked, some wait, and what each of them presses."""

from datetime import timedelta
from functools import partial

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.registration import booking, letters
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory
from tests.soak import audit
from tests.soak.residents import page_of

SEATS = 10
SEATED = [f"seated{n}" for n in range(SEATS // 2)]  # two people each
WAITING = {"first": 1, "second": 2, "third": 3, "fourth": 1, "fifth": 4, "sixth": 2}
LEAVING = ("seated2", "seated3", "third")  # of those who have no offer


def lively_evening(slug):
    """All seats are taken or held; gives it with some people's own pages, and their buttons."""
    evening = EventSessionFactory(slug=slug, capacity=SEATS)
    people = {
        name: book(evening, name, size)
        for name, size in {**dict.fromkeys(SEATED, 2), **WAITING}.items()
    }
    for name in SEATED[:2]:  # four seats, so three who wait are asked
        booking.withdraw(people[name])
        db.session.commit()
    pressed = {name: "/zusagen" for name, one in people.items() if one.status is Status.OFFERED}
    pressed |= dict.fromkeys(LEAVING, "/abmelden")
    pages = [
        (page_of(letters.manage_url(people[name])), button) for name, button in pressed.items()
    ]
    db.session.commit()
    return evening, pages


def book(evening, name, size):
    """Sign somebody up before the rush."""
    applicant = Applicant(name="Kim", email=address(name), party_size=size, would_wait=True)
    registration = booking.register(evening, applicant)
    db.session.commit()
    return registration


def let_offers_run_out_soon(evening):
    """In the middle of the rush, almost at the same moment."""
    for n, one in enumerate(audit.registrations(evening)):
        if one.status is Status.OFFERED:
            one.hold_until = clock.now() + timedelta(seconds=1, milliseconds=2 * n)
    db.session.commit()


def form_of(slug):
    return f"/termine/{slug}/anmelden"


def filling_in(resident, slug, name, size=1):
    """What somebody does who opens the form of an evening and types."""
    typed = {"name": "Kim", "email": address(name), "party_size": str(size)}
    return partial(resident.open, form_of(slug), **typed)


def address(name):
    return f"{name}@example.org"
