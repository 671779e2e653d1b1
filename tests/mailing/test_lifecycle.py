"""What one person's mailbox and calendar go through, from signing up to the end."""

from datetime import timedelta

import pytest

from chancendialog.extensions import db
from chancendialog.programme import planning
from chancendialog.registration import booking, changes
from chancendialog.registration.booking import Applicant
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, VenueFactory
from tests.mailing.specimens import calendar_of, deliver, event, events, kinds, text

STAFF = "staff:1"
ERIKA = "erika@example.org"
START = MONDAY + timedelta(days=30)


@pytest.fixture
def evening(clock, app):
    """A session with one seat, in thirty days."""
    return EventSessionFactory(capacity=1)


def sign_up(event_session, email=ERIKA, *, would_wait=False):
    """Sign up, committed."""
    registration = booking.register(
        event_session, Applicant(name="Erika", email=email, would_wait=would_wait)
    )
    db.session.commit()
    return registration


def move(event_session, **difference):
    """Put the session off."""
    changes.move(
        event_session,
        starts_at=event_session.starts_at + timedelta(**difference),
        ends_at=event_session.ends_at + timedelta(**difference),
        venue=event_session.venue,
        actor=STAFF,
    )


def test_who_signs_up_finds_the_session_in_their_calendar(post_office, evening):
    registration = sign_up(evening)

    deliver()

    assert kinds(post_office) == [(ERIKA, "REQUEST")]
    assert events(post_office) == [("REQUEST", registration.ical_uid, 0)]
    assert calendar_of(post_office, ERIKA) == [START]


def test_a_move_changes_the_same_entry(post_office, evening):
    registration = sign_up(evening)
    deliver()

    move(evening, hours=1)
    deliver()

    assert events(post_office) == [
        ("REQUEST", registration.ical_uid, 0),
        ("REQUEST", registration.ical_uid, 1),
    ]
    assert calendar_of(post_office, ERIKA) == [START + timedelta(hours=1)]


def test_a_move_into_winter_keeps_the_hour_on_the_clock(post_office, evening):
    sign_up(evening)
    deliver()

    move(evening, days=60, hours=1)
    deliver()

    assert [event(message).dtstart.value.hour for message in post_office.messages] == [12, 12]


def test_another_room_changes_the_same_entry(post_office, evening):
    sign_up(evening)
    deliver()

    changes.move(
        evening,
        starts_at=evening.starts_at,
        ends_at=evening.ends_at,
        venue=VenueFactory(name="Rathaus"),
        actor=STAFF,
    )
    deliver()

    assert [sequence for _, _, sequence in events(post_office)] == [0, 1]
    assert event(post_office.messages[1]).location.value.startswith("Rathaus")


def test_two_moves_before_the_worker_looks_are_one_letter_with_the_last_state(post_office, evening):
    registration = sign_up(evening)
    deliver()

    move(evening, hours=1)
    move(evening, hours=1)
    deliver()

    assert events(post_office) == [
        ("REQUEST", registration.ical_uid, 0),
        ("REQUEST", registration.ical_uid, 2),
    ]
    assert calendar_of(post_office, ERIKA) == [START + timedelta(hours=2)]


def test_a_confirmation_that_has_not_left_tells_the_new_time_as_if_it_were_the_first(
    post_office, evening
):
    registration = sign_up(evening)

    move(evening, hours=1)
    deliver()

    assert events(post_office) == [("REQUEST", registration.ical_uid, 1)]
    assert post_office.messages[0]["Subject"].startswith("Angemeldet: ")


def test_an_older_state_never_leaves_after_a_newer_one(clock, clerk, evening):
    clerk.answers = ["451 later"]
    registration = sign_up(evening)
    deliver()

    move(evening, hours=1)
    deliver()
    clock.shift(timedelta(days=3))
    deliver()

    assert events(clerk) == [("REQUEST", registration.ical_uid, 1)]


def test_who_withdraws_before_the_confirmation_left_gets_one_plain_letter(post_office, evening):
    booking.withdraw(sign_up(evening))

    deliver()

    assert kinds(post_office) == [(ERIKA, None)]
    assert "Sie sind jetzt abgemeldet" in text(post_office.messages[0])


def test_who_withdraws_later_finds_the_entry_gone(post_office, evening):
    registration = sign_up(evening)
    deliver()

    booking.withdraw(registration)
    deliver()

    assert events(post_office) == [
        ("REQUEST", registration.ical_uid, 0),
        ("CANCEL", registration.ical_uid, 1),
    ]
    assert calendar_of(post_office, ERIKA) == []


def test_who_withdraws_after_a_move_that_has_not_left_finds_the_entry_gone(post_office, evening):
    registration = sign_up(evening)
    deliver()

    move(evening, hours=1)
    booking.withdraw(registration)
    deliver()

    assert events(post_office) == [
        ("REQUEST", registration.ical_uid, 0),
        ("CANCEL", registration.ical_uid, 2),
    ]


def test_an_invitation_that_may_have_arrived_is_taken_back(clock, clerk, evening):
    clerk.hang_ups = 1
    registration = sign_up(evening)
    deliver()

    booking.withdraw(registration)
    deliver()

    assert events(clerk) == [("CANCEL", registration.ical_uid, 1)]


def test_who_signs_up_again_gets_an_entry_of_its_own(post_office, evening):
    first = sign_up(evening)
    deliver()
    booking.withdraw(first)
    deliver()

    second = sign_up(evening)
    deliver()

    assert events(post_office) == [
        ("REQUEST", first.ical_uid, 0),
        ("CANCEL", first.ical_uid, 1),
        ("REQUEST", second.ical_uid, 0),
    ]
    assert first.ical_uid != second.ical_uid
    assert calendar_of(post_office, ERIKA) == [START]


def test_waiting_puts_nothing_into_the_calendar_but_a_seat_does(post_office, evening):
    seated = sign_up(evening, "max@example.org")
    waiting = sign_up(evening, would_wait=True)
    deliver()

    booking.withdraw(seated)
    deliver()

    assert kinds(post_office) == [
        ("max@example.org", "REQUEST"),
        (ERIKA, None),
        ("max@example.org", "CANCEL"),
        (ERIKA, "REQUEST"),
    ]
    assert events(post_office)[-1] == ("REQUEST", waiting.ical_uid, 0)


def test_calling_off_clears_the_calendars_of_the_seated_and_tells_the_waiting(post_office, evening):
    sign_up(evening, "max@example.org")
    sign_up(evening, would_wait=True)
    deliver()

    changes.call_off(evening, actor=STAFF)
    deliver()

    assert kinds(post_office)[2:] == [("max@example.org", "CANCEL"), (ERIKA, None)]
    assert calendar_of(post_office, "max@example.org") == []


def test_what_takes_place_after_all_is_a_new_entry(post_office, evening):
    registration = sign_up(evening)
    deliver()
    cancelled_as = registration.ical_uid
    changes.call_off(evening, actor=STAFF)
    deliver()

    changes.reinstate(evening, actor=STAFF)
    deliver()

    assert events(post_office) == [
        ("REQUEST", cancelled_as, 0),
        ("CANCEL", cancelled_as, 1),
        ("REQUEST", registration.ical_uid, 0),
    ]
    assert cancelled_as != registration.ical_uid
    assert calendar_of(post_office, ERIKA) == [START]


def test_what_was_called_off_by_mistake_for_a_moment_stands_in_the_calendar_once(
    post_office, evening
):
    sign_up(evening)
    deliver()

    changes.call_off(evening, actor=STAFF)
    db.session.commit()
    changes.reinstate(evening, actor=STAFF)
    deliver()

    assert calendar_of(post_office, ERIKA) == [START]


def test_a_corrected_address_moves_the_entry_from_one_calendar_to_the_other(post_office, evening):
    registration = sign_up(evening, "wrong@example.org")
    deliver()

    booking.correct_address(registration, ERIKA)
    deliver()

    assert kinds(post_office) == [
        ("wrong@example.org", "REQUEST"),
        ("wrong@example.org", "CANCEL"),
        (ERIKA, "REQUEST"),
    ]
    assert calendar_of(post_office, "wrong@example.org") == []
    assert calendar_of(post_office, ERIKA) == [START]


@pytest.mark.parametrize(
    ("then", "in_the_end"),
    [
        (lambda one: move(one.event_session, hours=1), [START + timedelta(hours=1)]),
        (booking.withdraw, []),
        (lambda one: changes.call_off(one.event_session, actor=STAFF), []),
        (lambda one: booking.correct_address(one, "third@example.org"), []),
    ],
    ids=["moved", "withdrawn", "called off", "corrected again"],
)
def test_a_wrong_address_loses_its_entry_whatever_happens_next(
    post_office, evening, then, in_the_end
):
    registration = sign_up(evening, "wrong@example.org")
    deliver()

    booking.correct_address(registration, ERIKA)
    db.session.commit()
    then(booking.live_registration(evening, ERIKA))
    deliver()

    assert calendar_of(post_office, "wrong@example.org") == []
    assert calendar_of(post_office, ERIKA) == in_the_end


def test_the_new_address_reads_that_they_are_registered_even_if_it_moves_at_once(
    post_office, evening
):
    registration = sign_up(evening, "wrong@example.org")
    deliver()

    booking.correct_address(registration, ERIKA)
    db.session.commit()
    move(evening, hours=1)
    deliver()

    to_erika = [one["Subject"] for one in post_office.messages if ERIKA in one["To"]]
    assert [subject.partition(":")[0] for subject in to_erika] == ["Angemeldet"]


def test_a_session_that_is_over_writes_to_nobody(clock, post_office, evening):
    sign_up(evening)
    deliver()
    clock.move_to(START + timedelta(days=1))

    changes.call_off(evening, actor=STAFF)
    deliver()

    assert kinds(post_office) == [(ERIKA, "REQUEST")]


def test_new_words_write_to_nobody(post_office, evening):
    sign_up(evening)
    deliver()

    planning.reword(evening, actor=STAFF, title="Wohnen von morgen")
    deliver()

    assert kinds(post_office) == [(ERIKA, "REQUEST")]
