"""Guessing is slow, and whoever guesses keeps nobody out."""

import pytest

from chancendialog.staff import accounts, second_factor
from tests.browser_client import PASSWORD, browser_of, form_fields

SIGN_IN = "/verwaltung/anmelden"
SECOND = f"{SIGN_IN}/zweiter-schritt"
TOO_MANY = "Das waren zu viele Versuche"
HERE, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "198.51.100.7"}


@pytest.fixture
def kim(app):
    return accounts.add("kim@example.org", "office", password=PASSWORD)


def enter(browser, password=PASSWORD, *, email="kim@example.org", network=HERE):
    page = browser.get(SIGN_IN, environ_base=network)
    fields = form_fields(page.text) | {"email": email, "password": password}
    return browser.post(SIGN_IN, data=fields, environ_base=network)


def guess(browser, times, **where):
    return [TOO_MANY in enter(browser, "falsch geraten", **where).text for _time in range(times)]


def leave(browser):
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]
    browser.post("/verwaltung/abmelden", data={"csrf_token": token})


def test_ten_guesses_per_account_and_network_then_none_is_looked_at(stranger, kim, clock):
    guesses = guess(stranger, 12)
    right = enter(stranger)
    clock.shift(600)

    assert guesses == [False] * 10 + [True] * 2
    assert TOO_MANY in right.text
    assert enter(stranger).status_code == 302


def test_unknown_account_slows_down_the_same(client, stranger, kim):
    assert guess(client, 12) == guess(stranger, 12, email="niemand@example.org")


def test_case_and_blanks_of_the_address_give_no_further_guesses(stranger, kim):
    guess(stranger, 10)

    assert guess(stranger, 1, email=" KIM@example.ORG ") == [True]


def test_strangers_guesses_elsewhere_do_not_keep_the_owner_out(client, stranger, kim):
    guess(stranger, 12, network=ELSEWHERE)

    assert enter(client).status_code == 302


def test_strangers_guesses_in_the_same_network_do_not_keep_a_known_browser_out(
    client, stranger, kim
):
    enter(client)
    leave(client)
    guess(stranger, 35)  # so many that nobody new in this network gets further

    assert enter(stranger).status_code == 429
    assert enter(client).status_code == 302


def test_known_browser_has_a_limit_too(client, kim):
    enter(client)
    leave(client)

    assert guess(client, 11) == [False] * 10 + [True]


def test_browser_is_known_to_the_accounts_it_has_signed_in_to_only(client, stranger, kim):
    accounts.add("ada@example.org", "office", password=PASSWORD)
    enter(client, email="ada@example.org")
    leave(client)
    guess(stranger, 10)

    assert guess(client, 1) == [True]


def test_forged_cookie_makes_no_browser_known(app, stranger, kim):
    guess(stranger, 10)
    forger = browser_of(app)
    forger.set_cookie("device", "eyJudW1iZXIiOiJ4In0.falsch")

    assert guess(forger, 1) == [True]


def test_cookie_of_a_known_browser_names_nobody_and_opens_nothing(app, client, kim):
    enter(client)
    known = client.get_cookie("device").value
    other = browser_of(app)
    other.set_cookie("device", known)

    assert "kim" not in known
    assert other.get("/verwaltung/").status_code == 302


def test_five_codes_are_tried_then_none_is_looked_at(client, kim, clock):
    kim.totp_key = second_factor.new_key()
    [code, *_] = second_factor.new_recovery_codes(kim)
    enter(client)

    tries = [TOO_MANY in client.fill_in(SECOND, code="000000").text for _time in range(6)]
    right = client.fill_in(SECOND, code=code)

    assert tries == [False] * 5 + [True]
    assert TOO_MANY in right.text


def test_counters_know_accounts_by_hashes_only(client, kim):
    enter(client, "falsch geraten")

    from chancendialog.extensions import limiter

    counted = list(limiter.storage._counts)
    assert [key for key in counted if "passwords" in key] != []
    assert [key for key in counted if "kim" in key or "192.0.2.1" in key] == []
