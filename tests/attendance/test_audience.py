"""To whom staff can write: everybody who is meant, each once, and no stranger."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.attendance.audience import Audience, audiences, people_of
from chancendialog.attendance.roster import check_in
from chancendialog.extensions import db
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.factories import EventSessionFactory, RegistrationFactory

STAFF = "staff:1"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory()


def register(event_session, name, **facts):
    email = f"{name}@example.org"
    return booking.register(event_session, Applicant(name=name, email=email, **facts))


def names(audience):
    """Who is meant, in the order of sign-up."""
    query = select(Registration.name).where(people_of(audience)).order_by(Registration.id)
    return db.session.scalars(query).all()


def arrive(registration, people, operation):
    check_in(registration, people, operation=operation, actor=STAFF)


@pytest.mark.parametrize(
    ("audience", "meant"),
    [
        (Audience.SEATED, ["confirmed"]),
        (Audience.WAITING, ["waiting"]),
        (Audience.ASKED, ["unverified", "offered"]),
        (Audience.EVERYBODY, ["unverified", "confirmed", "waiting", "offered"]),
        (Audience.LEFT, ["withdrawn"]),
    ],
)
def test_people_are_meant_by_how_they_stand(event_session, audience, meant):
    for status in Status:
        RegistrationFactory(event_session=event_session, name=status.value, status=status)

    assert names(audience) == meant


def test_who_came_is_who_was_marked_last_as_in(event_session):
    came, went, _away = (
        RegistrationFactory(event_session=event_session, name=name, party_size=2)
        for name in ("came", "taken back", "away")
    )
    arrive(came, 0, "a")
    arrive(went, 2, "b")
    arrive(went, 0, "c")
    arrive(came, 1, "d")
    db.session.flush()

    assert names(Audience.CAME) == ["came"]
    assert names(Audience.STAYED_AWAY) == ["taken back", "away"]


def test_who_had_no_seat_did_not_stay_away(event_session):
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)

    assert names(Audience.STAYED_AWAY) == []


def test_who_left_and_came_back_has_not_left(event_session):
    booking.withdraw(register(event_session, "kim"))
    register(event_session, "kim")
    db.session.flush()

    assert names(Audience.LEFT) == []


def test_who_left_twice_left_once(event_session):
    booking.withdraw(register(event_session, "kim"))
    booking.withdraw(register(event_session, "kim"))
    db.session.flush()

    assert names(Audience.LEFT) == ["kim"]


def test_who_came_back_elsewhere_has_left_here(event_session):
    booking.withdraw(register(event_session, "kim"))
    register(EventSessionFactory(), "kim")
    db.session.flush()

    assert names(Audience.LEFT) == ["kim"]


def test_stranger_behind_a_mistyped_address_has_not_left(event_session):
    booking.correct_address(register(event_session, "typo", receipt="A"), "kim@example.org")
    booking.readdress(register(event_session, "lou"), "lou@right.example", actor=STAFF)
    db.session.flush()

    assert names(Audience.LEFT) == []


@pytest.mark.parametrize(("hours", "by_attendance"), [(1, False), (0, True), (-48, True)])
def test_nobody_has_come_or_stayed_away_before_the_start(event_session, hours, by_attendance):
    event_session.starts_at = app_clock.now() + timedelta(hours=hours)

    offered = audiences(event_session)

    assert (Audience.CAME in offered, Audience.STAYED_AWAY in offered) == (by_attendance,) * 2
    assert set(offered) | {Audience.CAME, Audience.STAYED_AWAY} == set(Audience)
