"""Who gets a seat, and what they are told."""

import pytest
from sqlalchemy.exc import IntegrityError

from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, seats
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import LIVE, Status
from tests.factories import EventSessionFactory, RegistrationFactory

BOTH_WAYS = pytest.mark.parametrize(
    ("offers", "status", "letter"),
    [
        pytest.param(True, Status.OFFERED, "offer", id="asked"),
        pytest.param(False, Status.CONFIRMED, "promoted", id="seated directly"),
    ],
)


def erika(**facts):
    return Applicant(**{"name": "Erika", "email": "erika@example.org", **facts})


def test_a_free_seat_is_theirs_at_once(letters):
    event_session = EventSessionFactory(capacity=3)

    registration = booking.register(event_session, erika(party_size=3))

    assert registration.status is Status.CONFIRMED
    assert seats.numbers_of(event_session).free == 0
    assert letters() == [("confirmed", "erika@example.org")]


def test_a_party_is_seated_whole_or_not_at_all(letters):
    event_session = EventSessionFactory(capacity=2)

    with pytest.raises(booking.SessionFull, match="nur noch 2 Plätze frei"):
        booking.register(event_session, erika(party_size=3))

    assert letters() == []


def test_one_waits_only_after_saying_so(letters):
    event_session = EventSessionFactory(capacity=0)

    with pytest.raises(booking.SessionFull, match="Warteliste") as refusal:
        booking.register(event_session, erika())
    registration = booking.register(event_session, erika(would_wait=True))

    assert refusal.value.can_wait
    assert registration.status is Status.WAITING
    assert letters() == [("waiting", "erika@example.org")]


def test_without_a_waiting_list_full_is_full(app):
    event_session = EventSessionFactory(capacity=0, waiting_list=False)

    with pytest.raises(booking.SessionFull, match="keine Warteliste") as refusal:
        booking.register(event_session, erika(would_wait=True))

    assert not refusal.value.can_wait


def test_newcomers_wait_while_anyone_waits(app):
    event_session = EventSessionFactory(capacity=3)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=4)

    with pytest.raises(booking.SessionFull, match="Andere warten schon"):
        booking.register(event_session, erika())


def test_who_joins_the_queue_and_fits_where_others_do_not_is_seated_at_once(letters):
    event_session = EventSessionFactory(capacity=3)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=4)

    registration = booking.register(event_session, erika(would_wait=True))

    assert registration.status is Status.CONFIRMED
    assert letters() == [("confirmed", "erika@example.org")]


@BOTH_WAYS
def test_a_newcomer_never_overtakes_who_was_not_asked_yet(letters, offers, status, letter):
    event_session = EventSessionFactory(capacity=1, offers=offers)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    newcomer = booking.register(event_session, erika(would_wait=True))

    assert [waiting.status, newcomer.status] == [status, Status.WAITING]
    assert letters() == [(letter, waiting.email), ("waiting", "erika@example.org")]


def test_who_would_wait_is_seated_if_there_is_room(app):
    event_session = EventSessionFactory(capacity=1)

    assert booking.register(event_session, erika(would_wait=True)).status is Status.CONFIRMED


def test_the_same_form_sent_twice_is_one_registration(letters):
    event_session = EventSessionFactory(capacity=1)

    first = booking.register(event_session, erika(receipt="form 1"))
    second = booking.register(event_session, erika(receipt="form 1"))

    assert second is first
    assert letters() == [("confirmed", "erika@example.org")]


def test_an_address_is_registered_once_per_session(app):
    event_session = EventSessionFactory()
    first = booking.register(event_session, erika(receipt="form 1"))

    with pytest.raises(booking.AlreadyRegistered) as found:
        booking.register(event_session, erika(receipt="form 2"))

    assert found.value.registration is first
    assert found.value.outcome == booking.Outcome(Status.CONFIRMED, 1)


def test_a_registered_address_is_refused_like_any_other_when_full(app):
    event_session = EventSessionFactory(capacity=1)
    booking.register(event_session, erika())

    with pytest.raises(booking.SessionFull):
        booking.register(event_session, erika())


def test_the_owner_of_an_address_is_reminded_once_an_hour(letters, clock):
    registration = RegistrationFactory(email="erika@example.org")

    booking.remind_of_registration(registration)
    db.session.flush()
    booking.remind_of_registration(registration)
    clock.shift(3601)
    booking.remind_of_registration(registration)

    assert letters() == [("already_registered", "erika@example.org")] * 2


def test_more_people_than_the_limit_are_refused(app):
    event_session = EventSessionFactory(party_limit=2)

    with pytest.raises(booking.PartyTooLarge, match="höchstens 2 Personen"):
        booking.register(event_session, erika(party_size=3))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"status": SessionStatus.CALLED_OFF}, "abgesagt"),
        ({"status": SessionStatus.DRAFT}, "noch nicht"),
    ],
)
def test_nobody_signs_up_for_what_does_not_take_place(app, facts, reason):
    event_session = EventSessionFactory(**facts)

    with pytest.raises(booking.RegistrationClosed, match=reason):
        booking.register(event_session, erika())


def test_nobody_signs_up_once_it_has_begun(clock, app):
    event_session = EventSessionFactory()

    clock.move_to(event_session.starts_at)

    with pytest.raises(booking.RegistrationClosed, match="schon begonnen"):
        booking.register(event_session, erika())


@BOTH_WAYS
def test_a_seat_given_up_goes_to_whoever_waited_longest(letters, offers, status, letter):
    event_session = EventSessionFactory(capacity=1, offers=offers)
    seated = RegistrationFactory(event_session=event_session)
    first, second = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )

    booking.withdraw(seated)

    assert [seated.status, first.status, second.status] == [
        Status.WITHDRAWN,
        status,
        Status.WAITING,
    ]
    assert letters() == [("withdrawn", seated.email), (letter, first.email)]


@BOTH_WAYS
def test_who_does_not_fit_keeps_their_place_and_the_next_is_asked(app, offers, status, letter):
    event_session = EventSessionFactory(capacity=2, offers=offers)
    leaving, staying = RegistrationFactory.create_batch(2, event_session=event_session)
    pair = RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=2)
    single = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    booking.withdraw(leaving)
    assert [pair.status, single.status] == [Status.WAITING, status]
    booking.withdraw(single)
    booking.withdraw(staying)

    assert single.status is Status.WITHDRAWN
    assert pair.status is status


@BOTH_WAYS
def test_withdrawing_twice_gives_away_one_seat(letters, offers, status, letter):
    event_session = EventSessionFactory(capacity=1, offers=offers)
    seated = RegistrationFactory(event_session=event_session)
    first, second = RegistrationFactory.create_batch(
        2, event_session=event_session, status=Status.WAITING
    )

    booking.withdraw(seated)
    booking.withdraw(seated)

    assert [first.status, second.status] == [status, Status.WAITING]
    assert letters() == [("withdrawn", seated.email), (letter, first.email)]


def test_nobody_is_called_in_once_the_session_has_begun(clock, app):
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    clock.move_to(event_session.starts_at)

    with pytest.raises(booking.RegistrationClosed):
        booking.withdraw(seated)
    assert waiting.status is Status.WAITING


def test_an_overbooked_room_gives_nothing_away(app):
    event_session = EventSessionFactory(capacity=1)
    leaving, _one, _two = RegistrationFactory.create_batch(3, event_session=event_session)
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    booking.withdraw(leaving)

    assert seats.numbers_of(event_session).free == 0
    assert waiting.status is Status.WAITING


def test_signing_up_again_after_withdrawing_is_a_new_registration(letters):
    event_session = EventSessionFactory()
    first = booking.register(event_session, erika())
    booking.withdraw(first)

    second = booking.register(event_session, erika())

    assert second.ical_uid != first.ical_uid
    assert letters() == [("withdrawn", "erika@example.org"), ("confirmed", "erika@example.org")]


def test_a_corrected_address_gets_the_confirmation_and_the_old_one_only_if_it_was_written_to(
    letters, post_office
):
    event_session = EventSessionFactory()
    registration = booking.register(event_session, erika(email="wrong@example.org"))
    db.session.commit()
    delivery.deliver_due()

    booking.correct_address(registration, "right@example.org")

    corrected = booking.live_registration(event_session, "right@example.org")
    assert corrected.ical_uid != registration.ical_uid
    assert corrected.registered_at == registration.registered_at
    assert [registration.status, registration.link_version] == [Status.WITHDRAWN, 1]
    assert letters() == [
        ("confirmed", "wrong@example.org"),
        ("address_corrected", "wrong@example.org"),
        ("confirmed", "right@example.org"),
    ]


def test_nothing_goes_to_a_wrong_address_that_was_not_written_to_yet(letters):
    event_session = EventSessionFactory()
    registration = booking.register(event_session, erika(email="wrong@example.org"))

    booking.correct_address(registration, "right@example.org")

    assert letters() == [("confirmed", "right@example.org")]


def test_correcting_to_a_registered_address_leaves_one_registration(letters):
    event_session = EventSessionFactory(capacity=2)
    right = RegistrationFactory(event_session=event_session, email="right@example.org")
    mistyped = booking.register(event_session, erika(email="wrong@example.org"))

    booking.correct_address(mistyped, "right@example.org")

    assert mistyped.status is Status.WITHDRAWN
    assert right.status is Status.CONFIRMED
    assert letters() == [("already_registered", "right@example.org")]


def test_guests_without_an_address_get_no_letter(letters):
    event_session = EventSessionFactory()

    registrations = [booking.register(event_session, erika(email=None)) for _ in range(2)]

    assert [one.status for one in registrations] == [Status.CONFIRMED] * 2
    assert letters() == []


def test_who_may_not_wait_is_not_told_to(app):
    event_session = EventSessionFactory(capacity=1, waiting_list=False)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=2)

    with pytest.raises(booking.SessionFull, match="die Warteliste ist geschlossen"):
        booking.register(event_session, erika(would_wait=True))


@pytest.mark.parametrize("status", LIVE)
def test_the_database_has_the_last_word_on_one_live_registration_per_address(app, status):
    first = RegistrationFactory(email="erika@example.org")

    with pytest.raises(IntegrityError):
        RegistrationFactory(
            event_session=first.event_session, email="erika@example.org", status=status
        )
    db.session.rollback()


def test_who_has_left_stands_in_nobodys_way(app):
    first = RegistrationFactory(email="erika@example.org", status=Status.WITHDRAWN)
    RegistrationFactory(
        event_session=first.event_session, email="erika@example.org", status=Status.EXPIRED
    )

    assert RegistrationFactory(event_session=first.event_session, email="erika@example.org").id


def test_who_has_the_turn_does_not_take_it_twice(app):
    event_session = EventSessionFactory()
    before = event_session.booking_turn

    for _ in range(2):
        assert seats.turn_at(event_session.slug) is event_session
        seats.take_turn(event_session)
        seats.take_turn(event_session)
        db.session.commit()

    assert event_session.booking_turn == before + 2


def test_what_was_done_in_a_turn_can_be_read_in_it(app):
    event_session = EventSessionFactory()
    seats.take_turn(event_session)
    registration = RegistrationFactory.build(event_session=event_session)
    db.session.add(registration)

    seats.take_turn(event_session)

    assert seats.again(registration) is registration


@pytest.mark.parametrize("slug", ["nie-gesehen", "entwurf"])
def test_nobody_has_the_turn_of_what_nobody_may_see(app, slug):
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT)

    assert seats.turn_at(slug) is None
