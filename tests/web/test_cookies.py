"""One cookie, and only where a form needs it."""

import pytest
from flask.sessions import SecureCookieSessionInterface

from tests.browser_client import browser_of, form_fields
from tests.factories import EventSessionFactory, TopicFactory


@pytest.fixture
def event_session(app):
    return EventSessionFactory(slug="abend", topics=[TopicFactory(slug="wohnen")])


@pytest.fixture
def installation(build):
    """The same tables, served to everybody as https://termine.example.org."""
    return build(PUBLIC_URL="https://termine.example.org")


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/termine/abend",
        "/termine/abend.ics",
        "/kalender",
        "/kalender.ics",
        "/kalender/wohnen.ics",
        "/impressum",
        "/datenschutz",
        "/barrierefreiheit",
        "/healthz",
        "/readyz",
        "/static/site.css",
        "/gibt-es-nicht",
        "/verwaltung/",
    ],
)
def test_reading_needs_no_cookie(client, event_session, url):
    assert client.get(url).headers.getlist("Set-Cookie") == []


def flags(answer):
    """Name and flags of the cookies an answer sets."""
    return [
        [cookie.partition("=")[0], *sorted(cookie.split("; ")[1:])]
        for cookie in answer.headers.getlist("Set-Cookie")
    ]


@pytest.mark.parametrize("url", ["/termine/abend/anmelden", "/verwaltung/anmelden"])
def test_form_sets_one_cookie_that_scripts_and_other_sites_cannot_use(client, event_session, url):
    assert flags(client.get(url)) == [["session", "HttpOnly", "Path=/", "SameSite=Lax"]]


@pytest.mark.parametrize("url", ["/termine/abend/anmelden", "/verwaltung/anmelden"])
def test_cookie_of_an_installation_travels_by_https_only(installation, event_session, url):
    answer = browser_of(installation).get(url, base_url="https://termine.example.org")

    assert flags(answer) == [["__Host-session", "HttpOnly", "Path=/", "SameSite=Lax", "Secure"]]


def test_sign_up_through_https_works(installation, event_session, clock):
    browser = browser_of(installation)
    outside = {"base_url": "https://termine.example.org"}
    page = browser.get("/termine/abend/anmelden", **outside)
    clock.shift(5)

    answer = browser.post(
        "/termine/abend/anmelden",
        data=form_fields(page.text) | {"name": "Kim", "email": "kim@example.org"},
        **outside,
    )

    assert answer.status_code == 303
    assert "k••@example.org" in browser.get(answer.location, **outside).text


def test_cookie_holds_no_mail_address(client, event_session, sign_up):
    sign_up(event_session, email="erika@example.org")

    cookie = client.get_cookie("session").value
    content = SecureCookieSessionInterface().get_signing_serializer(client.application)

    assert "erika@example.org" not in str(content.loads(cookie))


def test_nobody_stays_signed_in_for_longer_than_the_browser_is_open(signed_in):
    browser = signed_in("office")

    assert browser.get_cookie("remember_token") is None
    assert browser.get_cookie("session").expires is None
