"""Somebody else has the turn for too long: try again, nothing is lost and nothing written."""

from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from chancendialog import clock as app_clock
from chancendialog import extensions
from chancendialog.extensions import db
from chancendialog.registration import letters as registration_letters
from chancendialog.registration.models import Status
from chancendialog.web import errors
from tests.browser_client import all_rows, browser_of, form_fields, token_of
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import press, registered, text_of

TYPED = {"name": "Kim Muster", "email": "kim@example.org", "party_size": "3"}


@pytest.fixture
def client(build, monkeypatch):
    """A browser of an app that waits one second for its turn, not five."""
    monkeypatch.setattr(extensions, "BUSY_AFTER", 1)
    return browser_of(build())


@contextmanager
def turn_taken():
    """While somebody else is in the middle of booking a seat."""
    db.session.rollback()
    engine = create_engine(db.engine.url)
    with closing(engine.connect()) as other:
        other.execute(text("UPDATE event_session SET booking_turn = booking_turn + 1"))
        yield
        other.rollback()
    engine.dispose()


def test_sign_up_that_waited_too_long_is_a_filled_form_to_send_again(client, clock, letters):
    EventSessionFactory(slug="abend")
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED
    clock.shift(5)
    before = all_rows()

    with turn_taken():
        page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
    assert page.headers["Retry-After"] == "5"
    assert "Gerade wollen viele Menschen gleichzeitig hierher." in page.text
    assert "<title>Fehler: Anmelden" in page.text
    assert form_fields(page.text).items() >= TYPED.items()
    assert all_rows() == before

    again = client.post("/termine/abend/anmelden", data=form_fields(page.text))

    assert again.status_code == 303
    assert letters() == [("confirmed", "kim@example.org")]


def test_reading_waits_for_nobody(client):
    registration = RegistrationFactory(event_session=EventSessionFactory(slug="abend"))
    own_page = f"/anmeldung/{token_of(registration_letters.manage_url(registration))}"

    with turn_taken():
        pages = [
            client.get(url)
            for url in ("/", "/termine/abend", "/termine/abend/anmelden", "/kalender.ics", own_page)
        ]

    assert [page.status_code for page in pages] == [200] * 5


@pytest.mark.parametrize(
    ("status", "deed"),
    [
        (Status.CONFIRMED, "abmelden"),
        (Status.CONFIRMED, "personen"),
        (Status.UNVERIFIED, "zusagen"),
        (Status.OFFERED, "zusagen"),
        (Status.WAITING, "zusagen"),
    ],
)
def test_deed_that_must_wait_too_long_is_said_so_and_changes_nothing(client, status, deed):
    registration = RegistrationFactory(
        status=status, hold_until=app_clock.now() + timedelta(days=1), party_size=2
    )
    own_page = f"/anmeldung/{token_of(registration_letters.manage_url(registration))}"
    fields = form_fields(client.get(own_page).text) | {"party_size": "1"}
    before = all_rows()

    with turn_taken():
        page = client.post(f"{own_page}/{deed}", data=fields)

    assert page.status_code == 409
    assert page.headers["Retry-After"] == "5"
    assert "Gerade wollen viele Menschen gleichzeitig hierher" in page.text
    assert all_rows() == before


def test_what_staff_sent_at_a_busy_moment_goes_once_more_with_one_button(
    build, monkeypatch, signed_in
):
    monkeypatch.setattr(extensions, "BUSY_AFTER", 1)
    EventSessionFactory(slug="abend")
    browser = signed_in("office", at=build())
    page = browser.get("/verwaltung/termine/abend/anmelden")
    typed = {"name": "Kim <Muster>", "email": "kim@example.org", "party_size": "2"}
    fields = form_fields(page.text) | typed

    with turn_taken():
        busy = browser.post(page.request.path, data=fields)
    again = press(browser, busy, "Noch einmal senden")

    assert busy.status_code == 409
    assert "Drücken Sie in ein paar Sekunden auf „Noch einmal senden“." in text_of(busy)
    assert again.status_code in (302, 303)
    assert registered("kim@example.org").name == "Kim <Muster>"


def test_what_is_typed_to_sign_in_is_in_no_page(client):
    """Browsers ask whether to send it again; nobody reads it in the page."""
    with client.application.test_request_context(
        "/verwaltung/anmelden", method="POST", data={"password": "geheim"}
    ):
        page = errors._busy_page()

    assert "geheim" not in page
    assert "Laden Sie die Seite in ein paar Sekunden neu." in page
