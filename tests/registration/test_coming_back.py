"""Coming after all: a new registration for whoever gave up themselves, while there is room."""

import pytest
from sqlalchemy import select

from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking, coming_back, letters
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.strangers import PER_DAY
from tests.factories import EventSessionFactory, RegistrationFactory


@pytest.fixture
def event_session(app):
    return EventSessionFactory(capacity=2)


def gone(event_session, **facts):
    """Who had a seat, gave it up, and has read both letters."""
    applicant = Applicant(name="Kim", email="kim@example.org", **facts)
    kim = booking.register(event_session, applicant)
    post_leaves()
    booking.withdraw(kim)
    post_leaves()
    return kim


def post_leaves():
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state, mail.attempts = MailState.SENT, 1
    db.session.flush()


def deeds(registration):
    return [entry.code for entry in journal.of_thread(registration.thread)]


def calendar_entries():
    """UID and METHOD of everything that calendars were told."""
    mails = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    return [(mail.thread, mail.calendar_method) for mail in mails if mail.calendar_method]


def test_they_have_what_they_had_as_a_new_registration(event_session, letters):
    kim = gone(event_session, party_size=2, language="en", wants_reminder=False)

    back = coming_back.come_back(kim)

    assert kim.status is Status.WITHDRAWN
    assert (back.name, back.email, back.party_size, back.language, back.status) == (
        "Kim", "kim@example.org", 2, "en", Status.CONFIRMED,
    )  # fmt: skip
    assert back.wants_reminder is False
    assert [kind for kind, _ in letters()] == ["confirmed", "withdrawn", "confirmed"]
    assert (deeds(kim)[-1], deeds(back)) == ("came_back", ["registered"])


def test_calendars_get_an_entry_of_its_own(event_session):
    kim = gone(event_session)

    back = coming_back.come_back(kim)

    assert back.ical_uid != kim.ical_uid
    assert back.ical_sequence == 0
    assert calendar_entries() == [
        (kim.thread, "REQUEST"),
        (kim.thread, "CANCEL"),
        (back.thread, "REQUEST"),
    ]


def test_doing_it_twice_does_nothing_the_second_time(event_session, letters):
    kim = gone(event_session)
    back = coming_back.come_back(kim)
    before = letters(), deeds(kim)

    assert coming_back.come_back(kim) is back
    assert (letters(), deeds(kim)) == before


def test_who_leaves_again_can_come_back_again(event_session):
    kim = gone(event_session)
    back = coming_back.come_back(kim)
    booking.withdraw(back)

    third = coming_back.come_back(back)

    assert [one.status for one in (kim, back, third)] == [
        Status.WITHDRAWN,
        Status.WITHDRAWN,
        Status.CONFIRMED,
    ]
    with pytest.raises(booking.RegisteredAnew):
        coming_back.come_back(kim)


def test_seats_that_went_to_who_waited_stay_theirs(event_session):
    event_session.capacity = 1
    kim = booking.register(event_session, Applicant(name="Kim", email="kim@example.org"))
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    booking.withdraw(kim)

    with pytest.raises(booking.SessionFull):
        coming_back.come_back(kim)
    back = coming_back.come_back(kim, would_wait=True)

    assert (waiting.status, back.status) == (Status.OFFERED, Status.WAITING)


def test_an_offer_passed_on_and_an_answer_are_taken_back_too(event_session):
    offered = RegistrationFactory(
        event_session=event_session, status=Status.OFFERED, email="eva@example.org"
    )
    cannot = RegistrationFactory(event_session=event_session)
    booking.withdraw(offered)
    booking.withdraw(cannot, code="cannot_come")

    back = [coming_back.come_back(one) for one in (offered, cannot)]

    assert [one.status for one in back] == [Status.CONFIRMED] * 2


def test_the_mailed_link_is_click_enough(event_session):
    kim = gone(event_session)
    event_session.confirmation = Confirmation.BY_MAIL

    assert coming_back.come_back(kim).status is Status.CONFIRMED


def test_letters_that_strangers_caused_keep_nobody_from_this_one(event_session):
    for _ in range(PER_DAY):
        stray = RegistrationFactory(email="kim@example.org", status=Status.EXPIRED)
        outbox.post(letters.please_confirm(stray), thread=stray.thread)
    kim = gone(event_session)

    back = coming_back.come_back(kim)

    assert (back.thread, "REQUEST") in calendar_entries()


def by_staff(kim):
    booking.withdraw(kim, actor="staff:1")


def for_another_address(kim):
    booking.correct_address(kim, "eva@example.org")


def by_nobody(kim):
    """They still have it."""


def without_a_trace(kim):
    kim.status = Status.WITHDRAWN


@pytest.mark.parametrize("ended", [by_staff, for_another_address, by_nobody, without_a_trace])
def test_nobody_takes_back_what_they_did_not_do(event_session, ended):
    kim = booking.register(event_session, Applicant(name="Kim", email="kim@example.org"))
    ended(kim)
    db.session.flush()
    before = registrations()

    with pytest.raises(booking.RegistrationClosed):
        coming_back.come_back(kim)

    assert registrations() == before
    assert coming_back.way_back(kim) is None


def test_a_smaller_limit_of_the_session_counts(event_session):
    kim = gone(event_session, party_size=2)
    event_session.party_limit = 1

    with pytest.raises(booking.PartyTooLarge):
        coming_back.come_back(kim)
    way_back = coming_back.way_back(kim)
    assert (way_back.status, way_back.sentence) == (
        None,
        "Für diese Veranstaltung kann man 1 Person anmelden.",
    )


def registrations():
    return [
        (one.email, one.status)
        for one in db.session.scalars(select(Registration).order_by(Registration.id))
    ]
