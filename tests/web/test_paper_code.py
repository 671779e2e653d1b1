"""Whoever has no mailbox opens their own page with the code on their paper."""

import pytest
from limits import parse_many
from sqlalchemy import select

from chancendialog.extensions import client_network, db, limiter
from chancendialog.registration.models import Registration, Status
from chancendialog.registration.paper_codes import code_of
from chancendialog.web import limits
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory
from tests.web.steps import follow, give_up, press, text_of

PAGE = "/code"


@pytest.fixture
def registration(app, clock):
    HouseFactory()
    event_session = EventSessionFactory(title="Wohnen", capacity=1)
    return RegistrationFactory(event_session=event_session, name="Kim Muster", email=None)


def test_code_leads_to_ones_own_page_and_seat_can_be_given_up_there(client, registration):
    RegistrationFactory(event_session=registration.event_session, status=Status.WAITING, email=None)

    answer = client.fill_in(PAGE, code=code_of(registration))
    page = follow(client, answer)
    after = give_up(client, page)

    assert "Ihr Platz ist sicher" in text_of(page)
    assert after.status_code == 303
    states = select(Registration.status).order_by(Registration.id)
    assert list(db.session.scalars(states)) == [Status.WITHDRAWN, Status.CONFIRMED]


@pytest.mark.parametrize("code", ["7Q4K-9XWM-2HTR", "2222-2222-2222-2222", "ü" * 10_000, "x\x00y"])
def test_unknown_code_is_said_kindly_and_kept(client, registration, code):
    answer = client.fill_in(PAGE, code=code)

    assert answer.status_code == 422
    assert "Diesen Code kennen wir nicht." in text_of(answer)


def test_code_is_asked_for(client, registration):
    answer = client.fill_in(PAGE, code="")

    assert answer.status_code == 422
    assert "Geben Sie den Code von Ihrem Blatt ein" in text_of(answer)


def test_whoever_tries_many_is_stopped(client, app, registration):
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for one in parse_many(limits.FORMS):
            limiter.limiter.hit(one, client_network(), "forms", cost=one.amount)

    assert client.fill_in(PAGE, code=code_of(registration)).status_code == 429


def test_lost_link_page_leads_there(client, registration):
    assert f'href="{PAGE}"' in client.get("/meine-anmeldungen").text


def test_whoever_lost_the_cookie_gets_the_form_back_with_the_code(client, registration):
    form = client.get(PAGE)
    client.delete_cookie("session")

    answer = press(client, form, "Anmeldung öffnen", code=code_of(registration))
    again = press(client, answer, "Anmeldung öffnen")

    assert (answer.status_code, again.status_code) == (400, 303)
