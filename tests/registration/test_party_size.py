"""Bringing fewer people, or more."""

import pytest

from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.registration import booking, seats
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory


def test_fewer_people_free_their_seats_at_once(letters):
    event_session = EventSessionFactory(capacity=4, offers=False)
    party = RegistrationFactory(event_session=event_session, party_size=4)
    waiting = RegistrationFactory(event_session=event_session, party_size=3, status=Status.WAITING)

    booking.resize_party(party, 1)

    assert (party.party_size, waiting.status) == (1, Status.CONFIRMED)
    assert letters()[1] == ("promoted", waiting.email)


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.WAITING])
def test_who_was_told_a_number_is_told_the_new_one(letters, post_office, status):
    event_session = EventSessionFactory(capacity=2 if status is Status.CONFIRMED else 0)
    party = booking.register(
        event_session,
        Applicant(name="Kim", email="kim@example.org", party_size=2, would_wait=True),
    )
    db.session.commit()
    delivery.deliver_due()

    booking.resize_party(party, 1)

    assert [kind for kind, _ in letters()][1:] == ["party_resized"]


def test_more_people_take_free_seats_if_nobody_waits(letters):
    event_session = EventSessionFactory(capacity=3)
    party = RegistrationFactory(event_session=event_session)

    booking.resize_party(party, 3)

    assert seats.numbers_of(event_session).free == 0


def test_nobody_grows_past_those_who_wait(app):
    event_session = EventSessionFactory(capacity=3)
    party = RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, party_size=4, status=Status.WAITING)

    with pytest.raises(booking.CannotGrow, match="Andere warten"):
        booking.resize_party(party, 2)


def test_nobody_grows_beyond_the_room_or_the_limit(app):
    party = RegistrationFactory(event_session=EventSessionFactory(capacity=2, party_limit=4))

    with pytest.raises(booking.CannotGrow, match="nur noch 1 Platz frei"):
        booking.resize_party(party, 3)
    with pytest.raises(booking.PartyTooLarge, match="höchstens 4"):
        booking.resize_party(party, 5)


def test_who_has_no_seat_yet_can_only_become_fewer(app):
    event_session = EventSessionFactory(capacity=0)
    party = RegistrationFactory(event_session=event_session, party_size=2, status=Status.WAITING)

    with pytest.raises(booking.CannotGrow, match="wenn Ihr Platz sicher ist"):
        booking.resize_party(party, 3)
    booking.resize_party(party, 1)

    assert party.party_size == 1


def test_a_party_that_shrinks_while_it_waits_may_fit_at_once(letters):
    event_session = EventSessionFactory(capacity=2, offers=False)
    RegistrationFactory(event_session=event_session)
    party = RegistrationFactory(event_session=event_session, party_size=2, status=Status.WAITING)

    booking.resize_party(party, 1)

    assert party.status is Status.CONFIRMED
    assert letters() == [("promoted", party.email)]


def test_the_same_number_again_changes_nothing(letters):
    party = RegistrationFactory(party_size=2)

    booking.resize_party(party, 2)

    assert letters() == []


def test_who_has_left_has_no_party(app):
    party = RegistrationFactory(party_size=2, status=Status.WITHDRAWN)

    with pytest.raises(booking.RegistrationClosed, match="gilt nicht mehr"):
        booking.resize_party(party, 1)
