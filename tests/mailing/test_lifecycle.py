"""What one person's mailbox and calendar go through, from signing up to the end."""

from datetime import timedelta

import pytest

from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.programme import planning
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking, changes, waiting_list
from chancendialog.registration.booking import Applicant
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, VenueFactory
from tests.mailing.specimens import calendar_of, deliver, event, events, kinds, text

STAFF = "staff:1"
ERIKA = "erika@example.org"
MAX = "max@example.org"
START = MONDAY + timedelta(days=30)


@pytest.fixture
def evening(clock, app):
    """A session with one seat, in thirty days."""
    return EventSessionFactory(capacity=1)


@pytest.fixture
def by_mail(clock, app):
    """The same, but a sign-up only counts after the click."""
    return EventSessionFactory(capacity=1, confirmation=Confirmation.BY_MAIL)


@pytest.fixture
def offered(post_office, evening):
    """Erika's registration: she waited, heard so, and is asked until tomorrow noon."""
    seated = sign_up(evening, None)
    registration = sign_up(evening, would_wait=True)
    deliver()
    booking.withdraw(seated)
    db.session.commit()
    return registration


def sign_up(event_session, email=ERIKA, **wishes):
    """Sign up, committed."""
    registration = booking.register(event_session, Applicant(name="Erika", email=email, **wishes))
    db.session.commit()
    return registration


def work():
    """What is due, as the worker does it every second."""
    worker.give_away_in(waiting_list.sessions_with_expired_holds())
    worker.call_the_waiting()
    worker.remind()
    deliver()


def subjects(office, email):
    """What this person reads in their inbox, up to the colon."""
    mine = [one for one in office.messages if one["To"].addresses[0].addr_spec == email]
    return [one["Subject"].strip().partition(":")[0] for one in mine]


def one_line(text):
    return " ".join(text.split())


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


def test_waiting_puts_nothing_into_the_calendar_but_a_seat_given_at_once_does(clock, post_office):
    evening = EventSessionFactory(capacity=1, offers=False)
    seated = sign_up(evening, MAX)
    waiting = sign_up(evening, would_wait=True)
    deliver()

    booking.withdraw(seated)
    deliver()

    assert kinds(post_office) == [
        (MAX, "REQUEST"),
        (ERIKA, None),
        (MAX, "CANCEL"),
        (ERIKA, "REQUEST"),
    ]
    assert events(post_office)[-1] == ("REQUEST", waiting.ical_uid, 0)
    assert subjects(post_office, ERIKA) == ["Warteliste", "Sie haben jetzt einen Platz"]


def test_who_must_still_confirm_has_nothing_in_the_calendar_until_they_do(post_office, by_mail):
    registration = sign_up(by_mail)
    deliver()

    booking.confirm(registration)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, "REQUEST")]
    assert events(post_office) == [("REQUEST", registration.ical_uid, 0)]
    assert calendar_of(post_office, ERIKA) == [START]


def test_who_does_not_confirm_is_reminded_once_and_then_hears_no_more(clock, post_office, by_mail):
    sign_up(by_mail)
    deliver()

    clock.shift(timedelta(hours=4))
    work()
    clock.shift(timedelta(hours=4))
    work()
    clock.shift(timedelta(hours=17))
    work()

    assert subjects(post_office, ERIKA) == [
        "Bitte bestätigen Sie bis Di 08.09.2026, 12 Uhr",
        "Noch nicht bestätigt",
    ]
    assert calendar_of(post_office, ERIKA) == []


def test_who_confirms_after_the_reminder_finds_the_session_in_their_calendar(
    clock, post_office, by_mail
):
    registration = sign_up(by_mail)
    clock.shift(timedelta(hours=4))
    work()

    booking.confirm(registration)
    deliver()

    assert subjects(post_office, ERIKA) == ["Noch nicht bestätigt", "Angemeldet"]
    assert calendar_of(post_office, ERIKA) == [START]


def test_who_joins_the_queue_by_mail_waits_after_the_click_and_is_asked_then(post_office, by_mail):
    seated = sign_up(by_mail, MAX)
    booking.confirm(seated)
    joining = sign_up(by_mail, would_wait=True)
    deliver()

    booking.confirm(joining)
    deliver()
    booking.withdraw(seated)
    deliver()
    booking.confirm(joining)
    deliver()

    assert subjects(post_office, ERIKA) == [
        "Bitte bestätigen Sie",
        "Warteliste",
        "Platz frei – bitte bis Di 08.09.2026, 12 Uhr zusagen",
        "Angemeldet",
    ]
    assert calendar_of(post_office, ERIKA) == [START]


def test_a_held_seat_that_is_given_up_leaves_no_trace_in_the_calendar(post_office, by_mail):
    registration = sign_up(by_mail)
    deliver()

    booking.withdraw(registration)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None)]


def test_an_offer_puts_nothing_into_the_calendar_but_accepting_it_does(post_office, offered):
    deliver()

    booking.confirm(offered)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None), (ERIKA, "REQUEST")]
    assert events(post_office) == [("REQUEST", offered.ical_uid, 0)]
    assert subjects(post_office, ERIKA) == [
        "Warteliste",
        "Platz frei – bitte bis Di 08.09.2026, 12 Uhr zusagen",
        "Angemeldet",
    ]


def test_an_offer_that_is_accepted_before_its_letter_left_is_one_confirmation(post_office, offered):
    booking.confirm(offered)
    deliver()

    assert subjects(post_office, ERIKA) == ["Warteliste", "Angemeldet"]
    assert calendar_of(post_office, ERIKA) == [START]


def test_an_offer_that_expired_has_nothing_to_cancel(clock, post_office, offered):
    deliver()

    clock.shift(timedelta(hours=24))
    work()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None), (ERIKA, None)]
    assert subjects(post_office, ERIKA)[-1] == "Platz weitergegeben"
    assert "bis Dienstag, 8. September 2026, 12 Uhr" in one_line(text(post_office.messages[-1]))


def test_an_offer_that_expired_before_its_letter_left_is_one_letter(clock, post_office, offered):
    clock.shift(timedelta(hours=24))
    work()

    assert subjects(post_office, ERIKA) == ["Warteliste", "Platz weitergegeben"]


def test_who_comes_back_after_an_expired_offer_finds_the_session_in_their_calendar(
    clock, post_office, offered
):
    clock.shift(timedelta(hours=24))
    work()

    booking.confirm(offered)
    deliver()

    assert subjects(post_office, ERIKA) == ["Warteliste", "Platz weitergegeben", "Angemeldet"]
    assert events(post_office) == [("REQUEST", offered.ical_uid, 0)]


def test_who_comes_back_when_nothing_is_free_reads_their_old_place(clock, post_office, offered):
    third = sign_up(offered.event_session, "third@example.org", would_wait=True)
    clock.shift(timedelta(hours=24))
    work()
    booking.confirm(third)
    clock.shift(timedelta(hours=1))
    sign_up(offered.event_session, "fourth@example.org", would_wait=True)

    booking.confirm(offered)
    deliver()

    assert subjects(post_office, ERIKA) == ["Warteliste", "Platz weitergegeben", "Warteliste"]
    last = [message for message in post_office.messages if ERIKA in message["To"]][-1]
    assert "an Stelle 1 der Warteliste. Vor Ihnen wartet niemand." in one_line(text(last))


def test_an_offer_that_is_passed_on_has_nothing_to_cancel(post_office, offered):
    deliver()

    booking.withdraw(offered)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None), (ERIKA, None)]
    assert "Sie haben den freien Platz weitergegeben." in one_line(text(post_office.messages[-1]))


def test_who_withdraws_after_accepting_finds_the_entry_gone(post_office, offered):
    booking.confirm(offered)
    deliver()

    booking.withdraw(offered)
    deliver()

    assert events(post_office) == [
        ("REQUEST", offered.ical_uid, 0),
        ("CANCEL", offered.ical_uid, 1),
    ]
    assert "Sie sind jetzt abgemeldet." in one_line(text(post_office.messages[-1]))


def test_an_offer_is_made_again_when_the_session_moves(post_office, offered):
    deliver()

    move(offered.event_session, hours=1)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None), (ERIKA, None)]
    assert subjects(post_office, ERIKA)[1:] == [
        "Platz frei – bitte bis Di 08.09.2026, 12 Uhr zusagen",
        "Platz frei – bitte bis Di 08.09.2026, 12 Uhr zusagen",
    ]
    assert "Mittwoch, 7. Oktober 2026, 13 bis 15 Uhr" in text(post_office.messages[-1])


def test_the_click_is_asked_for_again_when_the_session_moves(post_office, by_mail):
    sign_up(by_mail)
    deliver()

    move(by_mail, hours=1)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None)]
    assert subjects(post_office, ERIKA) == [
        "Bitte bestätigen Sie bis Di 08.09.2026, 12 Uhr",
        "Bitte bestätigen Sie bis Di 08.09.2026, 12 Uhr",
    ]
    assert "Mittwoch, 7. Oktober 2026, 13 bis 15 Uhr" in text(post_office.messages[-1])


def test_a_move_that_leaves_less_time_to_accept_says_until_when(post_office, offered):
    deliver()

    move(offered.event_session, days=-29, hours=2)
    deliver()

    assert subjects(post_office, ERIKA)[-1] == (
        "Platz frei – bitte bis Di 08.09.2026, 11 Uhr zusagen"
    )


def test_a_move_that_leaves_no_time_to_accept_puts_them_back_into_the_queue(post_office, offered):
    deliver()

    move(offered.event_session, days=-30, hours=2)
    deliver()

    assert subjects(post_office, ERIKA)[-1] == "Warteliste"


def test_who_accepts_after_a_move_has_the_new_time_in_their_calendar(post_office, offered):
    deliver()
    move(offered.event_session, hours=1)
    deliver()

    booking.confirm(offered)
    deliver()

    assert events(post_office) == [("REQUEST", offered.ical_uid, 1)]
    assert calendar_of(post_office, ERIKA) == [START + timedelta(hours=1)]


def test_who_waits_reads_of_a_move_and_has_nothing_in_the_calendar(post_office, evening):
    sign_up(evening, MAX)
    sign_up(evening, would_wait=True)
    deliver()

    move(evening, hours=1)
    deliver()

    assert kinds(post_office)[2:] == [(MAX, "REQUEST"), (ERIKA, None)]
    assert subjects(post_office, ERIKA) == ["Warteliste", "Verlegt"]


def test_a_smaller_party_reads_so_and_keeps_its_entry(post_office, evening):
    evening.capacity = 4
    registration = sign_up(evening, party_size=3)
    deliver()

    booking.resize_party(registration, 2)
    deliver()

    assert kinds(post_office) == [(ERIKA, "REQUEST"), (ERIKA, None)]
    assert "Ihre Anmeldung gilt jetzt für 2 Personen." in text(post_office.messages[-1])
    assert calendar_of(post_office, ERIKA) == [START]


def test_who_withdraws_as_a_smaller_party_finds_the_entry_gone(post_office, evening):
    evening.capacity = 4
    registration = sign_up(evening, party_size=3)
    deliver()
    booking.resize_party(registration, 2)
    deliver()

    booking.withdraw(registration)
    deliver()

    assert events(post_office)[-1] == ("CANCEL", registration.ical_uid, 1)
    assert calendar_of(post_office, ERIKA) == []


def test_a_party_that_shrinks_before_its_confirmation_left_reads_only_that(post_office, evening):
    evening.capacity = 4
    registration = sign_up(evening, party_size=3)

    booking.resize_party(registration, 2)
    deliver()

    assert kinds(post_office) == [(ERIKA, "REQUEST")]
    assert "Sie haben 2 Plätze." in text(post_office.messages[0])


def test_a_party_that_changes_its_mind_twice_before_the_worker_looks_gets_no_letter(
    post_office, evening
):
    evening.capacity = 4
    registration = sign_up(evening, party_size=3)
    deliver()

    booking.resize_party(registration, 2)
    booking.resize_party(registration, 3)
    deliver()

    assert kinds(post_office) == [(ERIKA, "REQUEST")]


def test_a_held_party_that_shrinks_is_asked_again_for_fewer(post_office, by_mail):
    by_mail.capacity = 4
    registration = sign_up(by_mail, party_size=3)
    deliver()

    booking.resize_party(registration, 2)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None)]
    assert "Sie haben um 2 Plätze gebeten." in text(post_office.messages[-1])


def test_shortly_before_the_start_all_are_called_and_the_first_gets_the_entry(
    clock, post_office, evening
):
    seated = sign_up(evening, MAX)
    sign_up(evening, would_wait=True)
    quick = sign_up(evening, "quick@example.org", would_wait=True)
    clock.move_to(START - timedelta(hours=2))
    booking.withdraw(seated)
    work()

    booking.confirm(quick)
    deliver()
    work()

    called = "Platz frei – wer zuerst zusagt, bekommt ihn"
    assert subjects(post_office, ERIKA) == [called]
    assert subjects(post_office, "quick@example.org") == [called, "Angemeldet"]
    assert calendar_of(post_office, ERIKA) == []
    assert calendar_of(post_office, "quick@example.org") == [START]


def test_calling_off_clears_the_calendars_of_the_seated_and_tells_the_waiting(post_office, evening):
    sign_up(evening, MAX)
    sign_up(evening, would_wait=True)
    deliver()

    changes.call_off(evening, actor=STAFF)
    deliver()

    assert kinds(post_office)[2:] == [(MAX, "CANCEL"), (ERIKA, None)]
    assert calendar_of(post_office, MAX) == []


def test_calling_off_tells_who_was_asked_and_takes_nothing_from_their_calendar(
    post_office, offered
):
    deliver()

    changes.call_off(offered.event_session, actor=STAFF)
    deliver()

    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None), (ERIKA, None)]
    assert "Sie müssen nicht antworten." in one_line(text(post_office.messages[-1]))


def test_an_offer_is_made_again_when_the_session_takes_place_after_all(post_office, offered):
    deliver()
    changes.call_off(offered.event_session, actor=STAFF)
    deliver()

    changes.reinstate(offered.event_session, actor=STAFF)
    deliver()
    booking.confirm(offered)
    deliver()

    assert subjects(post_office, ERIKA)[1:] == [
        "Platz frei – bitte bis Di 08.09.2026, 12 Uhr zusagen",
        "Fällt aus",
        "Findet doch statt",
        "Angemeldet",
    ]
    assert calendar_of(post_office, ERIKA) == [START]


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


def test_a_corrected_address_is_asked_for_the_click_in_place_of_the_wrong_one(post_office, by_mail):
    registration = sign_up(by_mail, "wrong@example.org")
    deliver()

    booking.correct_address(registration, ERIKA)
    deliver()

    assert kinds(post_office) == [
        ("wrong@example.org", None),
        ("wrong@example.org", None),
        (ERIKA, None),
    ]
    assert subjects(post_office, "wrong@example.org")[-1] == "Adresse korrigiert"
    assert subjects(post_office, ERIKA) == ["Bitte bestätigen Sie bis Di 08.09.2026, 12 Uhr"]


@pytest.mark.parametrize("asked_again", [0, 1, 2, 5])
def test_the_link_to_confirm_comes_again_three_times_an_hour_at_most(
    post_office, by_mail, asked_again
):
    registration = sign_up(by_mail)
    deliver()

    for _ in range(asked_again):
        booking.remind_of_registration(registration)
        deliver()

    assert len(subjects(post_office, ERIKA)) == min(1 + asked_again, 3)


def test_who_is_asked_and_signs_up_again_reads_once_that_a_seat_is_free(post_office, offered):
    deliver()

    booking.remind_of_registration(offered)
    booking.remind_of_registration(offered)
    deliver()

    assert subjects(post_office, ERIKA)[2:] == ["Für Sie ist schon ein Platz frei"]
    assert kinds(post_office) == [(ERIKA, None), (ERIKA, None), (ERIKA, None)]


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
