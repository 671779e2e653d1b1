"""What staff can switch for each session, and for all."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import house, journal
from chancendialog.house import Switch
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking, changes, seats
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory

DAY = timedelta(days=1)


def kim(**facts):
    return Applicant(**{"name": "Kim", "email": "kim@example.org", **facts})


def test_a_closed_list_takes_nobody_new_and_keeps_who_waits(letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    changes.set_switches(event_session, waiting_list=False, actor="staff:1")

    with pytest.raises(booking.SessionFull, match="die Warteliste ist geschlossen") as refusal:
        booking.register(event_session, kim(would_wait=True))
    booking.withdraw(seated)

    assert not refusal.value.can_wait
    assert waiting.status is Status.OFFERED


def test_a_list_is_as_long_as_staff_say(app):
    event_session = EventSessionFactory(capacity=0, waiting_list_limit=3)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=2)

    with pytest.raises(booking.SessionFull, match="die Warteliste ist geschlossen"):
        booking.register(event_session, kim(party_size=2, would_wait=True))

    assert booking.register(event_session, kim(would_wait=True)).status is Status.WAITING


def test_registration_opens_and_closes_when_staff_say(clock, app):
    now = app_clock.now()
    event_session = EventSessionFactory(
        registration_opens_at=now + DAY, registration_closes_at=now + 2 * DAY
    )

    with pytest.raises(booking.RegistrationClosed, match="beginnt am Dienstag, 8"):
        booking.register(event_session, kim())
    clock.shift(DAY)
    seated = booking.register(event_session, kim())
    clock.shift(DAY)
    with pytest.raises(booking.RegistrationClosed, match="seit Mittwoch, 9"):
        booking.register(event_session, kim(email="late@example.org"))
    booking.withdraw(seated)  # the hours are for newcomers


def test_the_hours_of_registration_do_not_bind_staff(app):
    event_session = EventSessionFactory(registration_closes_at=app_clock.now() - DAY)

    assert booking.enter(event_session, kim(), actor="staff:1").status is Status.CONFIRMED


def test_staff_wait_while_others_wait_unless_they_say_otherwise(letters):
    event_session = EventSessionFactory(capacity=3)
    waiting = RegistrationFactory(event_session=event_session, party_size=4, status=Status.WAITING)

    with pytest.raises(booking.SessionFull, match="Andere warten schon"):
        booking.enter(event_session, kim(), actor="staff:1")
    entered = booking.enter(event_session, kim(), actor="staff:1", regardless=True)

    assert (entered.status, waiting.status) == (Status.CONFIRMED, Status.WAITING)
    assert journal.of_thread(entered.thread)[0].code == "registered_regardless"


def test_staff_may_overbook_on_purpose_and_nothing_is_given_away_until_there_is_room(letters):
    event_session = EventSessionFactory(capacity=1)
    leaving = RegistrationFactory(event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    booking.enter(event_session, kim(party_size=2), actor="staff:1", regardless=True)

    booking.withdraw(leaving)

    assert (seats.numbers_of(event_session).taken, waiting.status) == (2, Status.WAITING)


def test_a_rule_that_allows_it_needs_no_bending(app):
    entered = booking.enter(EventSessionFactory(), kim(), actor="staff:1", regardless=True)

    assert journal.of_thread(entered.thread)[0].code == "registered"


def test_a_smaller_room_throws_nobody_out_and_a_larger_one_asks_the_queue_at_once(letters):
    event_session = EventSessionFactory(capacity=3, offers=False)
    seated = RegistrationFactory.create_batch(3, event_session=event_session)
    waiting = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )

    changes.resize(event_session, 1, actor="staff:1")
    booking.withdraw(seated[0])
    in_between = [one.status for one in waiting]
    changes.resize(event_session, 3, actor="staff:1")

    assert in_between == [Status.WAITING] * 2
    assert [one.status for one in [*seated[1:], *waiting]] == [
        *[Status.CONFIRMED] * 3,
        Status.WAITING,
    ]


@pytest.mark.parametrize(
    ("offers", "status", "letter"),
    [(True, Status.OFFERED, "offer"), (False, Status.CONFIRMED, "promoted")],
)
def test_free_seats_are_offered_or_given_as_staff_say(letters, offers, status, letter):
    event_session = EventSessionFactory(capacity=0, offers=not offers)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    changes.set_switches(event_session, offers=offers, actor="staff:1")

    changes.resize(event_session, 1, actor="staff:1")

    assert (waiting.status, letters()) == (status, [(letter, waiting.email)])


def test_who_gave_no_address_is_seated_since_they_cannot_answer(letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, email=None, status=Status.WAITING)

    booking.withdraw(seated)

    assert waiting.status is Status.CONFIRMED


def test_one_switch_lets_all_sessions_confirm_by_mail(app):
    one, other = EventSessionFactory.create_batch(2)
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor="staff:1")
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor="staff:1")
    with_click = [booking.register(session, kim()).status for session in (one, other)]

    house.turn(Switch.CONFIRM_BY_MAIL, on=False, actor="staff:1")
    without = booking.register(one, kim(email="later@example.org")).status

    assert with_click == [Status.UNVERIFIED] * 2
    assert without is Status.CONFIRMED
    assert [entry.code for entry in journal.of_thread(house.THREAD)] == ["house_switched"] * 2


def test_what_is_out_already_stays_as_told(letters):
    event_session = EventSessionFactory(confirmation=Confirmation.BY_MAIL)
    registration = booking.register(event_session, kim())
    until = registration.hold_until

    changes.set_switches(event_session, confirmation=Confirmation.DIRECT, actor="staff:1")

    assert (registration.status, registration.hold_until) == (Status.UNVERIFIED, until)


def test_only_what_changes_is_noted(app):
    event_session = EventSessionFactory(party_limit=4)

    changes.set_switches(event_session, party_limit=4, waiting_list=False, actor="staff:1")

    (entry,) = journal.of_scope(event_session.thread)
    assert (entry.facts["switch"], entry.facts["now"]) == ("waiting_list", "off")
