"""Nobody can find out from the pages who is registered."""

import re

import pytest

from chancendialog.registration.models import Status
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory

KNOWN, UNKNOWN = "erika@example.org", "emil@example.org"


def told(page):
    """All that an answer says, without what is new on every page."""
    text = re.sub(r'value="[^"]*"', "", page.text)
    return page.status_code, re.sub(r"/danke/[\w.-]+", "/danke/…", text), names(page.headers)


def names(headers):
    return sorted(name for name, _value in headers)


def redirect(answer):
    return re.sub(r"/danke/[\w.-]+", "/danke/…", answer.location)


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=5)


@pytest.fixture
def known(event_session):
    return RegistrationFactory(event_session=event_session, email=KNOWN)


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.WAITING])
def test_sign_up_reads_the_same_for_a_known_and_an_unknown_address(
    event_session, known, sign_up, client, stranger, status
):
    known.status = status

    of_known = sign_up(event_session, email=KNOWN, waiting_list="1")
    of_unknown = sign_up(event_session, browser=stranger, email=UNKNOWN, waiting_list="1")

    assert redirect(of_known) == redirect(of_unknown) == "/termine/abend/danke/…#inhalt"
    assert told(of_known) == told(of_unknown)
    assert told(client.read(of_known.location)) == told(stranger.read(of_unknown.location))


def test_receipts_are_alike_in_length_too(event_session, known, sign_up, stranger):
    of_known = sign_up(event_session, email=KNOWN)
    of_unknown = sign_up(event_session, browser=stranger, email=UNKNOWN)

    assert len(of_known.location) == len(of_unknown.location)


def test_full_session_reads_the_same_for_a_known_and_an_unknown_address(
    event_session, known, sign_up, stranger
):
    known.party_size = 5

    of_known = sign_up(event_session, email=KNOWN)
    of_unknown = sign_up(event_session, browser=stranger, email=UNKNOWN)

    assert of_known.status_code == 409
    assert told(of_known) == told(of_unknown)


def test_party_too_large_for_what_is_left_reads_the_same(event_session, known, sign_up, stranger):
    known.party_size = 3

    of_known = sign_up(event_session, email=KNOWN, party_size="3")
    of_unknown = sign_up(event_session, browser=stranger, email=UNKNOWN, party_size="3")

    assert of_known.status_code == 409
    assert told(of_known) == told(of_unknown)


def test_waiting_list_reads_the_same_for_a_known_and_an_unknown_address(
    event_session, known, sign_up, client, stranger
):
    known.party_size = 5

    of_known = sign_up(event_session, email=KNOWN, waiting_list="1")
    of_unknown = sign_up(event_session, browser=stranger, email=UNKNOWN, waiting_list="1")

    receipt = client.read(of_known.location)
    assert told(of_known) == told(of_unknown)
    assert told(receipt) == told(stranger.read(of_unknown.location))
    assert "Sie stehen auf der Warteliste" in receipt.text


def test_correcting_to_a_known_and_to_an_unknown_address_reads_the_same(
    event_session, known, sign_up, client, stranger
):
    first = sign_up(event_session, email="a@example.org").location.partition("#")[0]
    second = sign_up(event_session, browser=stranger, email="b@example.org").location
    second = second.partition("#")[0]

    to_known = client.fill_in(first, email=KNOWN)
    to_unknown = stranger.fill_in(second, email=UNKNOWN)

    assert told(to_known) == told(to_unknown)
    assert redirect(to_known) == redirect(to_unknown)
    assert told(client.read(to_known.location)) == told(stranger.read(to_unknown.location))


def test_owner_of_a_known_address_is_told_at_most_once_an_hour(
    event_session, known, sign_up, clock, letters
):
    sign_up(event_session, email=KNOWN)
    sign_up(event_session, email=KNOWN)
    within_the_hour = letters()
    clock.shift(3600)
    sign_up(event_session, email=KNOWN)

    assert within_the_hour == [("already_registered", KNOWN)]
    assert letters() == [("already_registered", KNOWN)] * 2


def test_name_typed_with_a_known_address_changes_nothing_there(event_session, known, sign_up):
    sign_up(event_session, email=KNOWN, name="Ein Fremder", party_size="4")

    assert (known.name, known.party_size) == ("Erika Mustermann", 1)


def test_form_itself_knows_nobody(event_session, known, client, stranger):
    sign_up_page = client.get("/termine/abend/anmelden")

    assert form_fields(sign_up_page.text)["email"] == ""
    assert told(sign_up_page) == told(stranger.get("/termine/abend/anmelden"))
