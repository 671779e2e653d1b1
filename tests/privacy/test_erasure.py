"""Thirty days after the session nobody's name or address is anywhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from chancendialog import clock as app_clock
from chancendialog.extensions import Model, db
from chancendialog.journal import JournalEntry
from chancendialog.mailing import delivery, outbox
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker
from chancendialog.registration import booking, personal_calendar
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Dispatch, Occasion, PersonalCalendar
from chancendialog.staff import accounts, signing_in
from tests.calendars.specimens import summaries
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import letter

NAME, EMAIL = "Xaveria Unverwechselbar", "xaveria.unverwechselbar@example.org"


def everything_stored():
    return " ".join(
        str(tuple(row))
        for table in Model.metadata.sorted_tables
        for row in db.session.execute(text(f"SELECT * FROM {table.name}"))
    )


def live_every_path(event_session):
    kim = Applicant(name=NAME, email=EMAIL)
    wrong = booking.register(event_session, Applicant(name=NAME, email=f"falsch.{EMAIL}"))
    db.session.commit()
    delivery.deliver_due()
    booking.correct_address(wrong, EMAIL)
    booking.withdraw(booking.live_registration(event_session, EMAIL))
    again = booking.register(event_session, kim)
    booking.remind_of_registration(again)
    personal_calendar.begin(again)
    personal_calendar.renew(again)
    db.session.commit()


def test_nothing_of_a_person_is_left_after_thirty_days(clock, post_office):
    event_session = EventSessionFactory()
    live_every_path(event_session)
    assert NAME in everything_stored()

    clock.move_to(event_session.ends_at + timedelta(days=30, minutes=1))
    worker.erase()

    assert "nverwechselbar" not in everything_stored()


def test_numbers_stay(clock, app):
    registration = RegistrationFactory(party_size=3)

    clock.move_to(registration.event_session.ends_at + timedelta(days=31))
    worker.erase()

    left = [registration.name, registration.email, registration.ticket, registration.party_size]
    assert left == ["", None, None, 3]
    assert db.session.scalars(select(JournalEntry.code)).all() == ["erased"]


def test_until_then_everything_stays(clock, app):
    registration = RegistrationFactory()

    clock.move_to(registration.event_session.ends_at + timedelta(days=29, hours=23))
    worker.erase()

    assert registration.name == "Erika Mustermann"


def test_a_session_whose_end_nobody_said_lasts_two_hours(clock, app):
    registration = RegistrationFactory(event_session=EventSessionFactory(ends_at=None))

    clock.move_to(registration.event_session.starts_at + timedelta(days=30, hours=2, minutes=1))
    worker.erase()

    assert registration.name == ""


def test_more_people_than_a_batch_are_erased_in_one_go(clock, app, monkeypatch):
    monkeypatch.setattr("chancendialog.privacy.erasure.BATCH", 2)
    event_session = EventSessionFactory()
    registrations = RegistrationFactory.create_batch(5, event_session=event_session)

    clock.move_to(event_session.ends_at + timedelta(days=31))
    worker.erase()

    assert [one.name for one in registrations] == [""] * 5


def test_staffs_words_to_people_of_a_session_go_with_them(clock, app):
    event_session = EventSessionFactory()
    for subject in ("Zu Frau Unverwechselbar", ""):
        db.session.add(
            Dispatch(
                event_session=event_session,
                kind=Occasion.MESSAGE,
                subject=subject,
                text="Frau Unverwechselbar kommt nicht.",
                audience="seated",
                actor="staff:1",
            )
        )
    db.session.commit()

    clock.move_to(event_session.ends_at + timedelta(days=29, hours=23))
    worker.erase()
    before = everything_stored()
    clock.shift(timedelta(hours=2))
    worker.erase()

    assert "Unverwechselbar" in before
    assert "Unverwechselbar" not in everything_stored()
    assert db.session.scalars(select(Dispatch.audience)).all() == ["seated", "seated"]


def test_letter_that_staff_tried_on_themselves_goes_after_thirty_days(clock, app):
    outbox.post(letter(kind="message", told=None), thread="staff-letter:X-1")
    db.session.commit()

    clock.shift(timedelta(days=29, hours=23))
    worker.erase()
    before = db.session.scalars(select(OutgoingMail.thread)).all()
    clock.shift(timedelta(hours=2))
    worker.erase()

    assert (before, db.session.scalars(select(OutgoingMail.thread)).all()) == (
        ["staff-letter:X-1"],
        [],
    )


def test_letters_to_staff_go_after_thirty_days(clock, app):
    user = accounts.add("kim@example.org", "door", password=None)
    signing_in.OutboxMailUtil(app).send_mail("", "", "", "", None, None, user=user)
    db.session.commit()

    clock.shift(timedelta(days=31))
    worker.erase()

    assert db.session.scalars(select(OutgoingMail)).all() == []


@pytest.fixture
def two_evenings(clock, app):
    """Erika's registrations for two evenings four weeks apart, and where her calendar is."""
    first, second = (
        RegistrationFactory(
            email="erika@example.org",
            event_session=EventSessionFactory(starts_at=app_clock.now() + timedelta(days=days)),
        )
        for days in (10, 38)
    )
    personal_calendar.begin(first)
    db.session.commit()
    return first, second, f"/kalender/mein/{personal_calendar.of(first).key}.ics"


def test_a_personal_calendar_ends_with_the_last_registration_of_its_address(
    client, clock, two_evenings
):
    first, second, address = two_evenings
    statuses = []
    for registration in (first, second):
        clock.move_to(registration.event_session.ends_at + timedelta(days=30, minutes=1))
        worker.erase()
        statuses.append(client.get(address).status_code)

    left = db.session.scalars(select(PersonalCalendar)).one()
    assert statuses == [200, 410]
    assert (left.email, left.key, left.revoked_at) == (None, None, app_clock.now())


def test_what_is_erased_is_gone_from_the_calendar_for_whoever_asks(client, clock, two_evenings):
    first, _second, address = two_evenings
    clock.move_to(first.event_session.ends_at + timedelta(days=30, minutes=1))
    before = client.get(address)
    worker.erase()

    after = client.get(address, headers={"If-Modified-Since": before.headers["Last-Modified"]})

    assert [len(summaries(answer.data)) for answer in (before, after)] == [2, 1]


def test_erasing_touches_no_calendar_that_is_still_in_use(client, clock, two_evenings):
    _first, second, address = two_evenings
    before = client.get(address)
    clock.move_to(second.event_session.starts_at)
    worker.erase()

    assert client.get(address).data == before.data
