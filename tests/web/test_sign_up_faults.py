"""What was filled in wrong: said kindly, beside the field, with nothing lost."""

import re

import pytest

from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory

ERIKA = {"name": "Erika", "email": "erika@example.org", "party_size": "2"}


def summary(page):
    """The error summary: what each entry says and where it leads."""
    listed = page.text.partition('<ul class="error-list">')[2].partition("</ul>")[0]
    return re.findall(r'<a href="#([^"]*)">([^<]*)</a>', listed)


def sentences(page):
    """What stands at the fields."""
    return re.findall(r'kern-error".*?kern-body">([^<]*)<', page.text, re.DOTALL)


def ids(page):
    return set(re.findall(r' id="([^"]*)"', page.text))


NAME_MISSING = ("name", "Geben Sie Ihren Namen ein")
NAME_LONG = ("name", "Der Name darf höchstens 120 Zeichen lang sein")
NAME_URL = ("name", "Schreiben Sie in das Feld „Name“ keine Internet-Adresse")
NAME_CONTROL = ("name", "Schreiben Sie den Namen ohne Steuerzeichen")
EMAIL_MISSING = ("email", "Geben Sie Ihre E-Mail-Adresse ein")
EMAIL_WRONG = ("email", "Geben Sie eine E-Mail-Adresse im Format name@beispiel.de ein")
PARTY = ("party_size-0", "Wählen Sie, wie viele Personen kommen")
PARTY_LARGE = (
    "party_size-0",
    "Für diese Veranstaltung kann man höchstens 4 Personen zusammen anmelden.",
)
HONEYPOT = ("website2", "Lassen Sie dieses Feld leer")


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"name": ""}, NAME_MISSING),
        ({"name": " \t\u2003 "}, NAME_MISSING),
        ({"name": "x" * 121}, NAME_LONG),
        ({"name": "Gewinn: https://example.org"}, NAME_URL),
        ({"name": "www.example.org"}, NAME_URL),
        ({"name": "WWW.EXAMPLE.ORG"}, NAME_URL),
        ({"name": "Eri\x07ka"}, NAME_CONTROL),
        ({"name": "Eri\x00ka"}, NAME_CONTROL),
        ({"email": ""}, EMAIL_MISSING),
        ({"email": "   "}, EMAIL_MISSING),
        ({"email": "erika"}, EMAIL_WRONG),
        ({"email": "erika@"}, EMAIL_WRONG),
        ({"email": "erika@localhost"}, EMAIL_WRONG),
        ({"email": "erika@@example.org"}, EMAIL_WRONG),
        ({"email": "erika@example.org, kim@example.org"}, EMAIL_WRONG),
        ({"email": "erika@example..org"}, EMAIL_WRONG),
        ({"email": "erika@example.org\r\nBcc: kim@example.org"}, EMAIL_WRONG),
        ({"email": "eri\x00ka@example.org"}, EMAIL_WRONG),
        ({"email": "müller@example.org"}, EMAIL_WRONG),
        ({"email": "x" * 250 + "@example.org"}, EMAIL_WRONG),
        ({"party_size": ""}, PARTY),
        ({"party_size": "0"}, PARTY),
        ({"party_size": "-1"}, PARTY),
        ({"party_size": "5"}, PARTY_LARGE),
        ({"party_size": "zwei"}, PARTY),
        ({"party_size": "9" * 30}, PARTY_LARGE),
        ({"website2": "https://example.org"}, HONEYPOT),
    ],
)
def test_one_fault_is_one_kind_sentence_and_a_link_to_its_field(sign_up, letters, wrong, fault):
    event_session = EventSessionFactory(party_limit=4)

    page = sign_up(event_session, **ERIKA | wrong)

    assert page.status_code == 422
    assert summary(page) == [fault]
    assert sentences(page) == [fault[1]]
    assert {target for target, _sentence in summary(page)} <= ids(page)
    assert letters() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", "x" * 121), ("email", "erika@"), ("website2", "https://example.org")],
)
def test_what_was_typed_stays_in_the_form_right_or_wrong(sign_up, name, value):
    typed = ERIKA | {name: value}

    page = sign_up(EventSessionFactory(), **typed)

    assert form_fields(page.text).items() >= typed.items()


def test_all_faults_are_listed_in_the_order_of_the_fields(sign_up):
    page = sign_up(EventSessionFactory(), name="", email="", party_size="0", website2="x")

    assert summary(page) == [NAME_MISSING, EMAIL_MISSING, PARTY, HONEYPOT]
    assert sentences(page) == [
        sentence for _target, sentence in [NAME_MISSING, EMAIL_MISSING, PARTY, HONEYPOT]
    ]
    assert {target for target, _sentence in summary(page)} <= ids(page)


def test_missing_party_size_is_asked_for_and_never_guessed(client, clock, letters):
    EventSessionFactory(slug="abend")
    fields = form_fields(client.get("/termine/abend/anmelden").text)
    clock.shift(5)
    del fields["party_size"]

    page = client.post(
        "/termine/abend/anmelden",
        data=fields | {"name": "Erika", "email": "erika@example.org"},
    )

    assert page.status_code == 422
    assert summary(page) == [PARTY]
    assert letters() == []


def test_page_with_faults_says_so_first_and_ties_sentences_to_fields(sign_up):
    page = sign_up(EventSessionFactory(), email="erika@")

    assert "<title>Fehler: Anmelden" in page.text
    assert page.text.index('id="fehler" role="alert" tabindex="-1"') < page.text.index("<h1")
    assert 'aria-describedby="email-error email-hint" aria-invalid="true"' in page.text
    assert re.search(r'action="/termine/[^"]*/anmelden#fehler" novalidate', page.text)


def test_honeypot_is_out_of_sight_until_a_browser_has_filled_it(client, sign_up):
    event_session = EventSessionFactory()

    untouched = client.get(f"/termine/{event_session.slug}/anmelden")
    filled = sign_up(event_session, website2="https://example.org")

    assert re.search(r'class="trap" aria-hidden="true">.*?tabindex="-1"', untouched.text, re.DOTALL)
    assert 'class="trap"' not in filled.text


def test_form_with_a_filled_honeypot_goes_through_once_it_is_emptied(client, sign_up):
    page = sign_up(EventSessionFactory(), website2="https://example.org")

    answer = client.post(page.request.path, data=form_fields(page.text) | {"website2": ""})

    assert answer.status_code == 303


@pytest.mark.parametrize("seconds", [0, 2.9])
def test_form_sent_faster_than_anybody_types_is_shown_again_filled(client, clock, letters, seconds):
    EventSessionFactory(slug="abend")
    fields = form_fields(client.get("/termine/abend/anmelden").text) | ERIKA
    clock.shift(seconds)

    page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 422
    assert "Das ging sehr schnell. Senden Sie das Formular noch einmal." in page.text
    assert form_fields(page.text).items() >= ERIKA.items()
    assert letters() == []


def test_form_that_was_too_fast_can_be_sent_again(client, clock, letters):
    EventSessionFactory(slug="abend")
    page = client.fill_in("/termine/abend/anmelden", **ERIKA)
    clock.shift(3)

    answer = client.post("/termine/abend/anmelden", data=form_fields(page.text))

    assert answer.status_code == 303
    assert letters() == [("confirmed", "erika@example.org")]


@pytest.mark.parametrize("stamp", ["", "gefälscht", "W10.abc"])
def test_forged_stamp_counts_as_a_form_shown_just_now(sign_up, letters, stamp):
    page = sign_up(EventSessionFactory(), stamp=stamp)

    assert page.status_code == 422
    assert "Das ging sehr schnell." in page.text
    assert letters() == []


@pytest.mark.parametrize("token", [None, "", "gefälscht"])
def test_form_without_our_token_is_shown_again_filled(sign_up, letters, token):
    page = sign_up(EventSessionFactory(), **ERIKA, csrf_token=token)

    assert page.status_code == 400
    assert "Erlauben Sie Cookies für diese Seite und versuchen Sie es noch einmal." in page.text
    assert form_fields(page.text).items() >= ERIKA.items()
    assert letters() == []


def test_form_of_another_browser_is_shown_again_filled(client, stranger, clock, letters):
    EventSessionFactory(slug="abend")
    fields = form_fields(client.get("/termine/abend/anmelden").text) | ERIKA
    stranger.get("/termine/abend/anmelden")
    clock.shift(5)

    page = stranger.post("/termine/abend/anmelden", data=fields)
    answer = stranger.post("/termine/abend/anmelden", data=form_fields(page.text))

    assert page.status_code == 400
    assert answer.status_code == 303
    assert letters() == [("confirmed", "erika@example.org")]


def test_opening_the_form_changes_nothing(client):
    EventSessionFactory(slug="abend")
    before = all_rows()

    client.get("/termine/abend/anmelden")
    client.head("/termine/abend/anmelden")

    assert all_rows() == before
