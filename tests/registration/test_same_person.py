"""Without an address people are the same by what led from one registration to the next."""

import pytest

from chancendialog.extensions import db
from chancendialog.registration import booking, coming_back, personal_calendar, seats, switching
from chancendialog.registration.models import PersonalCalendar, Status
from tests.factories import EventSessionFactory, RegistrationFactory


@pytest.fixture
def evening(app, clock):
    return EventSessionFactory(capacity=20)


@pytest.fixture
def oma(evening):
    return RegistrationFactory(event_session=evening, email=None, phone="0511 1", party_size=2)


def taken(event_session):
    return seats.numbers_of(event_session).taken


def test_coming_back_twice_takes_the_seats_once_and_keeps_the_number(evening, oma):
    RegistrationFactory(event_session=evening, email=None)  # somebody else
    booking.withdraw(oma)

    back = [coming_back.come_back(oma) for _twice in range(2)]

    assert back[0] is back[1]
    assert (taken(evening), back[0].phone) == (3, "0511 1")


def test_others_without_an_address_are_in_nobodys_way(evening, oma):
    RegistrationFactory(event_session=evening, email=None)
    booking.withdraw(oma)

    way = coming_back.way_back(oma)

    assert (way.status, way.newer) == (Status.CONFIRMED, None)


def test_old_paper_leads_to_the_newest_of_a_chain(evening, oma):
    booking.withdraw(oma)
    first = coming_back.come_back(oma)
    booking.withdraw(first)
    second = coming_back.come_back(first)

    with pytest.raises(booking.RegisteredAnew):
        coming_back.come_back(oma)
    assert (second.status, taken(evening)) == (Status.CONFIRMED, 2)


def test_switching_twice_takes_seats_there_once(evening, oma):
    other = EventSessionFactory(capacity=20)
    RegistrationFactory(event_session=other, email=None)

    there = [switching.switch(oma, other, stays=True) for _twice in range(2)]

    assert there[0] is there[1]
    assert (taken(other), taken(evening)) == (3, 2)


def test_sessions_of_others_without_an_address_can_be_chosen(evening, oma):
    other = EventSessionFactory(capacity=20)
    RegistrationFactory(event_session=other, email=None)

    assert [one.event_session for one in switching.choices(oma)] == [other]


def test_nobody_without_an_address_has_a_personal_calendar(oma):
    personal_calendar.renew(oma)

    assert db.session.query(PersonalCalendar).all() == []
