"""The house's own sign-in, with a real OpenID Connect provider on this machine."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chancendialog.extensions import db
from chancendialog.staff import accounts, visits
from tests.browser_client import PASSWORD, all_rows, browser_of
from tests.conftest import free_port

START, SIGN_IN = "/verwaltung/anmelden/region", "/verwaltung/anmelden"
KIM = "kim@example.org"


PEOPLE = [
    {"sub": "kim", "email": KIM, "email_verified": True},
    {"sub": "ada", "email": KIM, "email_verified": False},
    {"sub": "alex", "email": KIM},
    {"sub": "fremd", "email": "fremd@example.org", "email_verified": True},
]


@pytest.fixture(scope="module")
def provider():
    """A process of its own."""
    port = free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "-p",
        str(port),
        "-n",
        "1",
    ]
    for one in PEOPLE:
        command += ["--user-claims", json.dumps(one)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://localhost:{port}"
    for _tenth in range(200):
        with suppress(requests.ConnectionError):
            requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5)
            break
        time.sleep(0.1)
    yield issuer
    server.terminate()
    server.wait()


def settings(issuer):
    return {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "termine", "OIDC_CLIENT_SECRET": "geheim"}


@pytest.fixture
def house(build, provider):
    return build(**settings(provider))


@pytest.fixture
def kim(app):
    return accounts.add(KIM, "office", password=PASSWORD)


def vouch(browser, sub, url=START):
    """Go to the provider, sign in there, and come back."""
    there = browser.get(url).location
    back = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=5)
    address = urlsplit(back.headers["Location"])
    return browser.get(f"{address.path}?{address.query}")


def is_in(browser):
    return browser.get("/verwaltung/").status_code == 200


def test_whoever_the_provider_vouches_for_comes_in(house, kim):
    browser = browser_of(house)

    answer = vouch(browser, "kim")

    assert (answer.location, is_in(browser)) == ("/verwaltung/#inhalt", True)
    assert [visit.by_provider for visit in visits.of(kim)] == [True]


def test_it_leads_where_one_wanted_to_go_and_never_elsewhere(house, kim):
    inside = vouch(browser_of(house), "kim", url=f"{START}?next=/verwaltung/konto")
    outside = vouch(browser_of(house), "kim", url=f"{START}?next=//evil.example")

    assert [inside.location, outside.location] == ["/verwaltung/konto", "/verwaltung/#inhalt"]


def test_it_asks_with_state_nonce_and_a_proof_key(house):
    asked = parse_qs(urlsplit(browser_of(house).get(START).location).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost:5000/verwaltung/anmelden/region/zurueck"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)


@pytest.mark.parametrize("sub", ["ada", "alex", "fremd"])
def test_nobody_comes_in_without_an_account_and_a_verified_address(house, kim, sub):
    browser = browser_of(house)
    db.session.commit()
    before = all_rows()

    vouch(browser, sub)

    assert "Für dieses Konto ist die Verwaltung nicht freigegeben" in browser.get(SIGN_IN).text
    assert not is_in(browser)
    assert all_rows() == before


def test_blocked_account_stays_out(house, kim):
    kim.active = False
    browser = browser_of(house)

    vouch(browser, "kim")

    assert not is_in(browser)


def test_answer_that_was_asked_for_in_another_browser_lets_nobody_in(house, kim):
    """Login CSRF: an attacker's answer, put into somebody else's browser."""
    browser, other = browser_of(house), browser_of(house)
    there = browser.get(START).location
    back = requests.post(there, data={"sub": "kim"}, allow_redirects=False, timeout=5)
    address = urlsplit(back.headers["Location"])

    other.get(START)
    other.get(f"{address.path}?{address.query}")

    assert not is_in(other)


@pytest.mark.parametrize(
    "query", ["", "?code=erfunden&state=erfunden", "?error=access_denied&state=x"]
)
def test_odd_answers_lead_back_to_the_sign_in_page(house, query):
    browser = browser_of(house)

    answer = browser.get(f"{START}/zurueck{query}")

    assert answer.status_code == 302
    assert "antwortet gerade nicht" in browser.get(SIGN_IN).text


def test_provider_that_does_not_answer_is_said_kindly(build, kim):
    browser = browser_of(build(**settings(f"http://localhost:{free_port()}")))

    answer = browser.get(START)

    assert (answer.status_code, urlsplit(answer.location).path) == (302, SIGN_IN)
    assert "Das Konto der Region antwortet gerade nicht" in browser.get(SIGN_IN).text


def test_button_is_there_with_a_provider_only(client, house):
    words = "Mit dem Konto der Region einloggen"

    assert [words in browser.get(SIGN_IN).text for browser in (client, browser_of(house))] == [
        False,
        True,
    ]
    assert client.get(START).status_code == 404


def test_second_factor_is_the_providers_business(build, provider, kim):
    elsewhere = "https://termine.example.org"
    browser = browser_of(build(**settings(provider), PUBLIC_URL=elsewhere))
    there = browser.get(START, base_url=elsewhere).location
    back = requests.post(there, data={"sub": "kim"}, allow_redirects=False, timeout=5)
    address = urlsplit(back.headers["Location"])

    browser.get(f"{address.path}?{address.query}", base_url=elsewhere)

    assert browser.get("/verwaltung/", base_url=elsewhere).status_code == 200
