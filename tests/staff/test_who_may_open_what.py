"""The office is closed: every page names a permission, and roles have what they need."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import letters
from chancendialog.registration.models import Dispatch, Status
from chancendialog.staff.permissions import Permission
from chancendialog.web.guards import SIGN_IN_PAGES
from chancendialog.web.office.forms import fingerprint
from tests.browser_client import all_rows, browser_of, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory, VenueFactory

OPEN_TO_ALL = ("public.", "mailbox.")
PAGES = [
    "/verwaltung/",
    "/verwaltung/termine/heute/einlass",
    "/verwaltung/termine/heute",
    "/verwaltung/termine/heute/teilnehmende.csv",
    "/verwaltung/termine/heute/teilnehmende.xlsx",
    "/verwaltung/termine/heute/plaetze",
    "/verwaltung/termine/heute/anmelden",
    "/verwaltung/termine/heute/verlauf",
    "/verwaltung/termine/heute/personen/01K4GJ0000000000000000HEUT",
    "/verwaltung/termine/heute/personen/01K4GJ0000000000000000HEUT/adresse",
    "/verwaltung/termine/heute/verlegen",
    "/verwaltung/termine/heute/absagen",
    "/verwaltung/termine/heute/e-mails",
    "/verwaltung/termine/heute/e-mails/neu",
    "/verwaltung/termine/heute/e-mails/01K4GJ0000000000000000HEUT",
    "/verwaltung/termine/heute/e-mails/01K4GJ0000000000000000HEUT.html",
    "/verwaltung/termine/heute/e-mails/01K4GJ0000000000000000HEUT/bearbeiten",
    "/verwaltung/e-mails",
    "/verwaltung/briefe",
    "/verwaltung/briefe/confirmed",
    "/verwaltung/briefe/confirmed.html",
    "/verwaltung/briefe/confirmed.ics",
]
WORDS = {"audience": "seated", "subject": "Neues", "text": "Bitte kommen Sie früher."}
SEEN = {"seen": fingerprint(*WORDS.values())}
NOON = datetime(2026, 9, 7, 10, tzinfo=UTC)
DEEDS = {
    "/verwaltung/termine/heute/einlass": {"suche": "kim"},
    "/verwaltung/termine/heute/einlass/01K4GJ0000000000000000HEUT": {
        "people": "1",
        "operation": "abcdefgh",
    },
    "/verwaltung/termine/heute/plaetze": {
        "capacity": "20",
        "party_limit": "4",
        "waiting_list": "on",
        "offers": "on",
        "confirmation": "direct",
    },
    "/verwaltung/termine/heute/anmelden": {"name": "Kim", "party_size": "1"},
    "/verwaltung/bestaetigung": {"on": "1"},
    "/verwaltung/termine/heute/personen/01K4GJ0000000000000000HEUT/adresse": {
        "email": "neu@example.org"
    },
    "/verwaltung/e-mails/2000000000/noch-einmal": {},
    "/verwaltung/termine/heute/e-mails": {"reminder_days": "4", "thanks": "on"},
    "/verwaltung/termine/heute/e-mails/neu": WORDS | {"seen": fingerprint()},
    "/verwaltung/termine/heute/e-mails/01K4GJ0000000000000000HEUT/bearbeiten": WORDS | SEEN,
    "/verwaltung/termine/heute/e-mails/01K4GJ0000000000000000HEUT/test": {},
    "/verwaltung/termine/heute/e-mails/01K4GJ0000000000000000HEUT/verwerfen": {},
    "/verwaltung/termine/heute/e-mails/01K4GJ000000000000000SENDEN/senden": SEEN,
    "/verwaltung/termine/heute/verlegen": {
        "starts_at": "2026-09-08T19:00",
        "venue": "haus",
        "seen": fingerprint(NOON + timedelta(hours=7), NOON + timedelta(hours=9), "haus"),
    },
    "/verwaltung/termine/heute/absagen": {},
    "/verwaltung/termine/heute/ansetzen": {},
}


@pytest.fixture
def today(app, clock):
    """The clock says noon; this begins at 19:00."""
    return EventSessionFactory(
        slug="heute",
        title="Heute",
        starts_at=app_clock.now() + timedelta(hours=7),
        venue=VenueFactory(slug="haus"),
    )


@pytest.fixture
def guest(today):
    """Whom the addresses name, with a letter to him that was lost, and drafts of others."""
    for ulid in ("01K4GJ0000000000000000HEUT", "01K4GJ000000000000000SENDEN"):
        draft = Dispatch(event_session=today, kind="message", actor="staff:1", ulid=ulid, **WORDS)
        db.session.add(draft)
    guest = RegistrationFactory(event_session=today, ulid="01K4GJ0000000000000000HEUT")
    lost = outbox.post(letters.confirmed(guest), thread=guest.thread)
    lost.id, lost.state = 2_000_000_000, MailState.REFUSED
    return guest


def is_open_to_all(rule):
    return rule.endpoint.startswith(OPEN_TO_ALL) or rule.endpoint in {"static", *SIGN_IN_PAGES}


def test_every_other_page_names_the_permission_it_needs(app):
    nameless = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not is_open_to_all(rule)
        and not isinstance(
            getattr(app.view_functions[rule.endpoint], "permission", None), Permission
        )
    }

    assert nameless == {"security.static", "security.verify"}  # not ours, and closed: see below


@pytest.mark.parametrize("url", ["/verwaltung/nachweis", "/verwaltung/fs-static/js/base64.js"])
def test_pages_that_came_with_the_library_are_closed_even_to_staff(client, signed_in, url):
    assert client.get(url).status_code == 403
    assert signed_in("admin").get(url).status_code == 403


def test_all_that_is_open_to_everybody_lies_outside_the_office_but_for_signing_in(app):
    inside = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if is_open_to_all(rule) and rule.rule.startswith("/verwaltung")
    }

    assert inside == SIGN_IN_PAGES


def test_page_that_names_no_permission_is_closed_to_everybody(build, signed_in):
    forgetful = build()
    forgetful.add_url_rule("/verwaltung/geheim", "office.secret", lambda: "Geheimes")

    answers = [
        browser_of(forgetful).get("/verwaltung/geheim"),
        signed_in("admin", at=forgetful).get("/verwaltung/geheim"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Geheimes" not in answers[1].text


@pytest.mark.parametrize("url", PAGES)
def test_stranger_is_sent_to_sign_in(client, guest, url):
    answer = client.get(url)

    assert answer.status_code == 302
    assert answer.location == f"/verwaltung/anmelden?next={url}"


def test_every_page_of_the_office_is_tried_here(app):
    examples = {
        "<slug>": "heute",
        "<ulid>": "01K4GJ0000000000000000HEUT",
        "<kind>": "confirmed",
        "<int(max=2147483647):number>": "2000000000",
    }
    addresses = [
        re.sub("<[^>,]+>", lambda found: examples[found[0]], rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("office.")
    ]
    every = [url.replace("000SENDEN", "0000HEUT") for url in [*PAGES, *DEEDS]]
    tried = {re.sub(r"\.(csv|xlsx)$", ".<any(csv, xlsx):kind>", url) for url in every}

    assert set(addresses) == tried


@pytest.mark.parametrize("url", DEEDS)
def test_stranger_can_change_nothing(client, guest, url):
    token = form_fields(client.get("/verwaltung/anmelden").text)["csrf_token"]
    before = all_rows()

    answer = client.post(url, data={"csrf_token": token} | DEEDS[url])

    assert (answer.status_code, answer.location) == (302, "/verwaltung/anmelden")
    assert all_rows() == before


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("door", [200, 200] + [403] * 20),
        ("office", [200] * 22),
        ("admin", [200] * 22),
    ],
)
def test_role_opens_these_pages(signed_in, guest, role, statuses):
    browser = signed_in(role)

    assert [browser.get(url).status_code for url in PAGES] == statuses


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("door", [303, 303] + [403] * 14),
        ("office", [303] * 16),
        ("admin", [303] * 16),
    ],
)
def test_role_may_do_this(signed_in, guest, role, statuses):
    browser = signed_in(role)
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]

    answers = [browser.post(url, data={"csrf_token": token} | DEEDS[url]) for url in DEEDS]

    assert [answer.status_code for answer in answers] == statuses


@pytest.mark.parametrize("url", list(DEEDS)[2:])
def test_door_changes_nothing_but_who_is_in(signed_in, guest, url):
    browser = signed_in("door")
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]
    before = all_rows()

    browser.post(url, data={"csrf_token": token} | DEEDS[url])

    assert all_rows() == before


@pytest.mark.parametrize("url", list(DEEDS)[1:])
def test_deed_without_our_token_is_not_done(signed_in, guest, url):
    browser = signed_in("admin")
    before = all_rows()

    answer = browser.post(url, data=DEEDS[url])

    assert answer.status_code == 400
    assert all_rows() == before


def test_refused_page_is_said_kindly(signed_in, today):
    page = signed_in("door").get("/verwaltung/termine/heute")

    assert page.status_code == 403
    assert "Diese Seite ist nicht für Sie freigegeben" in page.text


def test_door_sees_the_sessions_of_today_in_hannover_only(signed_in, today, clock):
    late = app_clock.now().replace(hour=22, minute=30)  # half past midnight in Hannover
    EventSessionFactory(title="Morgen", slug="morgen", starts_at=late)
    EventSessionFactory(title="Gestern", slug="gestern", starts_at=late - timedelta(days=2))
    EventSessionFactory(title="Früh", slug="frueh", starts_at=late - timedelta(days=1))
    browser = signed_in("door")

    overview = browser.get("/verwaltung/")
    at_the_door = [
        browser.get(f"/verwaltung/termine/{slug}/einlass").status_code
        for slug in ("heute", "frueh", "morgen", "gestern")
    ]

    assert [title in overview.text for title in ("Heute", "Früh", "Morgen", "Gestern")] == [
        True,
        True,
        False,
        False,
    ]
    assert at_the_door == [200, 200, 403, 403]


def test_door_checks_nobody_in_on_another_day(signed_in, today):
    tomorrow = EventSessionFactory(slug="morgen", starts_at=today.starts_at + timedelta(days=1))
    guest = RegistrationFactory(event_session=tomorrow)
    browser = signed_in("door")
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]

    answer = browser.post(
        f"/verwaltung/termine/morgen/einlass/{guest.ulid}",
        data={"csrf_token": token, "people": "1", "operation": "a"},
    )

    assert answer.status_code == 403
    assert all_rows()["attendance_mark"] == []


def test_door_sees_names_and_no_addresses(signed_in, today):
    RegistrationFactory(event_session=today, name="Kim Muster", email="kim@example.net")

    page = signed_in("door").get("/verwaltung/termine/heute/einlass")

    assert "Kim Muster" in page.text
    assert "example.net" not in page.text


def test_office_sees_every_session_with_its_numbers(signed_in, today):
    EventSessionFactory(title="Entwurf", slug="entwurf", status=SessionStatus.DRAFT)
    RegistrationFactory(event_session=today, party_size=3)
    RegistrationFactory(event_session=today, party_size=2, status=Status.WAITING)

    page = signed_in("office").get("/verwaltung/")

    assert "Entwurf" in page.text
    numbers = page.text.partition("Heute")[2].partition("</tr>")[0]
    assert ['<td class="number">10</td>' in numbers, '">3</td>' in numbers] == [True, True]
    assert '">2</td>' in numbers


def test_office_sees_people_by_state_with_what_the_mail_server_said(signed_in, today):
    RegistrationFactory(event_session=today, name="Anna Sitzt", email="anna@example.org")
    RegistrationFactory(event_session=today, name="Willi Wartet", status=Status.WAITING)
    RegistrationFactory(event_session=today, name="Gabi Geht", status=Status.WITHDRAWN)

    page = signed_in("office").get("/verwaltung/termine/heute")

    people = page.text.partition('id="confirmed"')[2]
    assert people.index("Anna Sitzt") < people.index('id="waiting"') < people.index("Willi Wartet")
    assert people.index("Willi Wartet") < people.index('id="withdrawn"') < people.index("Gabi Geht")
    assert "anna@example.org" in people


def test_reading_changes_nothing(signed_in, today):
    RegistrationFactory(event_session=today)
    browser = signed_in("office")
    before = all_rows()

    statuses = [
        browser.get(url).status_code
        for url in (
            "/verwaltung/",
            "/verwaltung/termine/heute",
            "/verwaltung/termine/heute/einlass",
            "/verwaltung/termine/heute/einlass?suche=erika",
            "/verwaltung/termine/heute/plaetze",
            "/verwaltung/termine/heute/anmelden",
            "/verwaltung/termine/heute/verlauf",
            "/verwaltung/termine/heute/verlegen",
            "/verwaltung/termine/heute/absagen",
            "/verwaltung/termine/heute/e-mails",
            "/verwaltung/termine/heute/e-mails/neu",
            "/verwaltung/e-mails",
        )
    ]

    assert statuses == [200] * 12
    assert all_rows() == before


@pytest.mark.parametrize(
    "url",
    [
        "/verwaltung/",
        "/verwaltung/termine/heute",
        "/verwaltung/termine/heute/einlass",
        "/verwaltung/termine/heute/plaetze",
        "/verwaltung/termine/heute/anmelden",
        "/verwaltung/termine/heute/verlegen",
        "/verwaltung/termine/heute/absagen",
    ],
)
def test_lists_ask_the_database_as_often_for_five_as_for_one(signed_in, today, count_queries, url):
    browser = signed_in("office")
    RegistrationFactory(event_session=today)
    for_one = count_queries(browser, url)
    RegistrationFactory.create_batch(4, event_session=today)
    RegistrationFactory.create_batch(4)

    assert count_queries(browser, url) == for_one


def test_unknown_session_is_no_page_for_staff_either(signed_in, app):
    browser = signed_in("office")

    statuses = [
        browser.get(f"/verwaltung/termine/gibt-es-nicht{page}").status_code
        for page in (
            "",
            "/einlass",
            "/teilnehmende.csv",
            "/teilnehmende.pdf",
            "/plaetze",
            "/anmelden",
            "/verlauf",
            "/personen/01K4GJ0000000000000000HEUT",
            "/personen/01K4GJ0000000000000000HEUT/adresse",
            "/verlegen",
            "/absagen",
            "/e-mails",
            "/e-mails/neu",
            "/e-mails/01K4GJ0000000000000000HEUT",
        )
    ]

    assert statuses == [404] * 14
