"""One letter to many: fixed at once, written some at a time, to nobody twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, changes, dispatches
from chancendialog.registration.booking import Applicant
from chancendialog.registration.dispatches import WRITTEN_PER_TURN, Reach
from chancendialog.registration.models import (
    LIVE_ONES,
    Dispatch,
    DispatchRecipient,
    Occasion,
    Registration,
    Status,
)
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import deliver, row_of

STAFF = "staff:1"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SEATED = Registration.status == Status.CONFIRMED


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(capacity=200)


def register(event_session, name, **facts):
    email = f"{name}@example.org"
    return booking.register(event_session, Applicant(name=name.title(), email=email, **facts))


def draft(event_session, **facts):
    usual = {"subject": "Neues", "text": "Bitte kommen Sie früher.", "audience": "seated"}
    one = Dispatch(event_session=event_session, kind=Occasion.MESSAGE, actor=STAFF, **usual | facts)
    db.session.add(one)
    db.session.commit()
    return one


def send(event_session, who=SEATED, **facts):
    one = draft(event_session, **facts)
    dispatches.send(one, who, actor=STAFF)
    db.session.commit()
    return one


def move(event_session, by):
    changes.move(
        event_session,
        starts_at=event_session.starts_at + by,
        ends_at=event_session.ends_at + by,
        venue=event_session.venue,
        actor=STAFF,
    )


def reach(dispatch):
    return dispatches.reach([dispatch])[dispatch.id]


def recipients(dispatch):
    query = select(DispatchRecipient.registration_id).filter_by(dispatch_id=dispatch.id)
    return set(db.session.scalars(query))


# to whom


def test_who_is_written_to_is_fixed_when_it_is_sent(letters, event_session):
    before = RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, status=Status.WAITING)
    RegistrationFactory()

    send(event_session)
    RegistrationFactory(event_session=event_session)

    assert letters() == [("message", before.email)]


def test_who_gave_no_address_is_counted_and_not_written_to(letters, event_session):
    kim = RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, email=None)

    assert dispatches.reachable(event_session, SEATED) == (1, 1)
    send(event_session)
    assert letters() == [("message", kim.email)]


def test_sending_twice_sends_once(letters, event_session):
    kim = RegistrationFactory(event_session=event_session)
    one = send(event_session)
    RegistrationFactory(event_session=event_session)

    dispatches.send(one, SEATED, actor="staff:2")

    assert letters() == [("message", kim.email)]
    assert one.actor == STAFF


def test_journal_names_who_sent_it_and_not_who_wrote_it(event_session):
    RegistrationFactory.create_batch(2, event_session=event_session)

    dispatches.send(draft(event_session), SEATED, actor="staff:2")

    (entry,) = journal.of_scope(event_session.thread)
    assert (entry.actor, journal.sentence(entry)) == (
        "staff:2",
        "E-Mail an viele: eigener Text, Anmeldungen: 2",
    )


def test_change_that_concerns_nobody_is_no_line_in_the_journal(event_session):
    move(event_session, HOUR)

    assert [one.code for one in journal.of_scope(event_session.thread)] == ["session_moved"]


def test_moving_hundreds_takes_as_many_statements_as_moving_one(event_session, statements):
    RegistrationFactory(event_session=event_session)
    move(event_session, HOUR)
    db.session.commit()
    for_one = statements(lambda: move(event_session, HOUR))
    RegistrationFactory.create_batch(30, event_session=event_session)

    assert statements(lambda: move(event_session, HOUR)) == for_one


# writing


def test_some_are_written_to_at_a_time_until_all_are(event_session):
    RegistrationFactory.create_batch(WRITTEN_PER_TURN + 2, event_session=event_session)
    one = send(event_session)

    written = [dispatches.write_some(one.id) for _ in range(3)]

    assert written == [WRITTEN_PER_TURN, 2, 0]
    assert one.written_at == MONDAY
    assert dispatches.unfinished() == []


def test_what_was_interrupted_is_finished_and_nobody_gets_two(letters, event_session):
    people = RegistrationFactory.create_batch(WRITTEN_PER_TURN * 2, event_session=event_session)
    one = send(event_session)
    dispatches.write_some(one.id)
    db.session.commit()
    dispatches.write_some(one.id)
    db.session.rollback()  # as if somebody had killed it

    assert reach(one) == Reach(50, 25, (25, 0, 0))
    assert letters() == [("message", kim.email) for kim in people]


def test_how_far_many_are_takes_as_many_statements_as_one(event_session, statements):
    RegistrationFactory(event_session=event_session)
    for _ in range(5):
        send(event_session)
    every = dispatches.of_session(event_session)

    for_one = statements(lambda: dispatches.reach(every[:1]))

    assert statements(lambda: dispatches.reach(every)) == for_one == 2


def test_reach_tells_people_letters_and_what_became_of_them(event_session, clerk):
    names = ["anna", "bert", "cora", "dora"]
    people = [RegistrationFactory(event_session=event_session, email=f"{n}@x.test") for n in names]
    clerk.refused = {"anna@x.test": "550 no", "bert@x.test": "450 later"}
    one = send(event_session)
    people[2].status = Status.WITHDRAWN

    deliver()

    assert reach(one) == Reach(4, 4, (1, 1, 1))


def test_one_that_cannot_be_written_holds_up_no_other(letters, event_session, monkeypatch, caplog):
    kim = RegistrationFactory(event_session=event_session)
    broken, whole = send(event_session), send(event_session)
    write_some = dispatches.write_some
    monkeypatch.setattr(
        dispatches,
        "write_some",
        lambda number: (number == broken.id and 1 / 0) or write_some(number),
    )

    assert letters() == [("message", kim.email)]
    assert "could not be written" in caplog.text
    assert (broken.written_at, whole.written_at) == (None, MONDAY)


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.EXPIRED])
def test_who_has_left_meanwhile_is_not_written_to(letters, event_session, status):
    kim = RegistrationFactory(event_session=event_session)
    send(event_session)
    kim.status = status

    assert letters() == []


def test_who_is_written_to_because_they_left_is(letters, event_session):
    kim = RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)

    send(event_session, Registration.status == Status.WITHDRAWN, audience="left")

    assert letters() == [("message", kim.email)]


def test_who_is_erased_meanwhile_is_not_written_to(letters, event_session):
    kim = RegistrationFactory(event_session=event_session)
    one = send(event_session)
    kim.name, kim.email = "", None

    assert letters() == []
    assert reach(one) == Reach(1, 1, (0, 0, 0))


# a change of address


def test_who_gets_another_address_meanwhile_is_written_to_there(letters, event_session):
    wrong = register(event_session, "wrong")
    send(event_session)

    booking.readdress(wrong, "right@example.org", actor=STAFF)

    assert letters() == [("confirmed", "right@example.org"), ("message", "right@example.org")]


def test_what_was_written_to_a_wrong_address_and_has_not_left_goes_to_the_right_one(
    letters, event_session
):
    wrong = register(event_session, "wrong")
    one = send(event_session)
    worker.write()

    new = booking.readdress(wrong, "right@example.org", actor=STAFF)

    assert letters() == [("confirmed", "right@example.org"), ("message", "right@example.org")]
    assert recipients(one) == {new.id}
    assert reach(one) == Reach(1, 1, (1, 0, 0))


def test_what_was_lost_at_a_wrong_address_goes_to_the_right_one(event_session, clerk):
    clerk.refused = {"wrong@example.org": "550 no such user"}
    wrong = register(event_session, "wrong")
    one = send(event_session)
    deliver()
    deliver()

    booking.readdress(wrong, "right@example.org", actor=STAFF)
    deliver()

    assert [message["Subject"] for message in clerk.messages][1:] == ["Neues"]
    assert [envelope.rcpt_tos for envelope in clerk.envelopes] == [["right@example.org"]] * 2
    assert reach(one) == Reach(1, 1, (0, 1, 0))


def test_what_arrived_at_the_old_address_is_not_written_again(event_session, post_office):
    old = register(event_session, "old")
    send(event_session)
    deliver()

    booking.readdress(old, "new@example.org", actor=STAFF)
    deliver()

    assert [message["To"].addresses[0].username for message in post_office.messages] == [
        "old", "old", "old", "new",
    ]  # fmt: skip


def test_address_that_turns_out_to_be_registered_already_gets_the_letter_once(
    letters, event_session
):
    right = register(event_session, "right", receipt="A")
    wrong = register(event_session, "wrong", receipt="B")
    send(event_session)

    booking.correct_address(wrong, right.email)

    assert [one for one in letters() if one[0] == "message"] == [("message", right.email)]


# news


def test_two_changes_before_the_worker_comes_are_one_letter_with_the_last_state(
    event_session, post_office
):
    kim = register(event_session, "kim")
    deliver()
    move(event_session, HOUR)
    move(event_session, DAY)

    deliver()

    assert [one["Subject"] for one in post_office.messages][1:] == [
        "Verlegt: Wohnen der Zukunft, jetzt Do 08.10.2026, 13 Uhr"
    ]
    assert kim.ical_sequence == 2


def test_the_letter_counts_for_the_last_change_and_the_earlier_one_was_not_needed(
    event_session, post_office
):
    register(event_session, "kim")
    deliver()
    move(event_session, HOUR)
    changes.call_off(event_session, actor=STAFF)

    deliver()

    called_off, moved = dispatches.of_session(event_session)
    assert (reach(called_off), reach(moved)) == (
        Reach(1, 1, (0, 1, 0)),
        Reach(1, 1, (0, 0, 0)),
    )
    assert dispatches.unfinished() == []


def test_change_taken_back_before_the_worker_comes_is_no_letter(event_session, post_office):
    register(event_session, "kim")
    deliver()
    move(event_session, HOUR)
    move(event_session, -HOUR)

    assert deliver() == 0


def test_called_off_and_on_again_before_the_letter_leaves_is_no_letter(event_session, post_office):
    register(event_session, "kim")
    deliver()
    changes.call_off(event_session, actor=STAFF)
    worker.write()
    changes.reinstate(event_session, actor=STAFF)

    assert deliver() == 0


def test_news_of_an_older_state_never_leave_after_newer_ones(event_session, clerk, clock):
    kim = register(event_session, "kim")
    deliver()
    clerk.answers = ["451 later"]
    move(event_session, HOUR)
    deliver()
    move(event_session, DAY)
    deliver()
    clock.shift(60)

    deliver()

    left = [one["Subject"] for one in clerk.messages][1:]
    assert left == ["Verlegt: Wohnen der Zukunft, jetzt Do 08.10.2026, 13 Uhr"]
    assert kim.ical_sequence == 2


def test_staffs_own_words_are_not_replaced_by_news(letters, event_session):
    kim = register(event_session, "kim")
    send(event_session)
    worker.write()

    move(event_session, HOUR)

    assert letters() == [("message", kim.email), ("confirmed", kim.email)]


# asking who comes


def ask():
    worker.ask_who_comes()
    db.session.commit()


@pytest.fixture
def near(event_session):
    """Wednesday at 18:00 in Hannover, three days after Sunday; asked on Sunday at 10."""
    event_session.starts_at = MONDAY.replace(hour=16) + 2 * DAY
    event_session.ends_at = event_session.starts_at + 2 * HOUR
    db.session.commit()
    return event_session


def test_people_are_asked_some_days_before_at_ten(event_session, letters, clock):
    kim = RegistrationFactory(event_session=event_session)
    asks_at = dispatches.asks_at(event_session)
    assert asks_at.isoformat() == "2026-10-04T10:00:00+02:00"

    clock.move_to(asks_at - timedelta(seconds=1))
    ask()
    too_early = letters()
    clock.shift(1)
    ask()

    assert (too_early, letters()) == ([], [("reminder", kim.email)])


def test_ten_o_clock_stays_ten_o_clock_when_clocks_change(event_session, clock):
    event_session.starts_at = MONDAY.replace(month=10, day=27)  # clocks are put back on the 25th
    event_session.reminder_days = 3

    assert dispatches.asks_at(event_session).isoformat() == "2026-10-24T10:00:00+02:00"


def test_who_does_not_want_to_be_asked_is_not(near, letters):
    RegistrationFactory(event_session=near, email="ja@example.org")
    RegistrationFactory(event_session=near, email="nein@example.org", wants_reminder=False)

    ask()

    assert letters() == [("reminder", "ja@example.org")]


def test_people_are_never_asked_twice(near, letters):
    kim = RegistrationFactory(event_session=near)
    ask()
    move(near, DAY)

    ask()

    assert [one.kind for one in dispatches.of_session(near)] == [Occasion.MOVED, Occasion.REMINDER]
    assert [kind for kind, _ in letters()].count("reminder") == 0  # the letter of their state
    assert letters()[-1] == ("confirmed", kim.email)


def test_only_who_has_a_seat_is_asked(near, letters):
    kim = RegistrationFactory(event_session=near)
    for status in set(Status) - {Status.CONFIRMED}:
        RegistrationFactory(event_session=near, status=status)

    ask()

    assert letters() == [("reminder", kim.email)]


@pytest.mark.parametrize(("hours", "asked"), [(23, False), (24, True), (25, True)])
def test_who_said_yes_within_a_day_before_is_not_asked(near, letters, hours, asked):
    said_yes_at = dispatches.asks_at(near) - hours * HOUR
    kim = RegistrationFactory(event_session=near, said_yes_at=said_yes_at)

    ask()

    assert letters() == [("reminder", kim.email)] * asked


@pytest.mark.parametrize(
    "facts",
    [
        {"reminder_days": None},
        {"status": SessionStatus.CALLED_OFF},
        {"status": SessionStatus.DRAFT},
        {"starts_at": MONDAY + 3 * HOUR, "ends_at": None},
        {"starts_at": MONDAY - HOUR, "ends_at": None},
        {"starts_at": MONDAY + 5 * DAY, "ends_at": None},
    ],
)
def test_nobody_is_asked_where_it_makes_no_sense(near, letters, facts):
    RegistrationFactory(event_session=near)
    for name, value in facts.items():
        setattr(near, name, value)
    db.session.commit()

    ask()
    dispatches.ask_who_comes(near)  # as if it had become so after the worker looked

    assert letters() == []


def test_who_gave_up_meanwhile_is_not_asked(near, letters):
    kim = RegistrationFactory(event_session=near)
    ask()

    booking.withdraw(kim)

    assert letters() == [("withdrawn", kim.email)]


def test_nobody_is_asked_by_a_letter_that_comes_too_late(near, letters, clock):
    RegistrationFactory(event_session=near)
    ask()

    clock.move_to(near.starts_at)

    assert letters() == []


def test_being_asked_is_noted_with_each_of_them(near):
    kim = RegistrationFactory(event_session=near, party_size=2)
    ask()
    worker.write()

    assert [journal.sentence(one) for one in journal.of_thread(kim.thread)] == [
        "gefragt: Kommen Sie? – Personen: 2"
    ]


# writing once more


def refused(event_session, clerk, **facts):
    """Somebody whose letters a mail server does not take."""
    clerk.refused = {"kim@example.org": "550 no such user"}
    return RegistrationFactory(event_session=event_session, email="kim@example.org", **facts)


def lost(kim):
    (mail,) = db.session.scalars(
        select(OutgoingMail).filter_by(thread=kim.thread, state=MailState.REFUSED)
    )
    return mail


def write_again(kim, clerk):
    """Says whether there was anything; the server takes everything now."""
    clerk.refused = {}
    said = dispatches.write_again(kim, lost(kim), actor=STAFF)
    deliver()
    return said


def test_lost_news_are_written_again_as_of_now(event_session, clerk):
    kim = refused(event_session, clerk)
    move(event_session, HOUR)
    deliver()
    mail, dispatch = lost(kim), dispatches.of_session(event_session)[0]
    kim.party_size = 2

    assert write_again(kim, clerk)

    (message,) = clerk.messages
    assert "Sie haben 2 Plätze." in message.get_body(("plain",)).get_content()
    assert row_of(mail.id).state == "superseded"
    assert reach(dispatch) == Reach(1, 1, (0, 1, 0))


def test_staffs_lost_words_are_written_again_with_the_facts_of_now(event_session, clerk):
    kim = refused(event_session, clerk)
    one = send(event_session, text="Wir sehen uns {wann}.")
    deliver()
    event_session.starts_at, event_session.ends_at = event_session.starts_at + DAY, None

    assert write_again(kim, clerk)

    (message,) = clerk.messages
    assert "Wir sehen uns Donnerstag, 8. Oktober" in message.get_body(("plain",)).get_content()
    assert reach(one) == Reach(1, 1, (0, 1, 0))


@pytest.mark.parametrize("occasion", [Occasion.REMINDER, Occasion.MOVED])
def test_what_is_over_is_not_written_again(near, clerk, clock, occasion):
    kim = refused(near, clerk)
    dispatches.start(occasion, near, LIVE_ONES, actor=STAFF)
    deliver()
    clock.move_to(near.ends_at)

    assert not write_again(kim, clerk)
    assert clerk.messages == []
    assert lost(kim).dispatch


def test_letter_that_arrived_is_not_written_again(event_session, post_office):
    kim = register(event_session, "kim")
    deliver()
    (mail,) = db.session.scalars(select(OutgoingMail))

    assert not dispatches.write_again(kim, mail, actor=STAFF)


def test_pressing_twice_writes_once(event_session, clerk):
    kim = refused(event_session, clerk)
    send(event_session)
    deliver()
    mail = lost(kim)

    said = [dispatches.write_again(kim, mail, actor=STAFF) for _ in range(2)]

    assert said == [True, False]


def test_sign_up_that_expired_has_nothing_to_hear_again(event_session, clerk):
    kim = refused(event_session, clerk, status=Status.UNVERIFIED, hold_until=MONDAY + DAY)
    dispatches.start(Occasion.MOVED, event_session, LIVE_ONES, actor=STAFF)
    deliver()
    kim.status = Status.EXPIRED

    assert not write_again(kim, clerk)
    assert reach(dispatches.of_session(event_session)[0]) == Reach(1, 1, (0, 0, 1))


def test_cancellation_that_was_given_up_is_sent_again_as_one(event_session, clerk, clock):
    """It was tried for two days: nobody knows whether the calendar forgot the entry."""
    kim = register(event_session, "kim")
    deliver()
    changes.call_off(event_session, actor=STAFF)
    worker.write()
    mail = db.session.scalars(select(OutgoingMail).filter_by(kind="called_off")).one()
    mail.state, mail.attempts = MailState.FAILED, 13
    uid = kim.ical_uid

    dispatches.write_again(kim, mail, actor=STAFF)
    deliver()

    calendar = clerk.messages[-1].get_payload()[-1].get_payload(decode=True).decode()
    assert ("METHOD:CANCEL" in calendar, uid in calendar.replace("\r\n ", "")) == (True, True)
