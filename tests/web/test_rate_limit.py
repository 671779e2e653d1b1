"""Fifty sign-ups from one network in ten minutes, and not one more."""

import pytest

from tests.browser_client import browser_of, form_fields
from tests.factories import EventSessionFactory, HouseFactory

FORM = "/termine/abend/anmelden"
TOO_LARGE = {"name": "x" * 70_000}  # refused before a page is made of it: quick, and counted


@pytest.fixture(autouse=True)
def event_session(app, clock):
    return EventSessionFactory(slug="abend")


def send(browser, times, *, peer="192.0.2.1", forwarded=None):
    """What comes of the last of so many forms from this address."""
    statuses = [
        browser.post(
            FORM,
            data=TOO_LARGE,
            headers={"X-Forwarded-For": forwarded} if forwarded else {},
            environ_overrides={"REMOTE_ADDR": peer},
        ).status_code
        for _ in range(times)
    ]
    return statuses[-1]


def test_fifty_first_form_within_ten_minutes_gets_a_page_with_the_phone_number(client):
    HouseFactory(phone="0123 456-789")
    within = send(client, 50)

    page = client.post(FORM, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})

    assert within == 413
    assert page.status_code == 429
    assert "Versuchen Sie es später noch einmal" in page.text
    assert "0123 456-789" in page.text


@pytest.mark.parametrize("page", ["x", "x/noch-einmal"])
def test_asking_for_the_letter_again_or_elsewhere_counts_too(client, page):
    token = form_fields(client.get(FORM).text)["csrf_token"]
    send(client, 49)

    answers = [
        client.post(
            f"/termine/abend/danke/{page}",
            data={"csrf_token": token},
            environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
        )
        for _time in range(2)
    ]

    assert [answer.status_code for answer in answers] == [404, 429]


def test_ten_minutes_later_they_may_go_on(client, clock):
    send(client, 51)
    clock.shift(600)

    assert send(client, 1) == 413


def test_other_network_goes_on(client):
    send(client, 51)

    assert send(client, 1, peer="192.0.2.2") == 413


def test_network_of_an_ipv6_provider_counts_as_one(client):
    send(client, 50, peer="2001:db8:0:1::1")

    assert send(client, 1, peer="2001:db8:0:1:ffff::2") == 429
    assert send(client, 1, peer="2001:db8:0:2::1") == 413


def test_header_of_a_proxy_we_do_not_trust_is_ignored(client):
    send(client, 25, forwarded="198.51.100.1")
    send(client, 25, forwarded="198.51.100.2")

    assert send(client, 1, forwarded="198.51.100.3") == 429


def test_behind_a_trusted_proxy_each_forwarded_address_counts_for_itself(build):
    browser = browser_of(build(TRUSTED_PROXIES=1))
    send(browser, 50, forwarded="198.51.100.1")

    assert send(browser, 1, forwarded="198.51.100.1") == 429
    assert send(browser, 1, forwarded="198.51.100.2") == 413


def test_behind_a_trusted_proxy_only_its_own_entry_counts(build):
    browser = browser_of(build(TRUSTED_PROXIES=1))
    send(browser, 25, forwarded="203.0.113.1, 198.51.100.1")
    send(browser, 25, forwarded="203.0.113.2, 198.51.100.1")

    assert send(browser, 1, forwarded="203.0.113.3, 198.51.100.1") == 429


@pytest.mark.parametrize("url", ["/healthz", "/kalender.ics", FORM])
def test_reading_is_never_limited(client, url):
    send(client, 51)

    statuses = {
        client.get(url, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code
        for _ in range(55)
    }

    assert statuses == {200}
