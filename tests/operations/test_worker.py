"""The worker's round heals what was missed, and trouble in one part stays there."""

from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Registration, Status
from tests.factories import EventSessionFactory, RegistrationFactory


def test_a_seat_that_nobody_gave_away_is_given_away(letters):
    waiting = RegistrationFactory(status=Status.WAITING)

    worker.heal_seats()

    assert waiting.status is Status.CONFIRMED
    assert letters() == [("promoted", waiting.email)]


def test_healing_twice_does_no_harm(letters):
    event_session = EventSessionFactory(capacity=1)
    RegistrationFactory.create_batch(2, event_session=event_session, status=Status.WAITING)

    worker.heal_seats()
    worker.heal_seats()

    assert len(letters()) == 1


def test_a_called_off_session_calls_nobody_in(app):
    event_session = EventSessionFactory(status=SessionStatus.CALLED_OFF)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    worker.heal_seats()

    assert waiting.status is Status.WAITING


def test_one_round_delivers_although_something_else_fails(post_office, monkeypatch, caplog):
    registration = RegistrationFactory(status=Status.WAITING, email="kim@example.org")
    number = registration.id
    monkeypatch.setattr("chancendialog.privacy.erase_due", lambda: 1 / 0)

    worker.work(once=True)

    assert "could not finish" in caplog.text
    assert [message["To"] for message in post_office.messages] == [
        "Erika Mustermann <kim@example.org>"
    ]
    assert db.session.get(Registration, number).status is Status.CONFIRMED
