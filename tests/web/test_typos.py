"""Addresses that look mistyped: suggested, never imposed, and telling nothing of others."""

import pytest

from chancendialog.programme.models import Confirmation
from chancendialog.registration.models import Status
from chancendialog.web.public.addresses import likely_meant
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import (
    buttons,
    everything_left,
    follow,
    own_page,
    posted,
    press,
    registered,
    states,
    text_of,
)

WRONG, RIGHT = "erika@gmial.com", "erika@gmail.com"
TAKE_IT = "Ja, auf e••@gmail.com ändern"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=5)


@pytest.fixture
def receipt(event_session, sign_up):
    """Where a sign-up with a slip in the provider's name led."""
    return sign_up(event_session, email=WRONG, party_size="2").location.partition("#")[0]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("googlmail.com", "googlemail.com"),
        ("web.de.de", "web.de"),
        ("web.d", "web.de"),
        ("wbe.de", "web.de"),
        ("gmx.dee", "gmx.de"),
        ("gxm.de", "gmx.de"),
        ("gmx.nte", "gmx.net"),
        ("t-onlin.de", "t-online.de"),
        ("tonline.de", "t-online.de"),
        ("t-online.d", "t-online.de"),
        ("outlok.de", "outlook.de"),
        ("outlook.con", "outlook.com"),
        ("hotmial.com", "hotmail.com"),
        ("yaho.de", "yahoo.de"),
        ("iclod.com", "icloud.com"),
        ("frenet.de", "freenet.de"),
        ("mailbox.ogr", "mailbox.org"),
        ("vodafon.de", "vodafone.de"),
        ("region-hanover.de", "region-hannover.de"),
    ],
)
def test_slip_in_a_frequent_provider_is_recognised(typed, meant):
    assert likely_meant(f"erika@{typed}") == f"erika@{meant}"
    assert likely_meant(f"e••@{typed}") == f"e••@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        # as they should be
        "web.de", "gmx.de", "gmx.net", "gmail.com", "t-online.de", "region-hannover.de",
        # other providers
        "mail.com", "mail.de", "email.com", "email.de", "gmx.at", "gmx.ch", "gmx.com", "posteo.net",
        "proton.me", "protonmail.com", "tutanota.com", "yahoo.co.uk", "yahoo.es", "hotmail.at",
        "hotmail.co.uk", "hotmail.nl", "outlook.at", "outlook.it", "ymail.com", "magenta.at",
        "mac.com", "freenet.ag", "aon.at", "ewe.net", "htp.de",
        # Hannover
        "uni-hannover.de", "hs-hannover.de", "mh-hannover.de", "hannover-stadt.de", "hannover.de",
        "region-hannover.info", "regiobus.de", "uestra.de", "enercity.de", "aha-region.de",
        # companies and others
        "example.org", "example.com", "exampel.org", "acme.com", "home.com", "name.com", "ge.com",
        "life.de", "drive.de", "line.de", "love.de", "weg.de", "awb.de", "swb.de", "ewe.de",
        "wdr.de", "vw.de", "onlineshop.de", "inline.de", "magento.de", "sol.com", "bahn.de",
        "t-systems.com", "telekom.de", "vodafone.com", "sparkasse-hannover.de",
    ],
)  # fmt: skip
def test_domain_that_may_well_be_meant_is_left_alone(domain):
    assert likely_meant(f"erika@{domain}") is None


def test_receipt_asks_whether_it_was_a_slip_and_shows_both_masked(client, receipt):
    page = client.get(receipt)

    assert (
        "Haben Sie sich vertippt? Sie haben e••@gmial.com angegeben. Meinten Sie e••@gmail.com?"
        " Wenn e••@gmial.com stimmt, müssen Sie nichts tun."
    ) in text_of(page)
    assert buttons(page) == [TAKE_IT, "Adresse korrigieren"]
    assert WRONG not in page.text


def test_receipt_of_an_ordinary_address_asks_nothing(client, event_session, sign_up):
    page = follow(client, sign_up(event_session, email="erika@example.org"))

    assert "vertippt" not in text_of(page)
    assert buttons(page) == ["Adresse korrigieren"]


def test_other_browser_is_asked_nothing(stranger, receipt):
    page = stranger.get(receipt)

    assert "gmail.com" not in page.text
    assert buttons(page) == []


def test_not_taking_the_suggestion_changes_nothing(client, receipt):
    client.get(receipt)
    client.get(receipt)

    assert states() == [(WRONG, Status.CONFIRMED)]
    assert posted() == [("confirmed", WRONG, "REQUEST")]


def test_suggestion_taken_moves_the_registration_to_the_right_address(client, receipt):
    answer = press(client, client.get(receipt), TAKE_IT)

    assert answer.status_code == 303
    page = follow(client, answer)
    assert "Ihre 2 Plätze sind sicher. Wir schicken eine E-Mail an e••@gmail.com." in text_of(page)
    assert "vertippt" not in text_of(page)
    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert registered(RIGHT).party_size == 2
    assert posted() == [("confirmed", RIGHT, "REQUEST")]


def test_suggestion_taken_after_the_letter_left_takes_it_back(client, receipt):
    everything_left()
    old_link = own_page(registered(WRONG))

    press(client, client.get(receipt), TAKE_IT)

    assert client.get(old_link).status_code == 410
    assert posted() == [
        ("confirmed", WRONG, "REQUEST"),
        ("address_corrected", WRONG, "CANCEL"),
        ("confirmed", RIGHT, "REQUEST"),
    ]


def test_suggestion_taken_twice_is_one_registration(client, receipt):
    page = client.get(receipt)

    answers = [press(client, page, TAKE_IT), press(client, page, TAKE_IT)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert posted() == [("confirmed", RIGHT, "REQUEST")]


def test_suggestion_in_by_mail_mode_keeps_the_deadline(client, clock, sign_up):
    event_session = EventSessionFactory(confirmation=Confirmation.BY_MAIL)
    receipt = sign_up(event_session, email=WRONG).location.partition("#")[0]
    clock.shift(3600)

    page = follow(client, press(client, client.get(receipt), TAKE_IT))

    assert "Wir halten Ihren Platz bis Dienstag, 8. September 2026, 12 Uhr." in text_of(page)
    assert posted() == [("please_confirm", RIGHT, None)]


def test_suggestion_that_is_registered_already_gets_a_reminder(client, event_session, receipt):
    RegistrationFactory(event_session=event_session, email=RIGHT)

    answer = press(client, client.get(receipt), TAKE_IT)

    assert "Wir schicken eine E-Mail an e••@gmail.com." in text_of(follow(client, answer))
    assert states() == [(WRONG, Status.WITHDRAWN), (RIGHT, Status.CONFIRMED)]
    assert posted() == [("already_registered", RIGHT, None)]


def test_other_browser_cannot_take_the_suggestion(stranger, receipt):
    token = form_fields(stranger.get("/termine/abend/anmelden").text)["csrf_token"]

    answer = stranger.post(receipt, data={"csrf_token": token, "meant": "1"})

    assert answer.status_code == 410
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_suggestion_needs_our_token(client, receipt):
    client.get(receipt)

    answer = client.post(receipt, data={"meant": "1"})

    assert answer.status_code == 400
    assert states() == [(WRONG, Status.CONFIRMED)]


def test_who_made_the_same_slip_twice_is_written_to_at_the_right_address(
    client, event_session, sign_up
):
    sign_up(event_session, email=WRONG)
    receipt = sign_up(event_session, email=WRONG).location.partition("#")[0]

    answer = press(client, client.get(receipt), TAKE_IT)

    assert "Wir schicken eine E-Mail an e••@gmail.com." in text_of(follow(client, answer))
    assert RIGHT in [recipient for _kind, recipient, _method in posted()]
