"""What keeps browsers honest: headers, and pages without inline code."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.registration import letters as registration_letters
from tests.browser_client import browser_of, token_of
from tests.factories import EventSessionFactory, RegistrationFactory, TopicFactory

STRICT = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
AT_THE_DOOR = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}
FOR_OTHER_SITES = {"Cross-Origin-Resource-Policy": "cross-origin"}
OPEN = (".ics", ".css", ".xml", ".txt", ".json", ".atom", ".png", ".ico")
IN_OTHER_PAGES = {
    "Content-Security-Policy": STRICT["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors *"
    )
}
PUBLIC = [
    "/",
    "/termine/abend",
    "/termine/abend.ics",
    "/termine/abend/anmelden",
    "/kalender",
    "/kalender.ics",
    "/kalender/wohnen.ics",
    "/impressum",
    "/datenschutz",
    "/barrierefreiheit",
    "/healthz",
    "/readyz",
    "/sitemap.xml",
    "/robots.txt",
    "/termine.json",
    "/termine.atom",
    "/api/termine",
    "/api/termine/abend",
    "/api/termine/gibt-es-nicht",
    "/api/openapi.json",
    "/einbetten/termine",
    "/einbetten/termine?anzahl=0",
    "/einbetten/termine?thema=gibt-es-nicht",
    "/static/site.css",
    "/gibt-es-nicht",
    "/termine/gibt-es-nicht",
]
PICTURES = ["/favicon.ico", "/bild.png", "/termine/abend/bild.png"]
STAFF = [
    "/verwaltung/",
    "/verwaltung/termine/abend",
    "/verwaltung/termine/abend/einlass",
    "/verwaltung/termine/abend/einlass?suche=erika",
    "/verwaltung/termine/abend/verlegen",
    "/verwaltung/termine/abend/absagen",
    "/verwaltung/termine/abend/e-mails",
    "/verwaltung/termine/abend/e-mails/neu",
    "/verwaltung/e-mails",
    "/verwaltung/gibt-es-nicht",
]
SIGN_IN = ["/verwaltung/anmelden", "/verwaltung/passwort"]
INLINE = re.compile(
    r"<script(?! type=\"application/ld\+json\">)|<style|\sstyle=|\son\w+=|javascript:",
    re.IGNORECASE,
)


@pytest.fixture
def event_session(app):
    event_session = EventSessionFactory(
        slug="abend",
        topics=[TopicFactory(slug="wohnen")],
        starts_at=app_clock.now() + timedelta(minutes=1),
    )
    RegistrationFactory(event_session=event_session)
    return event_session


def strict_headers(answer):
    return {name: answer.headers.get(name) for name in STRICT}


def expected_headers(url):
    """Calendars, data and what pages are drawn with may be used by other sites, too."""
    if url.startswith("/einbetten/"):
        return STRICT | FOR_OTHER_SITES | IN_OTHER_PAGES
    is_open = url.endswith(OPEN) or url.startswith("/api/")
    return STRICT | (FOR_OTHER_SITES if is_open else {})


@pytest.mark.parametrize("url", PUBLIC + PICTURES + SIGN_IN)
def test_every_answer_has_strict_headers(client, event_session, url):
    first = client.get(url)
    again = client.get(url)  # feeds are kept, and sent before Flask begins

    assert [strict_headers(one) for one in (first, again)] == [expected_headers(url)] * 2


@pytest.mark.parametrize(
    "url",
    ["/kalender.ics", "/kalender/wohnen.ics", "/termine/abend.ics", "/static/site.css"],
)
def test_answers_that_nothing_has_changed_have_strict_headers_too(client, event_session, url):
    client.get(url)
    known = {"If-None-Match": client.get(url).headers["ETag"]}

    answers = [client.get(url, headers=known) for _ in range(2)]

    assert [one.status_code for one in answers] == [304, 304]
    assert [strict_headers(one) for one in answers] == [expected_headers(url)] * 2


def test_only_the_page_at_the_door_may_use_the_camera(event_session, signed_in):
    browser = signed_in("office")

    door = browser.get("/verwaltung/termine/abend/einlass").headers["Permissions-Policy"]
    refused = browser.get("/verwaltung/termine/gibt-es-nicht/einlass").headers["Permissions-Policy"]

    assert door == "camera=(self), geolocation=(), microphone=()"
    assert refused == STRICT["Permissions-Policy"]


@pytest.mark.parametrize(
    "url",
    [
        "/anmeldung/erfunden",
        "/termine/abend/danke/erfunden",
        "/kalender/mein/erfunden.ics",
        "/verwaltung/passwort/erfunden",
        "/t/erfunden",
    ],
)
def test_addresses_that_are_keys_are_told_to_nobody_and_kept_by_nobody(client, event_session, url):
    answer = client.get(url)

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert {"no-store", "private"} & set(answer.headers["Cache-Control"].split(", "))


def test_refusals_have_strict_headers_too(client, event_session):
    refused = [
        client.post("/"),
        client.post("/termine/abend/anmelden"),
        client.post("/termine/abend/anmelden", data={"name": "x" * 100_000}),
        client.get("/verwaltung/"),
    ]

    assert [answer.status_code for answer in refused] == [405, 400, 413, 302]
    assert [strict_headers(answer) for answer in refused] == [STRICT] * 4


def test_own_registration_is_strict_and_tells_no_other_page_its_address(client, event_session):
    registration = RegistrationFactory(event_session=event_session)
    token = token_of(registration_letters.manage_url(registration))

    answers = [
        client.get(f"/anmeldung/{token}"),
        client.get(f"/anmeldung/{token}/abmelden"),
        client.get(f"/anmeldung/{token}/zusagen"),
        client.get(f"/anmeldung/{token}/personen"),
        client.post(f"/anmeldung/{token}/zusagen"),
        client.get("/anmeldung/erfunden"),
    ]

    assert [strict_headers(answer) for answer in answers] == [
        STRICT | {"Referrer-Policy": "no-referrer"}
    ] * 6


def test_staff_pages_are_strict_kept_by_nobody_and_not_indexed(event_session, signed_in):
    browser = signed_in("office")

    answers = [browser.get(url) for url in STAFF + SIGN_IN]

    assert [strict_headers(answer) for answer in answers] == [
        STRICT | (AT_THE_DOOR if "einlass" in url else {}) for url in STAFF + SIGN_IN
    ]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert {answer.headers["X-Robots-Tag"] for answer in answers} == {"noindex"}


@pytest.mark.parametrize("url", PUBLIC + SIGN_IN)
def test_no_page_has_inline_code_or_styles(client, event_session, url):
    assert INLINE.findall(client.get(url).text) == []


def test_no_staff_page_has_inline_code_or_styles(event_session, signed_in):
    browser = signed_in("office")

    assert [INLINE.findall(browser.get(url).text) for url in STAFF] == [[]] * 10


@pytest.mark.parametrize("url", ["/", "/termine/abend", "/termine/abend/anmelden", "/kalender"])
def test_pages_load_nothing_from_elsewhere(client, event_session, url):
    page = client.get(url)

    loading = re.sub(r'<link rel="(?:canonical|alternate)"[^>]*>', "", page.text)
    assert re.findall(r'(?:src|<link[^>]*href)="(?!/static/)([^"]*)"', loading) == []


def test_plain_installation_asks_for_no_https(client):
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_installation_behind_https_insists_on_it(build):
    browser = browser_of(build(PUBLIC_URL="https://termine.example.org"))

    answer = browser.get("/", base_url="https://termine.example.org")

    assert answer.headers["Strict-Transport-Security"] == ("max-age=31536000; includeSubDomains")


def test_development_mailbox_exists_in_a_trial_only(client, build):
    installation = browser_of(build(PUBLIC_URL="https://termine.example.org"))

    assert client.get("/postfach/").status_code == 200
    assert installation.get("/postfach/", base_url="https://termine.example.org").status_code == 404


@pytest.mark.parametrize("fields", [{"name": ""}, {"waiting_list": "1"}, {}])
def test_what_was_typed_is_kept_by_no_browser(sign_up, event_session, fields):
    answer = sign_up(event_session, **fields)

    assert answer.headers["Cache-Control"] == "no-store"
