"""One cookie, and only where a form needs it."""

import re

import pytest
from flask.sessions import SecureCookieSessionInterface

from chancendialog.i18n import PREFIXES
from chancendialog.staff import accounts
from tests.browser_client import PASSWORD, browser_of, form_fields
from tests.factories import EventSessionFactory, TopicFactory


@pytest.fixture
def event_session(app):
    return EventSessionFactory(slug="abend", topics=[TopicFactory(slug="wohnen")])


@pytest.fixture
def installation(build):
    """The same tables, served to everybody as https://termine.example.org."""
    return build(PUBLIC_URL="https://termine.example.org")


NAMED = {
    "/kalender/<slug>.ics": "/kalender/wohnen.ics",
    "/static/<path:filename>": "/static/site.css",
}
FORMS = {  # and what lies behind: see below
    "/termine/<slug>/anmelden", "/anmeldung/<token>", "/meine-anmeldungen", "/barriere-melden",
    "/code",
}  # fmt: skip
OTHERS = f"/<any({', '.join(PREFIXES.values())}):language>"


def test_no_public_page_sets_a_cookie_before_a_form_is_opened(app, event_session):
    """Each on a device of its own, also where it leads nowhere."""
    pages = [
        NAMED.get(rule.rule, re.sub("<[^>]+>", "abend", rule.rule.replace(OTHERS, f"/{prefix}")))
        for rule in app.url_map.iter_rules()
        for prefix in (PREFIXES.values() if rule.rule.startswith(OTHERS) else [""])
        if rule.rule.removeprefix(OTHERS) not in FORMS
        and "GET" in rule.methods
        and not rule.rule.startswith(("/verwaltung/", "/postfach"))
    ]
    pages += ["/verwaltung/", "/gibt-es-nicht", "/termine/gibt-es-nicht"]

    answers = {page: browser_of(app).get(page) for page in pages}

    assert {page: answer.headers.getlist("Set-Cookie") for page, answer in answers.items()} == {
        page: [] for page in pages
    }
    assert [answers[f"{prefix}/"].status_code for prefix in ("", "/en", "/einfach")] == [200] * 3
    assert sum(answer.status_code == 200 for answer in answers.values()) >= 12
    assert [page for page, answer in answers.items() if answer.status_code >= 500] == []


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

    assert browser.get_cookie("remember") is None
    assert browser.get_cookie("session").expires is None


def test_asking_to_stay_signed_in_is_not_heard(installation, event_session):
    """The library would: its form has such a field, which ours does not show."""
    accounts.add("kim@example.org", "office", password=PASSWORD)
    browser, outside = browser_of(installation), {"base_url": "https://termine.example.org"}
    page = browser.get("/verwaltung/anmelden", **outside)

    answer = browser.post(
        "/verwaltung/anmelden",
        data=form_fields(page.text)
        | {"email": "kim@example.org", "password": PASSWORD, "remember": "y"},
        **outside,
    )

    assert answer.status_code == 302
    strict = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert [
        [flag for flag in one if "=" not in flag or flag in strict] for one in flags(answer)
    ] == [
        ["__Host-device", *strict],  # says that it has been here, and opens nothing
        ["__Host-session", *strict],
    ]


def test_every_cookie_that_the_library_could_set_is_as_strict_as_ours(installation):
    settings = installation.config

    assert [
        (settings[f"{cookie}_COOKIE_NAME"][:7], settings[f"{cookie}_COOKIE_SECURE"])
        for cookie in ("SESSION", "REMEMBER")
    ] == [("__Host-", True)] * 2
    assert [settings[f"{cookie}_COOKIE_SAMESITE"] for cookie in ("SESSION", "REMEMBER")] == [
        "Lax",
        "Lax",
    ]
    assert [settings["SECURITY_CSRF_COOKIE_NAME"], settings["SECURITY_REFRESH_TOKEN"]] == [
        None,
        False,
    ]
