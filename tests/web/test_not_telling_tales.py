"""Nobody can find out from the pages who is registered."""

import re
from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from chancendialog import clock as app_clock
from chancendialog.mailing.letter import _form
from chancendialog.programme.models import Confirmation
from chancendialog.registration.models import Status
from chancendialog.registration.tickets import shown
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import everything_left, follow, press

KNOWN, UNKNOWN = "erika@example.org", "emil@example.org"
ONCE_MORE, TAKE_IT = "E-Mail noch einmal senden", "Ja, auf e••@gmail.com ändern"


WAITS = {
    Confirmation.DIRECT: "Sie stehen auf der Warteliste",
    Confirmation.BY_MAIL: "Bestätigen Sie noch, dass Sie warten möchten",
}


def told(page):
    """All that an answer says, without what is new on every page."""
    text = re.sub(r'value="[^"]*"', "", page.text)
    return page.status_code, re.sub(r"/danke/[\w.-]+", "/danke/…", text), names(page.headers)


def names(headers):
    return sorted(name for name, _value in headers)


def redirect(answer):
    """Where it leads, and what anybody can read in the receipt there: but its number, in minutes."""
    receipt = re.search(r"/danke/([\w.-]+)", answer.location)[1]
    _known, (_number, *rest, signed_up_at, hold_until, place) = URLSafeSerializer(
        "any key"
    ).loads_unsafe(receipt)
    content = [*rest, signed_up_at // 60, hold_until, place]
    return re.sub(r"/danke/[\w.-]+", "/danke/…", answer.location), content


@pytest.fixture(params=Confirmation, ids=lambda one: one.value)
def event_session(app, clock, request):
    return EventSessionFactory(slug="abend", capacity=5, confirmation=request.param)


@pytest.fixture
def receipt_of(sign_up):
    """Where a sign-up leads, without the fragment."""

    def signed_up(*args, **values):
        return sign_up(*args, **values).location.partition("#")[0]

    return signed_up


@pytest.fixture
def known(event_session):
    return RegistrationFactory(event_session=event_session, email=KNOWN)


@pytest.mark.parametrize(
    "status", [Status.CONFIRMED, Status.WAITING, Status.UNVERIFIED, Status.OFFERED]
)
def test_sign_up_reads_the_same_for_a_known_and_an_unknown_address(
    event_session, known, sign_up, client, stranger, status
):
    known.status, known.hold_until = status, app_clock.now() + timedelta(hours=20)

    of_known = sign_up(event_session, email=KNOWN, waiting_list="1")
    of_unknown = sign_up(event_session, browser=stranger, email=UNKNOWN, waiting_list="1")

    assert redirect(of_known) == redirect(of_unknown)
    assert redirect(of_known)[0] == "/termine/abend/danke/…#inhalt"
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
    assert WAITS[event_session.confirmation] in receipt.text


def test_correcting_to_a_known_and_to_an_unknown_address_reads_the_same(
    event_session, known, receipt_of, client, stranger
):
    first = receipt_of(event_session, email="a@example.org")
    second = receipt_of(event_session, browser=stranger, email="b@example.org")

    to_known = client.fill_in(first, email=KNOWN)
    to_unknown = stranger.fill_in(second, email=UNKNOWN)

    assert told(to_known) == told(to_unknown)
    assert redirect(to_known) == redirect(to_unknown)
    assert told(client.read(to_known.location)) == told(stranger.read(to_unknown.location))


def test_correcting_a_known_and_an_unknown_address_reads_the_same(
    event_session, known, receipt_of, client, stranger, clock
):
    of_known = receipt_of(event_session, email=KNOWN)
    of_unknown = receipt_of(event_session, browser=stranger, email=UNKNOWN)
    clock.shift(timedelta(minutes=10))

    from_known = client.fill_in(of_known, email="a@example.org")
    from_unknown = stranger.fill_in(of_unknown, email="a2@example.org")

    assert redirect(from_known) == redirect(from_unknown)
    assert told(client.read(from_known.location)) == told(stranger.read(from_unknown.location))


@pytest.mark.parametrize("asked_before", [0, 3])
def test_asking_for_the_letter_again_reads_the_same(
    event_session, known, receipt_of, client, stranger, asked_before
):
    event_session.confirmation = Confirmation.BY_MAIL
    of_known = receipt_of(event_session, email=KNOWN)
    of_unknown = receipt_of(event_session, browser=stranger, email=UNKNOWN)
    for _time in range(asked_before):
        everything_left()
        press(client, client.get(of_known), ONCE_MORE)
        press(stranger, stranger.get(of_unknown), ONCE_MORE)

    again_known = press(client, client.get(of_known), ONCE_MORE)
    again_unknown = press(stranger, stranger.get(of_unknown), ONCE_MORE)

    assert told(again_known) == told(again_unknown)
    assert redirect(again_known) == redirect(again_unknown)
    assert told(follow(client, again_known)) == told(follow(stranger, again_unknown))


def test_taking_a_suggestion_reads_the_same_for_a_known_and_an_unknown_address(
    event_session, known, receipt_of, client, stranger, clock
):
    known.email = "erika@gmial.com"
    of_known = receipt_of(event_session, email="erika@gmial.com")
    of_unknown = receipt_of(event_session, browser=stranger, email="emil@gmial.com")
    clock.shift(timedelta(minutes=10))
    pages = [client.get(of_known), stranger.get(of_unknown)]

    from_known = press(client, pages[0], TAKE_IT)
    from_unknown = press(stranger, pages[1], TAKE_IT)

    assert told(pages[0]) == told(pages[1])
    assert told(from_known) == told(from_unknown)
    assert redirect(from_known) == redirect(from_unknown)
    assert told(follow(client, from_known)) == told(follow(stranger, from_unknown))


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


@pytest.mark.parametrize("status", Status)
def test_ticket_reads_the_same_whoever_it_is_of(event_session, client, status):
    facts = {"event_session": event_session, "status": status, "party_size": 2}
    erika = RegistrationFactory(name="Erika Mustermann", email=KNOWN, **facts)
    kim = RegistrationFactory(name="Kim Özdemir", email=UNKNOWN, source="counter", **facts)

    of_erika, of_kim = [
        re.sub(
            r"<svg.*?</svg>", "", client.get(f"/t/{one.ticket}").text.replace(one.ticket, "")
        ).replace(shown(one.ticket), "")
        for one in (erika, kim)
    ]

    assert of_erika == of_kim
    assert "Wohnen der Zukunft" in of_erika


def test_name_typed_with_a_known_address_changes_nothing_there(event_session, known, sign_up):
    sign_up(event_session, email=KNOWN, name="Ein Fremder", party_size="4")

    assert (known.name, known.party_size) == ("Erika Mustermann", 1)


def test_form_itself_knows_nobody(event_session, known, client, stranger):
    sign_up_page = client.get("/termine/abend/anmelden")

    assert form_fields(sign_up_page.text)["email"] == ""
    assert told(sign_up_page) == told(stranger.get("/termine/abend/anmelden"))


@pytest.fixture
def written_anew(app):
    """How many letters that nobody had before something brings: they take the most time."""

    def counted(deed):
        _form.cache_clear()
        deed()
        return _form.cache_info().misses

    return counted


@pytest.mark.parametrize("mode", Confirmation, ids=lambda one: one.value)
def test_the_newcomers_letter_is_written_for_whoever_is_known_too(
    sign_up, client, clock, written_anew, mode
):
    """For nobody, beside the one that tells them of another try."""
    evening = EventSessionFactory(capacity=1, confirmation=mode)
    for email in (KNOWN, "kim@example.org"):
        RegistrationFactory(event_session=evening, email=email)

    def correct_to(email):
        receipt = sign_up(evening, email=f"not-{email}", waiting_list="1").location
        page = client.read(receipt)
        fields = form_fields(page.text) | {"email": email}
        return written_anew(lambda: client.post(page.request.path, data=fields))

    known = [written_anew(lambda: sign_up(evening, email=KNOWN, waiting_list="1"))]
    unknown = [written_anew(lambda: sign_up(evening, email=UNKNOWN, waiting_list="1"))]
    known.append(correct_to("kim@example.org"))
    unknown.append(correct_to("jo@example.org"))

    assert (unknown, known) == ([1, 1], [2, 2])
