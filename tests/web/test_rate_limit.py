"""Many sign-ups from one network: first by mail, long after that not at all; reading always goes."""

from datetime import timedelta

import pytest
from limits import parse_many

from chancendialog.extensions import client_network, limiter
from chancendialog.programme.models import Confirmation
from chancendialog.registration.models import Status
from chancendialog.web import limits
from tests.browser_client import all_rows, browser_of, form_fields
from tests.factories import EventSessionFactory, HouseFactory
from tests.web.steps import follow, press, states, text_of

FORM = "/termine/abend/anmelden"
HERE = "192.0.2.1"
BEFORE_AND_AFTER = "gerade kommen sehr viele Anmeldungen auf einmal, deshalb fragen wir nach"


@pytest.fixture(autouse=True)
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=300)


@pytest.fixture
def send(client, clock):
    """What comes of the last of so many forms from this address, each for somebody else."""
    sent = []

    def come_in(times=1, *, browser=client, peer=HERE, forwarded=None, **values):
        peer = {"REMOTE_ADDR": peer}
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        for _ in range(times):
            fields = form_fields(browser.get(FORM).text)
            clock.shift(5)
            sent.append(f"kim{len(sent)}@example.org")
            one = {"name": "Kim", "email": sent[-1]} | values
            answer = browser.post(FORM, data=fields | one, headers=headers, environ_overrides=peer)
        return answer

    return come_in


@pytest.fixture
def use_up(app):
    """Let as many forms have come from an address as a limit allows."""

    def from_there(scope, limit, peer=HERE):
        with app.test_request_context(environ_base={"REMOTE_ADDR": peer}):
            for one in parse_many(limit):
                limiter.limiter.hit(one, client_network(), scope, cost=one.amount)

    return from_there


def form_page(browser, peer=HERE):
    return browser.get(FORM, environ_overrides={"REMOTE_ADDR": peer})


def statuses():
    return [status for _email, status in states()]


def test_eleventh_sign_up_within_ten_minutes_must_be_clicked(send):
    send(11)

    assert statuses() == [Status.CONFIRMED] * 10 + [Status.UNVERIFIED]


def test_ten_minutes_later_nobody_must_click(send, clock):
    send(11)
    clock.shift(600)
    send()

    assert statuses()[-1] is Status.CONFIRMED


def test_forty_first_sign_up_of_a_day_must_be_clicked(send, clock):
    for _time in range(4):
        send(10)
        clock.shift(timedelta(minutes=10))
    send()

    assert statuses() == [Status.CONFIRMED] * 40 + [Status.UNVERIFIED]


def test_page_says_kindly_that_a_click_is_needed_before_and_after(send, client):
    before_the_limit = form_page(client)
    tenth = follow(client, send(10))
    at_the_limit = form_page(client)
    eleventh = follow(client, send())

    assert BEFORE_AND_AFTER not in text_of(before_the_limit)
    assert BEFORE_AND_AFTER not in text_of(tenth)
    assert BEFORE_AND_AFTER in text_of(at_the_limit)
    assert BEFORE_AND_AFTER in text_of(eleventh)


def test_session_that_is_always_by_mail_makes_no_excuses(send, client, event_session):
    event_session.confirmation = Confirmation.BY_MAIL

    assert BEFORE_AND_AFTER not in text_of(form_page(client))
    assert BEFORE_AND_AFTER not in text_of(follow(client, send()))


def test_typing_mistakes_and_looking_do_not_count(send, client):
    send(20, email="kein Klammeraffe")
    for _ in range(20):
        form_page(client)
    send()

    assert statuses() == [Status.CONFIRMED]


def test_address_corrected_from_a_network_over_its_limit_must_be_clicked(send, client, use_up):
    receipt = send().location.partition("#")[0]
    use_up("sign-ups", limits.SIGN_UPS, peer="127.0.0.1")

    press(client, client.get(receipt), "Adresse korrigieren", email="richtig@example.org")

    assert states()[-1] == ("richtig@example.org", Status.UNVERIFIED)


def test_shortly_before_the_start_there_is_no_time_for_a_click(send, event_session, clock):
    clock.move_to(event_session.starts_at - timedelta(hours=2))
    send(11)

    assert statuses() == [Status.CONFIRMED] * 11


def test_fifty_first_form_keeps_what_was_typed_and_names_the_phone(send, client, use_up):
    HouseFactory(phone="0123 456-789")
    use_up("forms", limits.FORMS)
    before = all_rows()

    page = send(name="Kim Muster", email="kim@example.org", party_size="3")

    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 24 * 3600
    assert "Senden Sie das Formular später noch einmal, oder rufen Sie uns an" in text_of(page)
    assert "0123 456-789" in page.text
    typed = {"name": "Kim Muster", "email": "kim@example.org", "party_size": "3"}
    assert form_fields(page.text).items() >= typed.items()
    assert all_rows() == before


@pytest.mark.parametrize("label", ["Adresse korrigieren", "E-Mail noch einmal senden"])
def test_receipt_s_buttons_stop_where_the_form_does(client, sign_up, event_session, use_up, label):
    event_session.confirmation = Confirmation.BY_MAIL
    receipt = follow(client, sign_up(event_session))
    use_up("forms", limits.FORMS, peer="127.0.0.1")

    answer = press(client, receipt, label, email="kim@example.org")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Senden Sie das Formular später noch einmal, oder rufen Sie uns an" in text_of(answer)
    assert form_fields(answer.text)["email"] == "kim@example.org"


def test_other_network_goes_on(send):
    send(11)
    send(peer="192.0.2.2")

    assert statuses()[-2:] == [Status.UNVERIFIED, Status.CONFIRMED]


def test_network_of_an_ipv6_provider_counts_as_one(send):
    send(10, peer="2001:db8:0:1::1")
    send(peer="2001:db8:0:1:ffff::2")
    send(peer="2001:db8:0:2::1")

    assert statuses()[-2:] == [Status.UNVERIFIED, Status.CONFIRMED]


def test_header_of_a_proxy_we_do_not_trust_is_ignored(send):
    for number in range(11):
        send(forwarded=f"198.51.100.{number}")

    assert statuses()[-1] is Status.UNVERIFIED


def test_behind_a_trusted_proxy_each_forwarded_address_counts_for_itself(send, build):
    browser = browser_of(build(TRUSTED_PROXIES=1))
    send(10, browser=browser, forwarded="203.0.113.1, 198.51.100.1")
    send(browser=browser, forwarded="203.0.113.2, 198.51.100.1")
    send(browser=browser, forwarded="198.51.100.2")

    assert statuses()[-2:] == [Status.UNVERIFIED, Status.CONFIRMED]


@pytest.mark.parametrize("url", ["/healthz", "/readyz", "/kalender.ics", "/", FORM])
def test_reading_is_never_limited(client, url, use_up):
    for scope, limit in [("forms", limits.FORMS), ("sign-ups", limits.SIGN_UPS)]:
        use_up(scope, limit)

    answers = {
        client.get(url, environ_overrides={"REMOTE_ADDR": HERE}).status_code for _ in range(60)
    }

    assert answers == {200}


def test_windows_that_have_ended_are_forgotten(clock):
    counts = limits.Counts()
    counts.incr("a", 60)
    counts.incr("b", 600)
    clock.shift(61)

    counted = [counts.get("a"), counts.get("b"), counts.incr("c", 60), counts.incr("a", 60)]

    assert counted == [0, 1, 1, 1]
    clock.shift(61)
    counts.incr("d", 60)
    assert counts.reset() == 2  # b and d
