"""When the rules say no: full, begun, called off; and the same form sent twice."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Registration, Status
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory

TYPED = {"name": "Kim Muster", "email": "kim@example.org", "party_size": "3"}


def buttons(page):
    """The buttons of the form: what they say and send."""
    return re.findall(
        r'type="submit"(?: name="(\w+)" value="(\w+)")?>\s*<span class="kern-label">([^<]*)<',
        page.text.partition("<main")[2],
    )


def states():
    return [
        (row.email, row.status)
        for row in db.session.scalars(select(Registration).order_by(Registration.id))
    ]


ANMELDEN = ("", "", "Anmelden")
WARTELISTE = ("waiting_list", "1", "Auf die Warteliste setzen")


def test_session_that_filled_up_meanwhile_offers_the_waiting_list_in_the_filled_form(
    client, clock, letters
):
    event_session = EventSessionFactory(slug="abend", capacity=1)
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED
    clock.shift(5)
    RegistrationFactory(event_session=event_session)

    page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
    assert "Alle Plätze sind vergeben. Sie können sich auf die Warteliste setzen." in page.text
    assert buttons(page) == [WARTELISTE]
    assert form_fields(page.text).items() >= TYPED.items()
    assert letters() == []


def test_party_that_no_longer_fits_may_come_with_fewer_or_wait(client, clock, letters):
    event_session = EventSessionFactory(slug="abend", capacity=4)
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED
    clock.shift(5)
    RegistrationFactory(event_session=event_session, party_size=3)

    page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
    assert "Es ist nur noch 1 Platz frei." in page.text
    assert buttons(page) == [ANMELDEN, WARTELISTE]
    assert form_fields(page.text).items() >= TYPED.items()
    assert letters() == []


def test_second_button_puts_them_on_the_waiting_list(client, sign_up, letters):
    event_session = EventSessionFactory(capacity=0)
    page = sign_up(event_session, **TYPED)

    answer = client.post(page.request.path, data=form_fields(page.text) | {"waiting_list": "1"})

    assert answer.status_code == 303
    assert states() == [("kim@example.org", Status.WAITING)]
    assert letters() == [("waiting", "kim@example.org")]
    receipt = client.read(answer.location)
    assert "Sie stehen auf der Warteliste" in receipt.text
    assert "sicher" not in receipt.text


def test_second_button_gives_a_seat_if_one_has_become_free(sign_up, letters):
    sign_up(EventSessionFactory(), waiting_list="1")

    assert letters() == [("confirmed", "erika@example.org")]


def test_form_of_a_full_session_says_so_before_anything_is_typed(client):
    EventSessionFactory(slug="abend", capacity=0)

    page = client.get("/termine/abend/anmelden")

    assert page.status_code == 200
    assert "Alle Plätze sind vergeben" in page.text
    assert buttons(page) == [WARTELISTE]


def test_full_session_without_a_list_offers_other_sessions(client):
    EventSessionFactory(slug="abend", capacity=0, waiting_list=False)

    page = client.get("/termine/abend/anmelden")

    assert page.status_code == 200
    assert "Alle Plätze sind vergeben, und es gibt keine Warteliste." in page.text
    assert "Die anderen Termine ansehen" in page.text
    assert buttons(page) == []


@pytest.mark.parametrize("asked", [{}, {"waiting_list": "1"}])
def test_list_that_is_switched_off_takes_nobody(client, clock, letters, asked):
    event_session = EventSessionFactory(slug="abend", capacity=1, waiting_list=False)
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED | asked
    clock.shift(5)
    RegistrationFactory(event_session=event_session)

    page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
    assert "Alle Plätze sind vergeben, und es gibt keine Warteliste." in page.text
    assert WARTELISTE not in buttons(page)
    assert letters() == []


def test_session_that_began_while_they_typed_is_closed(client, clock, letters):
    EventSessionFactory(slug="abend", starts_at=app_clock.now() + timedelta(minutes=10))
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED
    clock.shift(600)

    page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
    assert "Die Anmeldung ist geschlossen, denn die Veranstaltung hat schon begonnen." in page.text
    assert letters() == []


def test_session_that_was_called_off_while_they_typed_is_closed(client, clock, letters):
    event_session = EventSessionFactory(slug="abend")
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED
    clock.shift(5)
    event_session.status = SessionStatus.CALLED_OFF

    page = client.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
    assert "Diese Veranstaltung ist abgesagt. Eine Anmeldung ist nicht möglich." in page.text
    assert letters() == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"status": SessionStatus.CALLED_OFF}, "Diese Veranstaltung ist abgesagt."),
        ({"starts_at": app_clock.now() - timedelta(days=9)}, "Diese Veranstaltung ist vorbei."),
    ],
)
def test_form_of_a_closed_session_is_a_page_with_a_reason_and_no_fields(client, facts, sentence):
    EventSessionFactory(slug="abend", **facts)

    page = client.get("/termine/abend/anmelden")

    assert page.status_code == 200
    assert sentence in page.text
    assert "Die anderen Termine ansehen" in page.text
    assert "<form" not in page.text


def test_same_form_sent_twice_is_one_registration_one_letter_and_one_receipt(
    client, clock, letters
):
    EventSessionFactory(slug="abend", capacity=3)
    fields = form_fields(client.get("/termine/abend/anmelden").text) | TYPED
    clock.shift(5)

    once = client.post("/termine/abend/anmelden", data=fields)
    twice = client.post("/termine/abend/anmelden", data=fields)

    assert [once.status_code, twice.status_code] == [303, 303]
    assert once.location == twice.location
    assert states() == [("kim@example.org", Status.CONFIRMED)]
    assert letters() == [("confirmed", "kim@example.org")]


def test_second_form_with_the_same_address_does_not_make_a_second_registration(sign_up):
    event_session = EventSessionFactory()

    sign_up(event_session)
    sign_up(event_session, email="ERIKA@example.org")

    assert states() == [("erika@example.org", Status.CONFIRMED)]


def test_who_withdrew_may_sign_up_again(sign_up):
    event_session = EventSessionFactory()
    RegistrationFactory(
        event_session=event_session, email="erika@example.org", status=Status.WITHDRAWN
    )

    sign_up(event_session)

    assert states() == [
        ("erika@example.org", Status.WITHDRAWN),
        ("erika@example.org", Status.CONFIRMED),
    ]
