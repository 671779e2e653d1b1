"""How long seats are held for somebody who must still click, and what happens then."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from chancendialog.clock import BERLIN
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking, changes, seats, waiting_list
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.factories import EventSessionFactory, RegistrationFactory

HOUR = timedelta(hours=1)


def at(text):
    """A moment as clocks in Hannover show it."""
    return datetime.strptime(text, "%d.%m. %H:%M").replace(year=2026, tzinfo=BERLIN)


def by_mail(**facts):
    return EventSessionFactory(**{"confirmation": Confirmation.BY_MAIL, "offers": True} | facts)


def erika(**facts):
    return Applicant(**{"name": "Erika", "email": "erika@example.org", **facts})


@pytest.mark.parametrize(
    ("now", "start", "until"),
    [
        ("07.09. 12:00", "30.09. 19:00", "08.09. 12:00"),  # 24 hours
        ("07.09. 12:00", "09.09. 12:00", "08.09. 12:00"),  # 48 hours before: still 24
        (
            "07.09. 12:00",
            "08.09. 18:00",
            "08.09. 08:00",
        ),  # half of 30 is 3:00 at night: the morning
        ("07.09. 08:00", "08.09. 10:00", "08.09. 07:00"),  # half is 21:00: to 8:00, but 3 h before
        ("07.09. 20:59", "30.09. 19:00", "08.09. 20:59"),  # just before the night
        ("07.09. 21:00", "30.09. 19:00", "09.09. 08:00"),
        ("07.09. 02:00", "30.09. 19:00", "08.09. 08:00"),
        ("07.09. 07:59", "30.09. 19:00", "08.09. 08:00"),
        ("07.09. 08:00", "30.09. 19:00", "08.09. 08:00"),
        ("07.09. 10:00", "07.09. 20:00", "07.09. 15:00"),  # half of ten
        ("07.09. 14:00", "07.09. 18:00", "07.09. 15:00"),  # half would be 16:00: 3 h before
        ("07.09. 14:30", "07.09. 18:00", "07.09. 15:00"),  # just the half hour that is needed
        ("07.09. 14:31", "07.09. 18:00", None),
        ("07.09. 16:00", "07.09. 18:00", None),
        ("24.10. 22:00", "20.11. 19:00", "26.10. 08:00"),  # over the night of 25 hours
        ("24.10. 12:00", "20.11. 19:00", "25.10. 11:00"),  # 24 hours are 24 hours
        ("28.03. 12:00", "20.04. 19:00", "29.03. 13:00"),
    ],
)
def test_a_hold_lasts_as_long_as_there_is_time(clock, now, start, until):
    clock.move_to(at(now))
    event_session = EventSessionFactory.build(starts_at=at(start), venue=None, series=None)

    ends_at = seats.hold_ends_at(event_session)

    assert ends_at == (at(until) if until else None)


def test_a_deadline_is_a_whole_minute_that_is_not_longer_than_told(clock, app):
    clock.shift(timedelta(seconds=42))

    ends_at = seats.hold_ends_at(EventSessionFactory())

    assert (ends_at.second, ends_at.microsecond) == (0, 0)


def test_a_sign_up_by_mail_holds_its_seats(letters, clock):
    event_session = by_mail(capacity=3)

    registration = booking.register(event_session, erika(party_size=3))

    assert registration.status is Status.UNVERIFIED
    assert registration.hold_until == at("08.09. 12:00")
    assert seats.numbers_of(event_session).free == 0
    assert letters() == [("please_confirm", "erika@example.org")]


def test_a_click_in_time_makes_it_count(letters, clock):
    registration = booking.register(by_mail(), erika())
    clock.move_to(registration.hold_until - timedelta(seconds=1))

    booking.confirm(registration)
    booking.confirm(registration)

    assert registration.status is Status.CONFIRMED
    assert [kind for kind, _ in letters()] == ["confirmed"]  # in place of the one not gone yet


def test_a_hold_that_ran_out_holds_nothing_also_when_nobody_swept(clock, app):
    event_session = by_mail(capacity=1)
    registration = booking.register(event_session, erika())
    db.session.commit()

    clock.move_to(registration.hold_until)

    assert registration.status is Status.UNVERIFIED
    assert registration.standing is Status.EXPIRED
    assert seats.numbers_of(event_session).free == 1
    assert booking.register(event_session, erika(email="kim@example.org")).hold_until


def test_a_late_sweeper_changes_nothing(clock, letters):
    """The seats go by the deadline, not by the moment at which somebody looks."""
    event_session = by_mail(capacity=1)
    registration = booking.register(event_session, erika())
    clock.move_to(registration.hold_until + 5 * HOUR)

    booking.confirm(registration)

    assert registration.status is Status.CONFIRMED  # nobody else wanted it
    assert [kind for kind, _ in letters()] == ["confirmed"]


def test_who_is_late_gets_the_place_their_sign_up_time_earned(clock, letters):
    event_session = by_mail(capacity=1)
    late = booking.register(event_session, erika())
    clock.shift(HOUR)
    other = booking.register(event_session, erika(email="kim@example.org", would_wait=True))
    booking.confirm(other)
    clock.move_to(late.hold_until)
    waiting_list.give_away(event_session)
    assert other.status is Status.OFFERED

    booking.confirm(late)
    third = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    assert late.status is Status.WAITING
    assert [waiting_list.place_of(one).number for one in (late, third)] == [1, 2]


def test_without_a_waiting_list_who_is_late_is_told_so(clock, app):
    event_session = by_mail(capacity=1, waiting_list=False)
    late = booking.register(event_session, erika())
    clock.move_to(late.hold_until)
    booking.register(event_session, erika(email="kim@example.org"))

    with pytest.raises(booking.SessionFull, match="keine Warteliste"):
        booking.confirm(late)


def test_an_old_link_knows_that_there_is_a_newer_registration(clock, app):
    event_session = by_mail(capacity=2)
    old = booking.register(event_session, erika())
    clock.move_to(old.hold_until)
    booking.register(event_session, erika())

    with pytest.raises(booking.RegisteredAnew, match="neuesten E-Mail"):
        booking.confirm(old)


def test_who_joins_the_queue_by_mail_holds_nothing_until_they_click(letters):
    event_session = by_mail(capacity=0)

    registration = booking.register(event_session, erika(would_wait=True))
    before = (registration.status, registration.hold_until)
    booking.confirm(registration)

    assert before == (Status.UNVERIFIED, None)
    assert registration.status is Status.WAITING
    assert [kind for kind, _ in letters()] == ["waiting"]


def test_within_the_last_hours_a_sign_up_counts_at_once(clock, letters):
    event_session = by_mail()
    clock.move_to(event_session.starts_at - 2 * HOUR)

    assert booking.register(event_session, erika()).status is Status.CONFIRMED
    assert letters() == [("confirmed", "erika@example.org")]


def test_staff_need_no_click(app):
    registration = booking.enter(by_mail(), erika(), actor="staff:1")

    assert registration.status is Status.CONFIRMED


def test_the_missing_click_is_asked_for_once_after_four_hours(clock, letters):
    booking.register(by_mail(), erika())
    asked = [booking.remind_to_confirm()]
    clock.shift(4 * HOUR)
    asked += [booking.remind_to_confirm(), booking.remind_to_confirm()]

    assert asked == [0, 1, 0]
    assert [kind for kind, _ in letters()] == ["confirm_reminder"]


def test_who_has_clicked_or_left_is_not_asked(clock, letters):
    event_session = by_mail()
    booking.confirm(booking.register(event_session, erika()))
    booking.withdraw(booking.register(event_session, erika(email="kim@example.org")))
    clock.shift(4 * HOUR)

    booking.remind_to_confirm()

    assert [kind for kind, _ in letters()] == ["confirmed", "withdrawn"]


def test_the_link_is_sent_again_three_times_an_hour_at_most(clock, app):
    registration = booking.register(by_mail(), erika())

    for _ in range(5):
        booking.remind_of_registration(registration)
        db.session.flush()
    within = outbox.posted_within(registration.thread, "please_confirm", HOUR)
    clock.shift(HOUR)
    booking.remind_of_registration(registration)
    db.session.flush()

    assert within == 3
    assert outbox.posted_within(registration.thread, "please_confirm", HOUR) == 1


def test_a_corrected_address_keeps_the_deadline(clock, letters):
    event_session = by_mail(capacity=1)
    registration = booking.register(event_session, erika(receipt="form 1"))
    until = registration.hold_until
    clock.shift(HOUR)

    outcome = booking.correct_address(registration, "right@example.org")

    assert (outcome.status, outcome.hold_until) == (Status.UNVERIFIED, until)
    assert letters() == [("please_confirm", "right@example.org")]


def test_a_hold_never_outlasts_the_third_hour_before_a_start_that_was_moved(clock, letters):
    event_session = by_mail()
    registration = booking.register(event_session, erika())

    changes.move(
        event_session,
        starts_at=at("08.09. 10:00"),
        ends_at=None,
        venue=event_session.venue,
        actor="staff:1",
    )

    assert registration.hold_until == at("08.09. 07:00")
    assert letters() == [("please_confirm", "erika@example.org")]


def test_where_a_move_leaves_no_time_to_click_the_sign_up_counts(clock, letters):
    event_session = by_mail()
    registration = booking.register(event_session, erika())

    changes.move(
        event_session,
        starts_at=at("07.09. 15:00"),
        ends_at=None,
        venue=event_session.venue,
        actor="staff:1",
    )

    assert registration.status is Status.CONFIRMED
    assert letters() == [("confirmed", "erika@example.org")]


def test_a_click_meanwhile_is_seen_before_the_link_is_sent_again(letters):
    """Else its confirmation would be replaced by a letter that asks for it."""
    registration = booking.register(by_mail(), erika())
    elsewhere = update(Registration).values(status=Status.CONFIRMED)
    db.session.execute(elsewhere, execution_options={"synchronize_session": False})

    booking.remind_of_registration(registration)

    assert [kind for kind, _ in letters()] == ["please_confirm", "already_registered"]
