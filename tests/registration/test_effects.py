"""What a change does to people is known before it is done, because it is done and taken back."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db, only_read
from chancendialog.programme.models import EventSession
from chancendialog.registration import changes
from chancendialog.registration.effects import Effects, effects_of
from chancendialog.registration.models import Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory

NOTHING = {"written": 0, "to_call": 0, "entries": 0, "seated": 0, "offered": 0, "deadlines": 0}


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(capacity=2)


def effects(**some):
    return Effects(**NOTHING | {"waiting": 0} | some)


def larger(event_session, capacity):
    return lambda: changes.resize(event_session, capacity, actor="staff:1")


def later(event_session, **by):
    return lambda: changes.move(
        event_session,
        starts_at=event_session.starts_at + timedelta(**by),
        ends_at=None,
        venue=event_session.venue,
        actor="staff:1",
    )


def test_larger_room_offers_seats_to_whoever_fits(event_session):
    RegistrationFactory(event_session=event_session, party_size=2)
    RegistrationFactory.create_batch(2, event_session=event_session, status=Status.WAITING)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=4)

    assert effects_of(larger(event_session, 4), event_session) == effects(
        written=2, offered=2, waiting=1
    )


def test_without_offers_they_are_seated_and_whoever_has_no_address_is_called(event_session):
    event_session.offers = False
    event_session.capacity = 0
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, email=None)

    assert effects_of(larger(event_session, 2), event_session) == effects(
        written=1, to_call=1, seated=2
    )


def test_smaller_room_touches_nobody(event_session):
    RegistrationFactory(event_session=event_session, party_size=2)

    found = effects_of(larger(event_session, 1), event_session)

    assert (found, found.touch_somebody) == (effects(), False)


def test_that_others_go_on_waiting_is_no_effect(event_session):
    RegistrationFactory(event_session=event_session, party_size=2)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)

    found = effects_of(larger(event_session, 2), event_session)

    assert (found, found.touch_somebody) == (effects(waiting=1), False)


def test_move_is_told_to_all_and_changes_the_entries_of_those_with_a_seat(event_session):
    RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, email=None)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=3)
    RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)

    assert effects_of(later(event_session, hours=1), event_session) == effects(
        written=2, to_call=1, entries=1, waiting=1
    )


def test_move_of_a_session_whose_people_have_no_address_names_whom_to_call(event_session):
    RegistrationFactory(event_session=event_session, email=None)

    assert effects_of(later(event_session, hours=1), event_session) == effects(to_call=1)


def test_earlier_start_leaves_less_time_to_click(event_session):
    until = app_clock.now() + timedelta(hours=24)
    RegistrationFactory(event_session=event_session, status=Status.UNVERIFIED, hold_until=until)
    event_session.starts_at = app_clock.now() + timedelta(days=3)
    event_session.ends_at = None

    found = effects_of(later(event_session, days=-2, hours=-1), event_session)

    assert found == effects(written=1, deadlines=1)


def test_what_happens_in_other_sessions_does_not_count(event_session):
    other = EventSessionFactory(capacity=0)
    RegistrationFactory(event_session=other, status=Status.WAITING)

    def both():
        larger(other, 5)()
        larger(event_session, 5)()

    assert effects_of(both, event_session) == effects()
    assert effects_of(later(event_session, hours=1), event_session, other).written == 0


def test_of_several_sessions_all_count(event_session):
    other = EventSessionFactory()
    for one in (event_session, other):
        RegistrationFactory(event_session=one)

    def both():
        for one in (event_session, other):
            later(one, hours=1)()

    assert effects_of(both, event_session, other) == effects(written=2, entries=2)


def test_all_of_it_can_be_taken_back(event_session):
    RegistrationFactory(event_session=event_session, party_size=2)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    db.session.commit()
    before = all_rows()

    effects_of(larger(event_session, 5), event_session)
    only_read()

    assert all_rows() == before
    assert db.session.get_one(EventSession, event_session.id).capacity == 2
