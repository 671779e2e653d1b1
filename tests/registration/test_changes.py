"""A session moves, grows or is called off: who is told what."""

from datetime import timedelta

import pytest

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, changes
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory, VenueFactory

STAFF = "staff:1"


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
    db.session.commit()
    delivery.deliver_due()
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
    db.session.commit()
    delivery.deliver_due()

    move(event_session, venue=VenueFactory(name="Rathaus"))

    assert letters()[1:] == [("moved", "told@example.org")]


def test_a_corrected_venue_moves_every_session_to_come(letters, post_office):
    event_session = EventSessionFactory()
    register(event_session, "told@example.org")
    db.session.commit()
    delivery.deliver_due()

    changes.move_house(event_session.venue, [event_session], actor=STAFF, street="Am Markt 2")

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
    db.session.commit()
    delivery.deliver_due()
    changes.call_off(event_session, actor=STAFF)
    db.session.commit()
    delivery.deliver_due()
    cancelled_as = registration.ical_uid

    changes.reinstate(event_session, actor=STAFF)

    assert registration.ical_uid != cancelled_as
    assert letters() == [
        ("confirmed", "kim@example.org"),
        ("called_off", "kim@example.org"),
        ("confirmed", "kim@example.org"),
    ]


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
