"""Registration opens and closes when staff said: what the pages say before and after."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory
from tests.web.steps import buttons, own_page, posted, press, states, text_of

TYPED = {"name": "Kim Muster", "email": "kim@example.org"}
PAGES = ("/", "/termine/abend", "/termine/abend/anmelden")
IN_A_WEEK = "Die Anmeldung beginnt am Montag, 14. September 2026, 12:30 Uhr."
SINCE_THEN = "Die Anmeldung ist geschlossen seit Montag, 14. September 2026, 12:30 Uhr."
A_WEEK = timedelta(days=7, minutes=30)


@pytest.fixture
def opens(app, clock):
    """Registration begins in a week."""
    return EventSessionFactory(slug="abend", registration_opens_at=app_clock.now() + A_WEEK)


@pytest.fixture
def closes(app, clock):
    """Registration ends in a week."""
    return EventSessionFactory(slug="abend", registration_closes_at=app_clock.now() + A_WEEK)


def ways_in(client):
    """Each page with what it says and whether it leads on."""
    pages = [client.get(url) for url in PAGES]
    assert [page.status_code for page in pages] == [200, 200, 200]
    return [
        (page.request.path, 'href="/termine/abend/anmelden"' in page.text, buttons(page))
        for page in pages
    ]


def said(client, sentence):
    return [sentence in text_of(client.get(url)) for url in PAGES]


CLOSED = [(url, False, []) for url in PAGES]
OPEN = [
    ("/", True, []),
    ("/termine/abend", True, []),
    ("/termine/abend/anmelden", False, ["Anmelden"]),
]


def test_before_it_opens_every_page_says_from_when_on_and_none_has_a_button(client, opens):
    assert said(client, IN_A_WEEK) == [True, True, True]
    assert ways_in(client) == CLOSED


def test_at_that_minute_it_is_open(client, clock, opens):
    clock.shift(A_WEEK)

    assert said(client, "Die Anmeldung beginnt") == [False, False, False]
    assert ways_in(client) == OPEN


def test_after_it_has_closed_every_page_says_since_when_and_none_has_a_button(
    client, clock, closes
):
    clock.shift(A_WEEK)

    assert said(client, SINCE_THEN) == [True, True, True]
    assert ways_in(client) == CLOSED


def test_up_to_that_minute_it_is_open(client, clock, closes):
    clock.shift(A_WEEK - timedelta(seconds=1))

    assert said(client, "geschlossen") == [False, False, False]
    assert ways_in(client) == OPEN


def test_closed_page_leads_to_the_other_sessions(client, opens):
    pages = [client.get(url) for url in PAGES[1:]]

    assert ["Die anderen Termine ansehen" in text_of(page) for page in pages] == [True, True]


def test_form_that_was_open_when_registration_closed_is_refused(client, clock, closes):
    clock.shift(A_WEEK - timedelta(seconds=10))
    page = client.get("/termine/abend/anmelden")
    clock.shift(10)
    before = all_rows()

    answer = press(client, page, "Anmelden", **TYPED)

    assert answer.status_code == 409
    assert text_of(answer).count(SINCE_THEN) == 1
    assert all_rows() == before


def test_page_that_says_no_names_the_session_the_others_and_the_phone(client, clock, closes):
    HouseFactory(phone="0123 456-789")
    page = client.get("/termine/abend/anmelden")
    clock.shift(A_WEEK)

    answers = [press(client, page, "Anmelden", **TYPED), client.get("/termine/abend/anmelden")]

    for words in (
        "Anmelden: Wohnen der Zukunft",
        "Stadtbibliothek",
        "Die anderen Termine ansehen",
        "Haben Sie Fragen zu diesem Termin? Rufen Sie uns an: 0123 456-789",
    ):
        assert [words in text_of(answer) for answer in answers] == [True, True]
    assert "<title>Fehler: Anmelden" in answers[0].text


@pytest.mark.parametrize("asked", [{}, {"waiting_list": "1"}])
def test_form_sent_before_registration_opens_is_refused(client, clock, opens, asked):
    EventSessionFactory(slug="offen")
    fields = form_fields(client.get("/termine/offen/anmelden").text)
    clock.shift(5)

    answer = client.post("/termine/abend/anmelden", data=fields | TYPED | asked)

    assert answer.status_code == 409
    assert IN_A_WEEK in text_of(answer)
    assert states() == []
    assert posted() == []


def test_full_session_says_first_that_it_is_not_open_yet(client, opens):
    opens.capacity = 0

    assert said(client, IN_A_WEEK) == [True, True, True]
    assert said(client, "Alle Plätze sind vergeben") == [False, False, False]
    assert ways_in(client) == CLOSED


def test_session_called_off_says_only_that(client, opens):
    opens.status = SessionStatus.CALLED_OFF

    assert said(client, "Die Anmeldung beginnt") == [False, False, False]
    assert ways_in(client) == CLOSED


def test_who_is_registered_can_do_everything_after_registration_has_closed(client, clock, closes):
    closes.capacity = 2
    erika = RegistrationFactory(event_session=closes, email="erika@example.org", party_size=2)
    RegistrationFactory(event_session=closes, email="kim@example.org", status=Status.WAITING)
    clock.shift(A_WEEK)

    press(client, client.get(own_page(erika)), "Anzahl ändern", party_size="1")

    assert states() == [
        ("erika@example.org", Status.CONFIRMED),
        ("kim@example.org", Status.OFFERED),
    ]
