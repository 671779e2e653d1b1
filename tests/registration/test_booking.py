"""Who gets a seat, and what they are told."""


import pytest

from chancendialog.registration import booking, seats
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory


def erika(**facts):
    return Applicant(**{"name": "Erika", "email": "erika@example.org", **facts})


def test_a_free_seat_is_theirs_at_once(letters):
    event_session = EventSessionFactory(capacity=3)

    registration = booking.register(event_session, erika(party_size=3))

    assert registration.status is Status.CONFIRMED
    assert seats.free_seats(event_session) == 0
    assert letters() == [("confirmed", "erika@example.org")]


def test_a_party_is_seated_whole_or_not_at_all(letters):
    event_session = EventSessionFactory(capacity=2)

    with pytest.raises(booking.SessionFull, match="nur noch 2 Plätze frei"):
        booking.register(event_session, erika(party_size=3))

    assert letters() == []


def test_a_full_session_is_joined_as_waiting_only_in_so_many_words(letters):
    event_session = EventSessionFactory(capacity=0)

    with pytest.raises(booking.SessionFull, match="Warteliste") as refusal:
        booking.register(event_session, erika())
    registration = booking.register(event_session, erika(would_wait=True))

    assert refusal.value.can_wait
    assert registration.status is Status.WAITING
    assert letters() == [("waiting", "erika@example.org")]


def test_newcomers_wait_while_anyone_waits(app):
    event_session = EventSessionFactory(capacity=3)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=4)

    with pytest.raises(booking.SessionFull):
        booking.register(event_session, erika())

    assert booking.register(event_session, erika(would_wait=True)).status is Status.WAITING
