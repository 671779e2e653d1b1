"""The worker's round heals what was missed, and trouble in one part stays there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import changes, dispatches, waiting_list
from chancendialog.registration.models import Registration, Status
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, RegistrationFactory

HOUR = timedelta(hours=1)


def heal():
    worker.give_away_in(waiting_list.sessions_to_heal())


@pytest.mark.parametrize(
    ("offers", "status", "letter"),
    [(True, Status.OFFERED, "offer"), (False, Status.CONFIRMED, "promoted")],
)
def test_a_seat_that_nobody_gave_away_is_given_away(letters, offers, status, letter):
    event_session = EventSessionFactory(offers=offers)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    heal()

    assert waiting.status is status
    assert letters() == [(letter, waiting.email)]


@pytest.mark.parametrize("offers", [True, False])
def test_healing_twice_does_no_harm(letters, offers):
    event_session = EventSessionFactory(capacity=1, offers=offers)
    RegistrationFactory.create_batch(2, event_session=event_session, status=Status.WAITING)

    heal()
    heal()

    assert len(letters()) == 1


@pytest.mark.parametrize("status", [SessionStatus.CALLED_OFF, SessionStatus.DRAFT])
def test_a_session_that_does_not_take_place_calls_nobody_in(letters, status):
    event_session = EventSessionFactory(status=status)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    heal()

    assert waiting.status is Status.WAITING
    assert letters() == []


def test_a_hold_that_ran_out_is_given_on_without_waiting_for_the_round_that_heals(letters, clock):
    event_session = EventSessionFactory(capacity=1)
    silent = RegistrationFactory(
        event_session=event_session, status=Status.UNVERIFIED, hold_until=MONDAY + HOUR
    )
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    clock.shift(HOUR)

    worker.give_away_in(waiting_list.sessions_with_expired_holds())

    assert [silent.status, waiting.status] == [Status.EXPIRED, Status.OFFERED]
    assert letters() == [("offer", waiting.email)]


def test_sessions_without_expired_holds_are_left_alone(app, clock):
    RegistrationFactory(status=Status.UNVERIFIED, hold_until=MONDAY + HOUR)
    RegistrationFactory(status=Status.UNVERIFIED, hold_until=None)
    RegistrationFactory(status=Status.EXPIRED, hold_until=MONDAY - HOUR)

    assert waiting_list.sessions_with_expired_holds() == []


def test_everybody_who_may_take_the_last_seat_hears_of_it_in_one_round(letters, clock, caplog):
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 2 * HOUR)
    waiting = RegistrationFactory.create_batch(
        2 * waiting_list.CALLED_PER_TURN + 1, event_session=event_session, status=Status.WAITING
    )
    emails = [one.email for one in waiting]

    worker.work(once=True)
    worker.work(once=True)

    assert letters() == [("last_call", email) for email in emails]
    assert "could not finish" not in caplog.text


def test_nobody_is_held_up_by_a_long_call(app, clock):
    """The turn is given back after a few letters, and the rest follow."""
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 2 * HOUR)
    RegistrationFactory.create_batch(
        waiting_list.CALLED_PER_TURN + 1, event_session=event_session, status=Status.WAITING
    )

    heal()

    called = [waiting_list.call_some(event_session) for _ in range(3)]
    assert called == [waiting_list.CALLED_PER_TURN, 1, 0]


def test_a_session_that_is_called_off_calls_nobody(letters, clock):
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 2 * HOUR)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    heal()
    event_session.status = SessionStatus.CALLED_OFF
    db.session.commit()

    worker.call_the_waiting()

    assert letters() == []


def test_the_missing_click_is_asked_for_in_the_round(letters, clock):
    silent = RegistrationFactory(
        status=Status.UNVERIFIED, hold_until=MONDAY + 24 * HOUR, remind_at=MONDAY
    )
    email = silent.email

    worker.work(once=True)
    worker.work(once=True)

    assert letters() == [("confirm_reminder", email)]


def test_one_round_delivers_although_something_else_fails(post_office, monkeypatch, caplog):
    registration = RegistrationFactory(status=Status.WAITING, email="kim@example.org")
    number = registration.id
    monkeypatch.setattr("chancendialog.privacy.erasure.erase_due", lambda: 1 / 0)

    worker.work(once=True)

    assert "could not finish" in caplog.text
    assert [message["To"] for message in post_office.messages] == [
        "Erika Mustermann <kim@example.org>"
    ]
    assert db.session.get(Registration, number).status is Status.OFFERED


def kinds(office):
    """What left: the first word of each subject, sorted."""
    return sorted(message["Subject"].split()[0] for message in office.messages)


def test_one_round_asks_thanks_writes_to_many_and_delivers(post_office, clock):
    soon = EventSessionFactory(starts_at=MONDAY + 48 * HOUR)
    lately = EventSessionFactory(starts_at=MONDAY - 17 * HOUR)
    later = EventSessionFactory()
    for event_session in (soon, lately, later):
        RegistrationFactory(event_session=event_session)
    changes.call_off(later, actor="staff:1")
    db.session.commit()

    worker.work(once=True)
    worker.work(once=True)

    assert kinds(post_office) == ["Danke,", "Fällt", "Kommen"]


def test_letters_to_many_do_not_hold_up_seats_for_long(app, monkeypatch):
    monkeypatch.setattr(dispatches, "WRITTEN_PER_TURN", 1)
    event_session = EventSessionFactory(capacity=100)
    RegistrationFactory.create_batch(4, event_session=event_session)
    changes.call_off(event_session, actor="staff:1")
    db.session.commit()

    worker.write(turns=3)

    (dispatch,) = dispatches.of_session(event_session)
    assert dispatches.reach([dispatch])[dispatch.id].written == 3


def test_trouble_in_one_piece_leaves_nothing_open_behind_it(app, monkeypatch, caplog):
    waiting = RegistrationFactory(status=Status.WAITING)
    number = waiting.id
    monkeypatch.setattr("chancendialog.registration.letters.tell", lambda *_: 1 / 0)

    worker.work(once=True)

    assert "could not finish" in caplog.text
    assert db.session.get(Registration, number).status is Status.WAITING
    assert db.session.scalars(select(journal.JournalEntry)).all() == []
    assert db.session.scalars(select(EventSession.booking_turn)).all() == [0]
