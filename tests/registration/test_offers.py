"""Who waits is asked when a seat becomes free; shortly before the start all are, at once."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select

from chancendialog import journal
from chancendialog.extensions import db, new_ulid
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking, changes, seats, waiting_list
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, RegistrationFactory

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TOMORROW = MONDAY + 24 * HOUR


def waiting(event_session, *sizes):
    return [
        RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=size)
        for size in sizes
    ]


def newcomer(event_session, **facts):
    applicant = {"name": "Kim", "email": "kim@example.org", **facts}
    return booking.register(event_session, Applicant(**applicant))


def give_away(event_session):
    seats.take_turn(event_session)
    return waiting_list.give_away(event_session)


def statuses(*registrations):
    return [one.status for one in registrations]


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(capacity=1)


@pytest.fixture
def tonight(app, clock):
    """A session in two hours, with one seat that nobody has."""
    return EventSessionFactory(capacity=1, starts_at=MONDAY + 2 * HOUR)


# the offer


def test_an_offer_holds_the_seat_until_a_stated_time(event_session, letters):
    (erika,) = waiting(event_session, 1)

    numbers = give_away(event_session)

    assert (erika.status, erika.hold_until, erika.offered_at) == (Status.OFFERED, TOMORROW, MONDAY)
    assert (numbers.free, numbers.held) == (0, 1)
    assert letters() == [("offer", erika.email)]


def test_a_seat_on_offer_is_nobody_elses(event_session):
    waiting(event_session, 1)
    give_away(event_session)

    with pytest.raises(booking.SessionFull, match="Alle Plätze sind vergeben"):
        newcomer(event_session)


def test_an_accepted_offer_is_a_seat(event_session, letters):
    erika, bernd = waiting(event_session, 1, 1)
    give_away(event_session)

    booking.confirm(erika)
    booking.confirm(erika)

    assert statuses(erika, bernd) == [Status.CONFIRMED, Status.WAITING]
    assert (erika.hold_until, erika.offered_at) == (None, None)
    assert letters() == [("confirmed", erika.email)]


def test_an_offer_passed_on_goes_to_the_next(event_session, letters):
    erika, bernd = waiting(event_session, 1, 1)
    give_away(event_session)

    booking.withdraw(erika)

    assert statuses(erika, bernd) == [Status.WITHDRAWN, Status.OFFERED]
    assert letters() == [("withdrawn", erika.email), ("offer", bernd.email)]
    with pytest.raises(booking.RegistrationClosed, match="abgemeldet"):
        booking.confirm(erika)


def test_an_offer_that_runs_out_goes_to_the_next(event_session, letters, clock):
    erika, bernd = waiting(event_session, 1, 1)
    give_away(event_session)

    clock.move_to(erika.hold_until - timedelta(seconds=1))
    give_away(event_session)
    before = statuses(erika, bernd)
    clock.move_to(erika.hold_until)
    give_away(event_session)

    assert before == [Status.OFFERED, Status.WAITING]
    assert statuses(erika, bernd) == [Status.EXPIRED, Status.OFFERED]
    assert letters() == [("offer_expired", erika.email), ("offer", bernd.email)]


def test_everybody_has_a_day_of_their_own(event_session, clock):
    _erika, bernd = waiting(event_session, 1, 1)
    give_away(event_session)
    clock.move_to(TOMORROW)
    give_away(event_session)

    assert bernd.hold_until == TOMORROW + 24 * HOUR


def test_yes_in_the_last_second_counts_and_at_the_deadline_no_more(event_session, clock):
    erika, bernd, clara = waiting(event_session, 1, 1, 1)
    give_away(event_session)
    clock.move_to(TOMORROW - timedelta(seconds=1))
    booking.confirm(erika)
    booking.withdraw(erika)
    clock.move_to(bernd.hold_until)

    booking.confirm(bernd)

    assert statuses(bernd, clara) == [Status.WAITING, Status.OFFERED]


def test_who_says_yes_too_late_gets_the_seat_if_nobody_else_wanted_it(event_session, clock):
    (erika,) = waiting(event_session, 1)
    give_away(event_session)
    clock.move_to(TOMORROW + HOUR)
    give_away(event_session)
    assert erika.status is Status.EXPIRED

    booking.confirm(erika)

    assert erika.status is Status.CONFIRMED


def test_who_says_yes_too_late_stands_where_their_sign_up_put_them(event_session, letters, clock):
    erika, bernd, clara = waiting(event_session, 1, 1, 1)
    give_away(event_session)
    clock.move_to(TOMORROW)
    give_away(event_session)
    booking.confirm(erika)
    assert [waiting_list.place_of(one).number for one in (erika, clara)] == [1, 2]

    booking.withdraw(bernd)

    assert statuses(erika, bernd, clara) == [Status.OFFERED, Status.WITHDRAWN, Status.WAITING]


# who is asked


def test_the_oldest_that_fit_are_asked_whole_and_the_others_keep_their_place(app):
    event_session = EventSessionFactory(capacity=4)
    queue = waiting(event_session, 3, 2, 4, 1, 1)

    give_away(event_session)

    assert statuses(*queue) == [
        Status.OFFERED,
        Status.WAITING,
        Status.WAITING,
        Status.OFFERED,
        Status.WAITING,
    ]
    assert [waiting_list.place_of(one).number for one in (queue[1], queue[2], queue[4])] == [
        1,
        2,
        3,
    ]


def test_whoever_fits_is_found_behind_many_who_do_not(app):
    event_session = EventSessionFactory(capacity=3)
    *large, single, pair = waiting(event_session, *[4] * 10, 1, 2)

    give_away(event_session)

    assert statuses(*large) == [Status.WAITING] * 10
    assert statuses(single, pair) == [Status.OFFERED] * 2


def test_a_party_that_did_not_fit_is_first_when_it_does(app):
    event_session = EventSessionFactory(capacity=2)
    leaving = RegistrationFactory(event_session=event_session)
    pair, single = waiting(event_session, 2, 1)
    give_away(event_session)
    assert statuses(pair, single) == [Status.WAITING, Status.OFFERED]
    later = waiting(event_session, 1)

    booking.withdraw(single)
    booking.withdraw(*later)
    booking.withdraw(leaving)

    assert pair.status is Status.OFFERED


def test_with_offers_switched_off_the_same_ones_are_seated(letters):
    event_session = EventSessionFactory(capacity=4, offers=False)
    queue = waiting(event_session, 3, 2, 1)

    give_away(event_session)

    assert statuses(*queue) == [Status.CONFIRMED, Status.WAITING, Status.CONFIRMED]
    assert letters() == [("promoted", queue[0].email), ("promoted", queue[2].email)]


def test_who_has_not_clicked_yet_does_not_wait(app, clock):
    event_session = EventSessionFactory(capacity=0, confirmation=Confirmation.BY_MAIL)
    silent = newcomer(event_session, would_wait=True)
    (erika,) = waiting(event_session, 1)

    changes.resize(event_session, 1, actor="staff:1")
    booking.confirm(silent)

    assert statuses(silent, erika) == [Status.WAITING, Status.OFFERED]
    assert waiting_list.place_of(silent).number == 1


@pytest.mark.parametrize("offers", [True, False])
@pytest.mark.parametrize("capacity", [1, 3, 4])
def test_giving_away_twice_changes_nothing(app, clock, offers, capacity):
    event_session = EventSessionFactory(capacity=capacity, offers=offers)
    waiting(event_session, 2, 3, 1, 4)

    give_away(event_session)
    db.session.commit()
    before = everything()
    give_away(event_session)
    db.session.commit()

    assert everything() == before


def everything():
    tables = [model.__table__ for model in (Registration, OutgoingMail, journal.JournalEntry)]
    return [db.session.execute(select(table).order_by(table.c.id)).all() for table in tables]


def test_a_hold_that_runs_out_while_seats_are_given_away_is_for_the_next_time(app, clock):
    """Every statement takes a millisecond here, and every millisecond an offer runs out."""
    millisecond = timedelta(milliseconds=1)
    event_session = EventSessionFactory(capacity=50)
    asked = [
        RegistrationFactory(
            event_session=event_session, status=Status.OFFERED, hold_until=MONDAY + n * millisecond
        )
        for n in range(50)
    ]
    next_ones = waiting(event_session, *[1] * 50)
    db.session.commit()

    def pass_time(*_):
        clock.shift(millisecond)

    event.listen(db.engine, "before_cursor_execute", pass_time)
    numbers = give_away(event_session)
    event.remove(db.engine, "before_cursor_execute", pass_time)
    statuses_then = [*statuses(*asked), *statuses(*next_ones)]

    assert (numbers.taken, numbers.free, numbers.overdue) == (50, 0, 0)
    assert 0 < statuses_then.count(Status.EXPIRED) < 50
    assert statuses_then.count(Status.OFFERED) == 50


def test_the_work_does_not_grow_with_the_queue(app):
    """Nine seats for parties of one to four, at the head of ten and of ten thousand."""
    short, long = EventSessionFactory.create_batch(2, capacity=9)
    db.session.execute(insert(Registration.__table__), a_queue(short, 10) + a_queue(long, 10_000))
    db.session.commit()

    assert statements_to_give_away(short) == statements_to_give_away(long)
    assert [
        db.session.scalars(
            select(Registration.party_size)
            .filter_by(event_session_id=session.id, status=Status.OFFERED)
            .order_by(Registration.id)
        ).all()
        for session in (short, long)
    ] == [[1, 2, 3, 1, 2]] * 2


def a_queue(event_session, length):
    return [
        {
            "ulid": new_ulid(),
            "event_session_id": event_session.id,
            "name": "Kim",
            "email": f"kim{number}@example.org",
            "phone": "",
            "sort_key": "kim",
            "search_key": "kim",
            "party_size": (1, 2, 3, 4)[number % 4],
            "status": Status.WAITING,
            "registered_at": MONDAY + number * MINUTE,
            "ical_uid": f"{event_session.id}-{number}",
        }
        for number in range(length)
    ]


def statements_to_give_away(event_session):
    statements = []

    def note(connection, cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    give_away(event_session)
    db.session.commit()
    event.remove(db.engine, "before_cursor_execute", note)
    return statements


# shortly before the start


def test_in_the_last_hours_nothing_is_held_and_everybody_who_fits_is_called_once(tonight, letters):
    erika, _pair, bernd = waiting(tonight, 1, 2, 1)

    worker.call_the_waiting()
    give_away(tonight)
    db.session.commit()
    worker.call_the_waiting()
    worker.call_the_waiting()

    assert statuses(erika, bernd) == [Status.WAITING] * 2
    assert letters() == [("last_call", erika.email), ("last_call", bernd.email)]


def test_the_first_to_click_gets_the_seat_and_the_others_stay_in_the_queue(tonight, letters):
    erika, bernd = waiting(tonight, 1, 1)
    give_away(tonight)

    booking.confirm(bernd)
    db.session.commit()
    with pytest.raises(booking.SeatGone, match="Sie bleiben auf der Warteliste"):
        booking.confirm(erika)
    db.session.rollback()

    assert statuses(erika, bernd) == [Status.WAITING, Status.CONFIRMED]
    assert letters() == [("confirmed", bernd.email)]


def test_who_joins_the_queue_during_a_call_waits_half_an_hour(tonight, clock):
    (erika,) = waiting(tonight, 1)
    give_away(tonight)
    clock.shift(MINUTE)
    later = newcomer(tonight, would_wait=True)
    db.session.commit()

    clock.shift(29 * MINUTE - timedelta(seconds=1))
    with pytest.raises(booking.SeatGone):
        booking.confirm(later)
    db.session.rollback()
    clock.shift(timedelta(seconds=1))
    booking.confirm(later)

    assert statuses(erika, later) == [Status.WAITING, Status.CONFIRMED]


def test_newcomers_take_what_a_call_has_left_after_half_an_hour(tonight, clock):
    (erika,) = waiting(tonight, 1)
    give_away(tonight)
    db.session.commit()

    clock.shift(30 * MINUTE - timedelta(seconds=1))
    with pytest.raises(booking.SessionFull, match="Andere warten schon"):
        newcomer(tonight)
    db.session.rollback()
    clock.shift(timedelta(seconds=1))
    seated = newcomer(tonight)

    assert statuses(erika, seated) == [Status.WAITING, Status.CONFIRMED]


def test_who_joined_during_a_call_is_called_when_its_half_hour_is_over(tonight, clock, letters):
    (erika,) = waiting(tonight, 1)
    give_away(tonight)
    clock.shift(MINUTE)
    newcomer(tonight, would_wait=True)
    db.session.commit()
    worker.call_the_waiting()

    clock.shift(29 * MINUTE)
    worker.call_the_waiting()

    assert letters() == [("last_call", erika.email), ("last_call", "kim@example.org")]


def test_another_seat_is_another_call(tonight, clock, letters):
    seated, erika, bernd = waiting(tonight, 1, 1, 1)
    give_away(tonight)
    booking.confirm(seated)
    db.session.commit()
    assert tonight.last_call_at is None
    clock.shift(10 * MINUTE)

    booking.withdraw(seated)
    db.session.commit()
    worker.call_the_waiting()

    assert tonight.last_call_at == MONDAY + 10 * MINUTE
    assert letters() == [
        ("withdrawn", seated.email),
        ("last_call", erika.email),
        ("last_call", bernd.email),
    ]


def test_who_fits_only_later_is_called_then(tonight, letters):
    tonight.capacity = 2
    leaving = RegistrationFactory(event_session=tonight)
    single, pair = waiting(tonight, 1, 2)
    worker.give_away_in(waiting_list.sessions_to_heal())
    worker.call_the_waiting()
    before = letters()

    booking.withdraw(leaving)
    db.session.commit()
    worker.call_the_waiting()

    assert before == [("last_call", single.email)]
    assert letters()[1:] == [("withdrawn", leaving.email), ("last_call", pair.email)]


def test_an_offer_that_is_out_lasts_into_the_last_hours(app, clock):
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 4 * HOUR)
    erika, bernd = waiting(event_session, 1, 1)
    give_away(event_session)
    clock.shift(59 * MINUTE)

    give_away(event_session)
    before = (erika.status, erika.hold_until, event_session.last_call_at)
    clock.shift(MINUTE)
    give_away(event_session)

    assert before == (Status.OFFERED, MONDAY + HOUR, None)
    assert statuses(erika, bernd) == [Status.EXPIRED, Status.WAITING]
    assert event_session.last_call_at == MONDAY + HOUR


def test_who_let_an_offer_run_out_may_click_in_the_call(app, clock):
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 4 * HOUR)
    erika, bernd = waiting(event_session, 1, 1)
    give_away(event_session)
    clock.shift(HOUR)

    booking.confirm(erika)

    assert statuses(erika, bernd) == [Status.CONFIRMED, Status.WAITING]


def test_offers_switched_off_make_no_difference_to_a_call(tonight, letters):
    tonight.offers = False
    (erika,) = waiting(tonight, 1)
    give_away(tonight)
    db.session.commit()

    worker.call_the_waiting()

    assert erika.status is Status.WAITING
    assert letters() == [("last_call", erika.email)]


def test_a_call_ends_where_a_move_leaves_time_to_ask(tonight, letters):
    (erika,) = waiting(tonight, 1)
    give_away(tonight)
    db.session.commit()

    changes.move(
        tonight, starts_at=MONDAY + 96 * HOUR, ends_at=None, venue=tonight.venue, actor="staff:1"
    )
    db.session.commit()
    worker.call_the_waiting()

    assert (erika.status, tonight.last_call_at) == (Status.OFFERED, None)
    assert letters() == [("offer", erika.email)]


def test_nobody_is_called_once_it_has_begun(tonight, letters, clock):
    waiting(tonight, 1)
    give_away(tonight)
    db.session.commit()
    clock.move_to(tonight.starts_at)

    worker.work(once=True)

    assert letters() == []
