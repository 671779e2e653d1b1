"""A session moves, grows or is called off: who is told what."""

from datetime import timedelta

import pytest

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, changes
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.conftest import MONDAY
from tests.factories import EventSessionFactory, RegistrationFactory, VenueFactory
from tests.mailing.specimens import deliver

STAFF = "staff:1"
HOUR = timedelta(hours=1)


def register(event_session, email, **facts):
    return booking.register(event_session, Applicant(name="Kim", email=email, **facts))


def move(event_session, **changed):
    facts = {
        "starts_at": event_session.starts_at,
        "ends_at": event_session.ends_at,
        "venue": event_session.venue,
    }
    changes.move(event_session, **facts | changed, actor=STAFF)


def test_who_was_told_reads_that_it_moved_and_others_are_confirmed_with_the_new_facts(
    letters, post_office
):
    event_session = EventSessionFactory()
    told = register(event_session, "told@example.org")
    deliver()
    untold = register(event_session, "untold@example.org")

    move(event_session, starts_at=event_session.starts_at + timedelta(hours=1))

    assert letters() == [
        ("confirmed", "told@example.org"),
        ("moved", "told@example.org"),
        ("confirmed", "untold@example.org"),
    ]
    assert [told.ical_sequence, untold.ical_sequence, event_session.ical_sequence] == [1, 1, 1]


def test_another_room_is_a_move(letters, post_office):
    event_session = EventSessionFactory()
    register(event_session, "told@example.org")
    deliver()

    move(event_session, venue=VenueFactory(name="Rathaus"))

    assert letters()[1:] == [("moved", "told@example.org")]


def test_a_corrected_venue_moves_every_session_to_come(letters, post_office):
    event_session = EventSessionFactory()
    register(event_session, "told@example.org")
    deliver()

    changes.change_venue(event_session.venue, actor=STAFF, street="Am Markt 2")

    assert letters()[1:] == [("moved", "told@example.org")]
    assert event_session.ical_sequence == 1


@pytest.mark.parametrize(
    ("offers", "status", "letter"),
    [(True, Status.OFFERED, "offer"), (False, Status.CONFIRMED, "promoted")],
)
def test_a_larger_room_seats_who_waits(letters, offers, status, letter):
    event_session = EventSessionFactory(capacity=0, offers=offers)
    waiting = register(event_session, "kim@example.org", would_wait=True)

    changes.resize(event_session, 1, actor=STAFF)

    assert waiting.status is status
    assert letters() == [(letter, "kim@example.org")]


def test_a_smaller_room_throws_nobody_out(letters):
    event_session = EventSessionFactory(capacity=2)
    seated = RegistrationFactory(event_session=event_session, party_size=2)

    changes.resize(event_session, 1, actor=STAFF)

    assert seated.status is Status.CONFIRMED
    assert letters() == []


def test_everybody_hears_that_it_is_called_off(letters):
    event_session = EventSessionFactory(capacity=1)
    register(event_session, "seated@example.org")
    register(event_session, "waiting@example.org", would_wait=True)

    changes.call_off(event_session, actor=STAFF)

    assert letters() == [
        ("called_off", "seated@example.org"),
        ("called_off", "waiting@example.org"),
    ]


def test_a_reinstated_session_invites_anew_under_a_new_name(letters, post_office):
    event_session = EventSessionFactory()
    registration = register(event_session, "kim@example.org")
    deliver()
    changes.call_off(event_session, actor=STAFF)
    deliver()
    cancelled_as = registration.ical_uid

    changes.reinstate(event_session, actor=STAFF)

    assert letters() == [
        ("confirmed", "kim@example.org"),
        ("called_off", "kim@example.org"),
        ("confirmed", "kim@example.org"),
    ]
    assert registration.ical_uid != cancelled_as


def test_a_past_session_changes_silently(letters, clock):
    event_session = EventSessionFactory()
    RegistrationFactory(event_session=event_session)
    clock.move_to(event_session.ends_at)

    changes.call_off(event_session, actor=STAFF)

    assert letters() == []


def test_a_session_with_people_cannot_become_a_draft_again(app):
    event_session = EventSessionFactory()
    RegistrationFactory(event_session=event_session)

    with pytest.raises(changes.PeopleAreRegistered):
        changes.hide(event_session, actor=STAFF)

    assert event_session.status is SessionStatus.PUBLISHED


def test_the_journal_says_who_moved_it(app):
    event_session = EventSessionFactory()

    move(event_session, starts_at=event_session.starts_at + timedelta(hours=1))
    db.session.flush()

    entries = db.session.query(journal.JournalEntry).all()
    assert [(one.code, one.actor, one.thread) for one in entries] == [
        ("session_moved", STAFF, event_session.thread)
    ]


def held(event_session, status, **facts):
    return RegistrationFactory(
        event_session=event_session, status=status, hold_until=MONDAY + 24 * HOUR, **facts
    )


def test_a_move_that_leaves_no_time_takes_offers_back_and_lets_sign_ups_count(letters, clock):
    event_session = EventSessionFactory(capacity=3)
    offered = held(event_session, Status.OFFERED)
    unverified = held(event_session, Status.UNVERIFIED)

    move(event_session, starts_at=MONDAY + 2 * HOUR, ends_at=None)
    db.session.commit()
    worker.call_the_waiting()

    assert [offered.status, unverified.status] == [Status.WAITING, Status.CONFIRMED]
    assert letters() == [("last_call", offered.email), ("confirmed", unverified.email)]


def test_a_move_to_a_later_day_leaves_deadlines_as_told(letters, clock):
    event_session = EventSessionFactory()
    offered = held(event_session, Status.OFFERED)

    move(event_session, starts_at=event_session.starts_at + 24 * HOUR, ends_at=None)

    assert (offered.status, offered.hold_until) == (Status.OFFERED, MONDAY + 24 * HOUR)


def test_who_was_late_already_hears_nothing_of_a_move(letters, clock):
    event_session = EventSessionFactory()
    late = held(event_session, Status.UNVERIFIED)
    clock.shift(25 * HOUR)

    move(event_session, starts_at=event_session.starts_at + 24 * HOUR, ends_at=None)

    assert late.status is Status.EXPIRED
    assert letters() == []


def test_while_it_is_called_off_nobody_loses_an_offer(letters, clock):
    event_session = EventSessionFactory(capacity=2)
    seated = RegistrationFactory(event_session=event_session)
    offered = held(event_session, Status.OFFERED)
    changes.call_off(event_session, actor=STAFF)
    clock.shift(25 * HOUR)

    booking.withdraw(seated)
    changes.resize(event_session, 5, actor=STAFF)

    assert offered.status is Status.OFFERED
    assert letters() == [("withdrawn", seated.email), ("called_off", offered.email)]


@pytest.mark.parametrize(
    ("status", "letter"), [(Status.OFFERED, "offer"), (Status.UNVERIFIED, "please_confirm")]
)
def test_once_reinstated_who_must_click_has_their_time_anew(letters, clock, status, letter):
    event_session = EventSessionFactory(capacity=1)
    silent = held(event_session, status)
    changes.call_off(event_session, actor=STAFF)
    clock.shift(25 * HOUR)

    changes.reinstate(event_session, actor=STAFF)

    assert (silent.status, silent.hold_until) == (status, MONDAY + 49 * HOUR)
    assert letters() == [(letter, silent.email)]


def test_once_reinstated_free_seats_go_to_who_waits(letters):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    changes.call_off(event_session, actor=STAFF)
    booking.withdraw(seated)
    assert waiting.status is Status.WAITING

    changes.reinstate(event_session, actor=STAFF)

    assert letters() == [("withdrawn", seated.email), ("offer", waiting.email)]


def test_calling_off_ends_a_last_call(letters, clock):
    event_session = EventSessionFactory(capacity=1, starts_at=MONDAY + 2 * HOUR)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    worker.give_away_in([event_session])

    changes.call_off(event_session, actor=STAFF)
    db.session.commit()
    worker.call_the_waiting()

    assert event_session.last_call_at is None
    assert letters() == [("called_off", waiting.email)]


def test_a_room_in_the_same_house_is_a_move_too(letters, post_office):
    event_session = EventSessionFactory(room="Raum 1")
    register(event_session, "told@example.org")
    deliver()

    move(event_session, room="Raum 2")
    again = changes.move(
        event_session,
        starts_at=event_session.starts_at,
        ends_at=event_session.ends_at,
        venue=event_session.venue,
        actor=STAFF,
    )

    assert letters()[1:] == [("moved", "told@example.org")]
    assert (again, event_session.room) == (False, "Raum 2")


def test_in_another_venue_the_room_is_unknown_until_somebody_names_it(app):
    event_session = EventSessionFactory(room="Raum 1")

    move(event_session, venue=VenueFactory(name="Rathaus"))
    unknown = event_session.place
    move(event_session, venue=VenueFactory(name="Schloss"), room="Saal")

    assert unknown == "Rathaus, Am Markt 1, 12345 Musterstadt"
    assert event_session.place == "Schloss, Saal, Am Markt 1, 12345 Musterstadt"
