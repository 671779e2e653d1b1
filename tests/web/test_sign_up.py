"""Signing up: the way it should go."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.registration.models import Registration, Status
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory


def registrations():
    return [
        (row.name, row.email, row.party_size, row.status)
        for row in db.session.scalars(select(Registration).order_by(Registration.id))
    ]


def test_sign_up_leads_to_the_receipt_and_posts_a_confirmation(client, sign_up, letters):
    event_session = EventSessionFactory(slug="abend")

    answer = sign_up(event_session, name="Kim Muster", email="kim@example.org", party_size="2")

    assert answer.status_code == 303
    assert re.fullmatch(r"/termine/abend/danke/[\w.-]+#inhalt", answer.location)
    assert registrations() == [("Kim Muster", "kim@example.org", 2, Status.CONFIRMED)]
    assert letters() == [("confirmed", "kim@example.org")]
    receipt = client.read(answer.location)
    assert receipt.status_code == 200
    assert "Sie sind angemeldet" in receipt.text
    assert "Ihre 2 Plätze sind sicher." in receipt.text


@pytest.mark.parametrize("facts", [{}, {"capacity": 0}])
def test_enter_in_a_field_signs_up(client, sign_up, facts):
    """It presses the first button of the form, which must not be one for another language."""
    event_session = EventSessionFactory(slug="abend", **facts)
    page = client.get("/termine/abend/anmelden").text
    [first] = re.findall(r"<button[^>]*>", page)[:1]
    name = re.search(r' name="(\w+)"', first)

    sign_up(event_session, **{name[1]: "1"} if name else {})

    assert 'form="anmeldung"' in first
    assert 'aria-hidden="true"' in first
    [(_name, _email, _people, status)] = registrations()
    assert status is (Status.WAITING if facts else Status.CONFIRMED)


def test_name_and_address_are_kept_tidy(sign_up):
    event_session = EventSessionFactory()

    sign_up(event_session, name="  Zoe\u0308  von\n der  Au ", email=" Zoe@EXAMPLE.org ")

    assert registrations() == [("Zoë von der Au", "zoe@example.org", 1, Status.CONFIRMED)]


def test_name_of_any_script_and_of_120_characters_is_fine(sign_up):
    event_session = EventSessionFactory()

    sign_up(event_session, name="李小龍", email="li@example.org")
    sign_up(event_session, name="O’Neill-İnönü, Dr. (Łukasz)", email="lukasz@example.org")
    sign_up(event_session, name="x" * 120, email="x@example.org")

    assert [name for name, *_rest in registrations()] == [
        "李小龍",
        "O’Neill-İnönü, Dr. (Łukasz)",
        "x" * 120,
    ]


def test_address_in_a_domain_with_umlauts_is_kept_as_mail_servers_know_it(sign_up, letters):
    sign_up(EventSessionFactory(), email="kim@bücher.example.org")

    assert letters() == [("confirmed", "kim@xn--bcher-kva.example.org")]


def test_html_in_a_name_is_text(client, sign_up):
    answer = sign_up(EventSessionFactory(), name="<b>Kim</b>", email="")

    assert 'value="&lt;b&gt;Kim&lt;/b&gt;"' in answer.text


def test_form_shows_the_facts_and_asks_for_three_things(client):
    event_session = EventSessionFactory(title="Wohnen der Zukunft", party_limit=2)

    page = client.get(f"/termine/{event_session.slug}/anmelden")

    assert "Wohnen der Zukunft" in page.text
    assert list(form_fields(page.text)) == [
        "csrf_token",
        "stamp",
        "name",
        "email",
        "party_size",
        "website2",
    ]
    assert re.findall(r'name="party_size" required type="radio" value="(\d)"', page.text) == [
        "1",
        "2",
    ]
    assert 'autocomplete="name"' in page.text
    assert 'autocomplete="email"' in page.text
    assert "maxlength" not in page.text


def test_form_that_was_open_for_a_day_is_shown_again_filled_and_can_be_sent(client, clock):
    event_session = EventSessionFactory(slug="abend")
    page = client.get("/termine/abend/anmelden")
    clock.shift(timedelta(days=2))
    typed = {"name": "Kim", "email": "kim@example.org", "party_size": "3"}

    again = client.post("/termine/abend/anmelden", data=form_fields(page.text) | typed)
    answer = client.post("/termine/abend/anmelden", data=form_fields(again.text))

    assert again.status_code == 400
    assert form_fields(again.text).items() >= typed.items()
    assert answer.status_code == 303
    assert registrations() == [("Kim", "kim@example.org", 3, Status.CONFIRMED)]
    assert event_session.starts_at > app_clock.now()
