"""Who was there is thanked the day after, once."""

from datetime import timedelta

import pytest

from chancendialog.attendance import thanks
from chancendialog.attendance.roster import check_in
from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import changes, dispatches
from chancendialog.registration.models import Status
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, RegistrationFactory

STAFF = "staff:1"
DAY = timedelta(days=1)


@pytest.fixture
def event_session(app, clock):
    """It was last night in Hannover, and it is noon."""
    return EventSessionFactory(starts_at=MONDAY - timedelta(hours=17))


def thank():
    worker.thank()
    db.session.commit()


def arrive(registration, people=1):
    check_in(registration, people, operation=f"{registration.id}-{people}", actor=STAFF)


def test_who_was_marked_at_the_door_is_thanked(event_session, letters):
    came, went, _away = RegistrationFactory.create_batch(3, event_session=event_session)
    arrive(came)
    arrive(went)
    arrive(went, 0)

    thank()

    assert letters() == [("thanks", came.email)]


def test_where_nobody_was_marked_everybody_with_a_seat_is_thanked(event_session, letters):
    people = RegistrationFactory.create_batch(2, event_session=event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)
    arrive(RegistrationFactory())  # at another session

    thank()

    assert letters() == [("thanks", one.email) for one in people]


def test_thanks_come_once(event_session, letters):
    kim = RegistrationFactory(event_session=event_session)
    thank()
    thank()
    thanks.thank(event_session)

    assert letters() == [("thanks", kim.email)]


def test_thanks_come_at_ten_the_day_after_it_ended(event_session, letters, clock):
    event_session.starts_at = MONDAY.replace(hour=20)
    event_session.ends_at = MONDAY.replace(hour=22, minute=30)  # half past midnight in Hannover
    RegistrationFactory(event_session=event_session)

    at = thanks.thanks_at(event_session)
    clock.move_to(at - timedelta(seconds=1))
    thank()
    too_early = letters()
    clock.shift(1)
    thank()

    assert at.isoformat() == "2026-09-09T10:00:00+02:00"
    assert (too_early, len(letters())) == ([], 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"thanks": False},
        {"status": SessionStatus.CALLED_OFF},
        {"status": SessionStatus.DRAFT},
        {"starts_at": MONDAY - timedelta(hours=3), "ends_at": None},
        {"starts_at": MONDAY + DAY, "ends_at": None},
        {"starts_at": MONDAY - 7 * DAY - timedelta(minutes=1), "ends_at": None},
    ],
)
def test_nobody_is_thanked_where_it_makes_no_sense(event_session, letters, facts):
    RegistrationFactory(event_session=event_session)
    for name, value in facts.items():
        setattr(event_session, name, value)

    thank()

    assert letters() == []


def test_session_called_off_after_the_worker_looked_is_not_thanked_for(event_session, letters):
    RegistrationFactory(event_session=event_session)
    assert thanks.sessions_to_thank() == [event_session]
    changes.call_off(event_session, actor=STAFF)

    thanks.thank(event_session)

    assert letters() == []
    assert dispatches.of_session(event_session) == []
