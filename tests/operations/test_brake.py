"""When strangers make us write too much, every sign-up needs the click until it is quiet again."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import house, journal
from chancendialog.extensions import db, new_ulid
from chancendialog.house import Switch
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import brake, worker
from chancendialog.programme.models import Confirmation
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.factories import EventSessionFactory, HouseFactory
from tests.web.steps import press, text_of

RELEASE = "Jetzt schon wieder ohne Klick anmelden lassen"


@pytest.fixture(autouse=True)
def office(app, clock):
    return HouseFactory(email="buero@example.org")


@pytest.fixture
def evening(app):
    return EventSessionFactory(capacity=2000, confirmation=Confirmation.BY_MAIL)


def strangers_cause(number, evening):
    """So many sign-ups that nobody confirms, each with the letter that asks for the click."""
    for one in range(number):
        ulid = new_ulid()
        db.session.add(
            Registration(
                ulid=ulid, event_session=evening, name="Kim", email=f"{ulid}@example.org".lower(),
                party_size=1, status=Status.UNVERIFIED, ical_uid=ulid,
            )
        )  # fmt: skip
        db.session.add(letter(f"registration:{ulid}", f"{ulid}@example.org".lower(), one))
    db.session.commit()


def letter(thread, email, number):
    return OutgoingMail(
        thread=thread, rank=0, kind="please_confirm", recipient_name="", recipient=email,
        reply_to="", envelope_from="", subject="", text="", html="", calendar=None,
        calendar_method=None, dispatch=None, told=None, language="de", answers="",
        message_id=f"<{thread}@example.org>", state=MailState.SENT, created_at=app_clock.now(), sent_at=app_clock.now(),
        next_attempt_at=app_clock.now(),
    )  # fmt: skip


def is_on():
    db.session.expire_all()
    return house.is_on(Switch.CONFIRM_BY_MAIL)


def codes():
    return [entry.code for entry in journal.of_thread(house.THREAD)]


def test_three_hundred_letters_an_hour_are_business_as_usual(evening, letters):
    strangers_cause(300, evening)

    worker.look_for_abuse()

    assert not is_on()


def test_one_more_pulls_the_brake_tells_the_office_once_and_says_why(evening):
    strangers_cause(301, evening)

    worker.look_for_abuse()
    worker.look_for_abuse()

    assert is_on()
    assert codes() == ["brake_pulled"]
    assert "weil binnen einer Stunde 301 E-Mails" in journal.sentence(house.last_turned())
    alarms = db.session.query(OutgoingMail).filter_by(kind="brake").all()
    assert [(one.recipient, one.thread[:12]) for one in alarms] == [
        ("buero@example.org", "staff-alarm:")
    ]
    assert "http://localhost:5000/verwaltung/" in alarms[0].text


def test_without_anybody_to_tell_it_is_pulled_all_the_same(evening, office):
    db.session.delete(office)
    strangers_cause(301, evening)

    worker.look_for_abuse()

    assert is_on()


def test_letters_of_more_than_an_hour_ago_do_not_count(evening, clock):
    strangers_cause(200, evening)
    clock.shift(timedelta(hours=1))
    strangers_cause(200, evening)

    worker.look_for_abuse()

    assert not is_on()


def test_rush_for_a_popular_evening_passes_untouched(app, clock):
    """Five hundred seats and waiting places in ten minutes."""
    popular = EventSessionFactory(capacity=300)
    for number in range(500):
        booking.sign_up(
            popular, Applicant(name="Kim", email=f"kim{number}@example.org", would_wait=True)
        )
        clock.shift(1)
    db.session.commit()

    worker.look_for_abuse()

    assert not is_on()
    assert codes() == []


def test_letters_withheld_are_signs_of_abuse_too(evening):
    for _ in range(301):
        journal.note("letter_withheld", actor=journal.RESIDENT, thread="registration:x")

    worker.look_for_abuse()

    assert is_on()


def test_after_an_hour_it_releases_itself_once_it_is_quiet(evening, clock):
    strangers_cause(301, evening)
    worker.look_for_abuse()
    clock.shift(timedelta(minutes=59))
    worker.look_for_abuse()
    too_soon = is_on()
    strangers_cause(151, evening)
    clock.shift(timedelta(minutes=2))
    worker.look_for_abuse()
    not_quiet = is_on()
    clock.shift(timedelta(hours=1))
    worker.look_for_abuse()

    assert (too_soon, not_quiet, is_on()) == (True, True, False)
    assert codes() == ["brake_pulled", "brake_released"]


def test_what_staff_switched_on_stays_on(evening, clock):
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor="staff:1")
    clock.shift(timedelta(days=1))

    worker.look_for_abuse()

    assert is_on()


def test_who_releases_it_is_believed(evening, clock):
    strangers_cause(301, evening)
    worker.look_for_abuse()
    house.turn(Switch.CONFIRM_BY_MAIL, on=False, actor="staff:1")
    worker.look_for_abuse()
    believed = not is_on()
    clock.shift(1)
    strangers_cause(301, evening)
    worker.look_for_abuse()

    assert believed
    assert is_on()


def test_worker_looks_in_its_round(evening):
    strangers_cause(301, evening)

    worker.care(everything=True)

    assert is_on()


def test_office_sees_the_alarm_on_every_page_and_releases_it_with_one_click(evening, signed_in):
    browser = signed_in("office")
    quiet = browser.get("/verwaltung/e-mails")
    strangers_cause(301, evening)
    worker.look_for_abuse()

    alarmed = browser.get("/verwaltung/e-mails")
    press(browser, alarmed, RELEASE)

    assert "niemand bestätigt" not in text_of(quiet)
    assert "gingen 301 E-Mails an Adressen, die niemand bestätigt hat" in text_of(alarmed)
    assert not is_on()
    assert "niemand bestätigt" not in text_of(browser.get("/verwaltung/e-mails"))


def test_door_accounts_see_no_alarm(evening, signed_in):
    brake._pull(301)
    db.session.commit()

    assert "niemand bestätigt" not in text_of(signed_in("door").get("/verwaltung/"))


def test_braked_sign_up_must_be_clicked_and_says_why(sign_up, client):
    evening = EventSessionFactory(slug="abend")
    brake._pull(301)
    db.session.commit()

    receipt = client.read(sign_up(evening).location)

    assert "Bestätigen Sie noch Ihre Anmeldung" in text_of(receipt)
    assert "Sonst geht es ohne diesen Schritt" in text_of(receipt)
