"""What the QR code of a ticket opens, and where it is shown."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from chancendialog import clock as app_clock
from chancendialog import qr
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import own_page, text_of

CODE, TICKET = "7Q4K-9XWM-2HTR", "/t/7Q4K9XWM2HTR"


@pytest.fixture
def kim(app, clock):
    """Two people with seats and an unmistakable name."""
    return RegistrationFactory(
        event_session=EventSessionFactory(slug="abend", title="Wohnen der Zukunft"),
        name="Kim Unverwechselbar",
        email="kim@unverwechselbar.example.org",
        party_size=2,
        ticket="7Q4K9XWM2HTR",
    )


def drawn(page):
    """The QR codes on a page."""
    return re.findall(r"<svg[^>]*>.*?</svg>", page.text, re.DOTALL)


def test_page_shows_the_code_the_facts_and_for_how_many_it_is_valid(client, kim):
    page = client.get(TICKET)

    text = text_of(page)
    assert page.status_code == 200
    assert "Gilt für 2 Personen" in text
    assert CODE in text
    assert "Wohnen der Zukunft" in text
    assert "Mittwoch, 7. Oktober 2026" in text
    assert f'role="img" aria-label="QR-Code für den Einlass: {CODE}"' in page.text
    assert drawn(page) == [qr.svg("http://localhost:5000/t/7Q4K9XWM2HTR")]


def test_page_names_nobody_and_leads_to_nobody(client, kim):
    page = client.get(TICKET).text

    assert not re.search(r"nverwechselbar|kim|/anmeldung/|/verwaltung", page, re.IGNORECASE)
    assert kim.ulid not in page


@pytest.mark.parametrize("language", ["de", "en"])
def test_qr_code_opens_the_page_in_the_language_of_the_letters(client, kim, language):
    kim.language = language
    there = {"de": "http://localhost:5000/t/7Q4K9XWM2HTR"}
    there["en"] = there["de"].replace("/t/", "/en/t/")

    for page in (client.get(TICKET), client.get(own_page(kim)), client.get(f"/en{TICKET}")):
        assert drawn(page) == [qr.svg(there[language])]


def test_page_speaks_english(client, kim):
    text = text_of(client.get(f"/en{TICKET}"))

    assert "Valid for 2 people" in text
    assert CODE in text


@pytest.mark.parametrize(
    "typed",
    ["7q4k9xwm2htr", "7Q4K-9XWM-2HTR", " 7q4k 9xwm 2htr", "7Q4K–9XWM–2HTR"],
)
def test_address_may_be_typed(client, kim, typed):
    assert CODE in client.get(f"/t/{quote(typed)}").text


@pytest.mark.parametrize(
    ("facts", "session", "says"),
    [
        ({"party_size": 1}, {}, "Gilt für 1 Person"),
        ({"status": Status.WAITING}, {}, "Gilt noch nicht"),
        ({"status": Status.UNVERIFIED}, {}, "Gilt noch nicht"),
        ({"status": Status.WITHDRAWN}, {}, "Gilt nicht mehr"),
        ({"status": Status.EXPIRED}, {}, "Gilt nicht mehr"),
        ({"status": Status.WAITING}, {"starts_at": timedelta(-1)}, "Gilt nicht mehr"),
        ({}, {"starts_at": -timedelta(hours=1)}, "Gilt für 2 Personen"),
        ({}, {"starts_at": -timedelta(hours=3)}, "Gilt nicht mehr"),
        ({}, {"status": SessionStatus.CALLED_OFF}, "Gilt nicht mehr"),
    ],
)
def test_page_says_in_a_word_whether_it_is_valid(client, kim, facts, session, says):
    for name, value in facts.items():
        setattr(kim, name, value)
    for name, value in session.items():
        setattr(kim.event_session, name, value)
    if "starts_at" in session:
        kim.event_session.starts_at = app_clock.now() + session["starts_at"]
        kim.event_session.ends_at = kim.event_session.starts_at + timedelta(hours=2)

    page, own = client.get(TICKET), client.get(own_page(kim))

    assert re.findall("Gilt [^<]*", page.text) == [says]
    is_valid = says.startswith("Gilt für")
    assert [bool(drawn(one)) for one in (page, own)] == [is_valid, is_valid]
    assert (CODE in own.text) is is_valid


def test_own_page_shows_the_code_and_says_that_the_name_will_do(client, kim):
    page = client.get(own_page(kim))

    assert f"Ihr Name genügt aber auch. {CODE}" in text_of(page)
    assert drawn(page) == [qr.svg("http://localhost:5000/t/7Q4K9XWM2HTR")]
    assert f'role="img" aria-label="QR-Code für den Einlass: {CODE}"' in page.text


def test_own_page_stays_light(client, kim):
    assert len(client.get(own_page(kim)).data) <= 20_000


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "code",
    ["7Q4K9XWM2HTS", "7Q4K", "7Q4K9XWM2HT", "7Q4K9XWM2HTR2", "erfunden", "%00", "..%2fabend", "a" * 300],
)  # fmt: skip
def test_code_that_is_none_is_no_page(client, kim, prefix, code):
    page = client.get(f"{prefix}/t/{code}")

    assert page.status_code == 404
    title = "This page does not exist" if prefix else "Diese Seite gibt es nicht"
    assert title in page.text
    assert "Unverwechselbar" not in page.text


def test_code_of_the_erased_reads_as_one_that_never_was(client, kim):
    kim.ticket, kim.name, kim.email, kim.erased_at = None, "", None, app_clock.now()

    erased, never = client.get(TICKET), client.get("/t/ABCDEFGHJKLM")

    assert (erased.status_code, never.status_code) == (404, 404)
    assert erased.text.replace("7Q4K9XWM2HTR", "ABCDEFGHJKLM") == never.text


def test_opening_it_changes_nothing_and_nothing_can_be_sent(client, kim):
    before = all_rows()

    answers = [client.get(TICKET), client.head(TICKET), client.post(TICKET)]

    assert [answer.status_code for answer in answers] == [200, 200, 405]
    assert all_rows() == before


def test_page_is_kept_and_found_by_nobody(client, kim):
    answer = client.get(TICKET)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers.getlist("Set-Cookie") == []


def test_page_is_asked_of_the_database_as_often_for_many_as_for_one(client, kim, count_queries):
    alone = count_queries(client, TICKET)
    RegistrationFactory.create_batch(5, event_session=kim.event_session)

    assert count_queries(client, TICKET) == alone <= 7
