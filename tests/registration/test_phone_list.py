"""Who has no address is called instead: of everything that others get a letter about."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.registration import booking, changes, dispatches, phone_list
from chancendialog.registration.models import Dispatch, Occasion, Registration, Source, Status
from tests.factories import EventSessionFactory, RegistrationFactory

STAFF = "staff:1"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(capacity=1)


@pytest.fixture
def kim(event_session):
    return RegistrationFactory(event_session=event_session, name="Kim", email=None)


def calls(event_session):
    """Name, what for, vain tries."""
    db.session.flush()
    db.session.expire_all()
    return [
        (
            call.registration.name,
            [*(str(one.kind) for one in call.letters), *call.own],
            call.tries,
        )
        for call in phone_list.of_session(event_session)
    ]


def move(event_session, hours):
    changes.move(
        event_session,
        starts_at=event_session.starts_at + timedelta(hours=hours),
        ends_at=None,
        venue=event_session.venue,
        actor=STAFF,
    )


def tell(registration):
    """Everything that the list says of them."""
    [call] = phone_list.of_session(registration.event_session)
    assert phone_list.told(registration, call.news, actor=STAFF)


def test_nobody_is_called_about_nothing(event_session, kim):
    assert calls(event_session) == []


def test_move_is_told_to_whoever_has_no_address_and_to_nobody_else(event_session, kim):
    RegistrationFactory(event_session=event_session, name="Jo")
    RegistrationFactory(
        event_session=event_session, name="Lou", email=None, status=Status.WITHDRAWN
    )

    move(event_session, 1)

    assert calls(event_session) == [("Kim", ["moved"], 0)]


def test_of_two_moves_one_is_told_and_of_a_call_after_the_first_the_second(event_session, kim):
    move(event_session, 1)
    move(event_session, 1)
    both = calls(event_session)
    tell(kim)
    told = calls(event_session)
    move(event_session, 1)

    assert (both, told, calls(event_session)) == (
        [("Kim", ["moved"], 0)],
        [],
        [("Kim", ["moved"], 0)],
    )


def test_seat_from_the_waiting_list_is_told(event_session, kim):
    lou = RegistrationFactory(
        event_session=event_session, name="Lou", email=None, status=Status.WAITING
    )

    booking.withdraw(kim, actor=STAFF)

    assert calls(event_session) == [("Lou", ["seated_from_waiting_list"], 0)]
    assert lou.status is Status.CONFIRMED


def test_question_before_the_session_is_asked_on_the_phone(event_session, kim, clock):
    event_session.reminder_days = 3
    event_session.starts_at = app_clock.now() + timedelta(days=2)

    dispatches.ask_who_comes(event_session)

    assert calls(event_session) == [("Kim", ["reminder"], 0)]


def test_thanks_need_no_call(event_session, kim):
    dispatches.start(Occasion.THANKS, event_session, Registration.id > 0, actor=STAFF)

    assert calls(event_session) == []


def test_own_words_of_staff_are_each_told(event_session, kim):
    for subject in ("Eins", "Zwei"):
        draft = Dispatch(
            event_session=event_session, kind=Occasion.MESSAGE, actor=STAFF, subject=subject
        )
        db.session.add(draft)
        db.session.flush()
        dispatches.send(draft, Registration.status == Status.CONFIRMED, actor=STAFF)

    (call,) = phone_list.of_session(event_session)
    assert [one.subject for one in call.letters] == ["Eins", "Zwei"]


def test_vain_tries_are_counted_and_end_with_the_call(event_session, kim, clock):
    move(event_session, 1)
    for _ in range(2):
        phone_list.not_reached(kim, actor=STAFF)
    tried = calls(event_session)
    tell(kim)
    clock.shift(timedelta(minutes=1))
    move(event_session, 1)

    assert (tried, calls(event_session)) == ([("Kim", ["moved"], 2)], [("Kim", ["moved"], 0)])


def test_told_twice_is_noted_once_and_nobody_untold_is_noted(event_session, kim):
    phone_list.told(kim, "", actor=STAFF)
    phone_list.not_reached(kim, actor=STAFF)
    move(event_session, 1)
    db.session.refresh(kim)
    tell(kim)
    phone_list.told(kim, "", actor=STAFF)

    codes = [entry.code for entry in journal.of_thread(kim.thread)]
    assert codes == ["phoned"]


def test_whoever_gives_up_needs_no_call(event_session, kim):
    move(event_session, 1)
    db.session.refresh(kim)
    booking.withdraw(kim, actor=STAFF)

    assert calls(event_session) == []
    assert phone_list.count_by_session() == {}


def test_overview_counts_who_is_to_be_called(event_session, kim):
    RegistrationFactory(email=None)
    move(event_session, 1)

    assert phone_list.count_by_session() == {event_session.id: 1}


def test_after_the_start_it_is_too_late(event_session, kim, clock):
    move(event_session, 1)
    clock.shift(timedelta(days=365))

    assert calls(event_session) == []


def test_what_befell_them_while_somebody_called_is_told_in_another_call(event_session, kim):
    move(event_session, 1)
    [shown] = phone_list.of_session(event_session)
    changes.call_off(event_session, actor=STAFF)

    assert not phone_list.told(kim, shown.news, actor=STAFF)
    assert calls(event_session) == [("Kim", ["moved", "called_off"], 0)]


def test_named_guests_who_came_without_signing_up_are_there_already(event_session, kim):
    RegistrationFactory(event_session=event_session, name="Lou", email=None, source=Source.WALK_IN)

    move(event_session, 1)

    assert calls(event_session) == [("Kim", ["moved"], 0)]
