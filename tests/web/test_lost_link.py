"""„Meine Anmeldungen“: the links once more, without telling who is registered."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import follow, text_of

PAGE = "/meine-anmeldungen"
KIM = "kim@example.org"


def test_each_registration_to_come_gets_its_link_again(client, letters):
    for title in ("Wohnen", "Bildung"):
        RegistrationFactory(email=KIM, event_session=EventSessionFactory(title=title))
    RegistrationFactory(email="jemand@example.org")

    answer = client.fill_in(PAGE, email=" KIM@example.org ")

    assert (answer.status_code, answer.location) == (303, "/erledigt/links#inhalt")
    assert letters() == [("already_registered", KIM)] * 2
    mail = db.session.scalar(select(OutgoingMail))
    assert "jemand hat um den Link zu Ihrer Anmeldung gebeten." in " ".join(mail.text.split())
    assert "/anmeldung/" in mail.text


def test_who_must_still_click_gets_that_link_again(client, letters):
    until = app_clock.now() + timedelta(hours=20)
    RegistrationFactory(email=KIM, status=Status.UNVERIFIED, hold_until=until)

    client.fill_in(PAGE, email=KIM)

    assert letters() == [("please_confirm", KIM)]


def test_the_answer_is_the_same_for_an_address_that_nobody_knows(client, letters):
    RegistrationFactory(email=KIM)

    known, unknown = (client.fill_in(PAGE, email=email) for email in (KIM, "x@example.org"))

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert known.text == unknown.text
    assert letters() == [("already_registered", KIM)]


def test_asking_again_within_the_hour_sends_nothing_more(client, letters, clock):
    RegistrationFactory(email=KIM)
    client.fill_in(PAGE, email=KIM)
    client.fill_in(PAGE, email=KIM)
    within_the_hour = letters()
    clock.shift(timedelta(minutes=61))
    client.fill_in(PAGE, email=KIM)

    assert (len(within_the_hour), len(letters())) == (1, 2)


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.EXPIRED])
def test_what_has_ended_gets_no_letter(client, letters, status):
    RegistrationFactory(email=KIM, status=status)

    client.fill_in(PAGE, email=KIM)

    assert letters() == []


def test_sessions_that_are_over_or_off_get_no_letter(client, letters):
    over = EventSessionFactory(starts_at=app_clock.now() - timedelta(days=2))
    off = EventSessionFactory(status=SessionStatus.CALLED_OFF)
    for event_session in (over, off):
        RegistrationFactory(email=KIM, event_session=event_session)

    client.fill_in(PAGE, email=KIM)

    assert letters() == []


def test_a_wrong_address_is_said_and_kept(client):
    answer = client.fill_in(PAGE, email="keine Adresse")

    assert answer.status_code == 422
    assert "im Format name@beispiel.de" in text_of(answer)
    assert 'value="keine Adresse"' in answer.text


def test_the_link_is_written_in_the_language_of_the_registration(client, letters):
    RegistrationFactory(email=KIM, language="en")

    client.fill_in(PAGE, email=KIM)
    letters()

    assert db.session.scalar(select(OutgoingMail.subject)).startswith("You are already registered")


def test_a_likely_slip_is_pointed_out_whether_or_not_the_address_is_known(client, letters):
    RegistrationFactory(email="kim@gmial.com")

    known, unknown = (
        client.fill_in(PAGE, email=email) for email in ("kim@gmial.com", "jo@gmial.com")
    )
    page = follow(client, unknown)

    assert known.location == unknown.location == "/erledigt/links?meinten=gmail.com#inhalt"
    assert "Meinten Sie eine Adresse bei gmail.com?" in text_of(page)
    assert "jo" not in unknown.location
    assert letters() == [("already_registered", "kim@gmial.com")]


@pytest.mark.parametrize("forged", ["evil.example", "gmail.evil", "<b>", "gmail"])
def test_only_a_provider_that_we_know_is_ever_suggested(client, forged):
    page = client.get("/erledigt/links", query_string={"meinten": forged})

    assert "Meinten Sie" not in page.text


def test_an_address_goes_along_to_another_language_unfinished(client, letters):
    fields = form_fields(client.get(PAGE).text) | {"email": "nicht fertig", "language": "en"}

    english = client.post(f"/en{PAGE}", data=fields)

    assert english.status_code == 200
    assert "Enter an email address" not in english.text
    assert form_fields(english.text)["email"] == "nicht fertig"


@pytest.mark.parametrize("language", ["", "/en", "/einfach"])
def test_the_page_is_the_current_one_also_after_its_form_was_sent(client, language):
    pages = [client.get(language + PAGE), client.fill_in(language + PAGE, email="")]

    assert [re.findall(r'<a href="([^"]+)" aria-current="page">', page.text) for page in pages] == [
        [language + PAGE]
    ] * 2
