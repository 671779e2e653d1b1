"""The office is closed: every page names a permission, and roles have what they need."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import hints
from chancendialog.attendance import duty
from chancendialog.documents.attendees import Fact
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState
from chancendialog.programme import queries
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import letters
from chancendialog.registration.models import Dispatch, Status
from chancendialog.staff import accounts, second_factor
from chancendialog.staff.models import Passkey, User
from chancendialog.versions import TextVersion
from chancendialog.web.guards import SIGN_IN_PAGES
from chancendialog.web.office.forms import fingerprint
from tests.browser_client import all_rows, browser_of, form_fields
from tests.factories import (
    EventSessionFactory,
    NeedFactory,
    RegistrationFactory,
    TopicFactory,
    VenueFactory,
)
from tests.web.steps import cells

OPEN_TO_ALL = ("public.", "mailbox.")
STRANGER = "stranger"
DOOR, ELSEWHERE = "door", "door, assigned to another session"
EVERY_ROLE = (STRANGER, DOOR, ELSEWHERE, "office", "admin")

NOBODY = frozenset()
ADMIN = frozenset({"admin"})
OFFICE = ADMIN | {"office"}
AT_THE_DOOR = OFFICE | {DOOR}
STAFF = AT_THE_DOOR | {ELSEWHERE}
EVERYBODY = STAFF | {STRANGER}

SESSION = "/verwaltung/termine/<slug>"
PERSON = f"{SESSION}/personen/<ulid>"
LETTER = f"{SESSION}/e-mails/<ulid>"
VENUE, TOPIC = "/verwaltung/orte/<slug>", "/verwaltung/themen/<slug>"
NUMBER = "<int(max=2147483647):number>"
SENT = f"{PERSON}/e-mails/{NUMBER}"
ACCOUNT = f"/verwaltung/konten/{NUMBER}"
AGAIN = "/verwaltung/e-mails/<int(max=2147483647):number>/noch-einmal"
TEXTS = "/verwaltung/texte"
TABLE = {
    # route: who may read it, who may send to it (None: there is no such thing)
    "/verwaltung/anmelden": (EVERYBODY, EVERYBODY),
    "/verwaltung/abmelden": (None, EVERYBODY),
    "/verwaltung/passwort": (EVERYBODY, EVERYBODY),
    "/verwaltung/passwort/<token>": (EVERYBODY, EVERYBODY),
    "/verwaltung/anmelden/zweiter-schritt": (EVERYBODY, EVERYBODY),
    "/verwaltung/anmelden/region": (EVERYBODY, None),
    "/verwaltung/anmelden/region/zurueck": (EVERYBODY, None),
    "/verwaltung/nachweis": (NOBODY, NOBODY),  # came with the library
    "/verwaltung/fs-static/<path:filename>": (NOBODY, None),  # so did this
    "/verwaltung/": (STAFF, None),
    f"{SESSION}/einlass": (AT_THE_DOOR, AT_THE_DOOR),
    f"{SESSION}/einlass/<ulid>": (AT_THE_DOOR, AT_THE_DOOR),
    f"{SESSION}/gaeste": (None, AT_THE_DOOR),
    f"{SESSION}/gaeste/neu": (AT_THE_DOOR, AT_THE_DOOR),
    f"{SESSION}/einlass-team": (OFFICE, OFFICE),
    "/verwaltung/zahlen": (OFFICE, None),
    "/verwaltung/zahlen.<any(csv, xlsx):kind>": (OFFICE, None),
    f"{SESSION}/zahlen": (OFFICE, None),
    f"{SESSION}/zahlen.<any(csv, xlsx):kind>": (OFFICE, None),
    f"{SESSION}/abschluss": (None, OFFICE),
    "/verwaltung/journal": (ADMIN, None),
    SESSION: (OFFICE, OFFICE),
    f"{SESSION}/listen": (OFFICE, OFFICE),
    f"{SESSION}/plaetze": (OFFICE, OFFICE),
    f"{SESSION}/anmelden": (OFFICE, OFFICE),
    f"{SESSION}/verlauf": (OFFICE, None),
    f"{SESSION}/bedarf": (OFFICE, None),
    f"{SESSION}/bedarf/<ulid>": (OFFICE, OFFICE),
    PERSON: (OFFICE, None),
    f"{SESSION}/anrufe": (OFFICE, None),
    f"{PERSON}/angerufen": (None, OFFICE),
    f"{PERSON}/nicht-erreicht": (None, OFFICE),
    f"{PERSON}/telefon": (OFFICE, OFFICE),
    f"{PERSON}/bestaetigung": (None, OFFICE),
    f"{PERSON}/anzahl": (OFFICE, OFFICE),  # before the registration ends
    f"{PERSON}/e-mails": (OFFICE, OFFICE),
    f"{PERSON}/noch-einmal-senden": (None, OFFICE),
    f"{PERSON}/adresse": (OFFICE, OFFICE),
    f"{PERSON}/abmelden": (OFFICE, OFFICE),
    SENT: (OFFICE, None),
    f"{SENT}.html": (OFFICE, None),
    f"{SENT}.ics": (OFFICE, None),
    f"{PERSON}/daten": (OFFICE, None),
    f"{PERSON}/daten.json": (OFFICE, None),
    f"{PERSON}/name": (OFFICE, OFFICE),
    f"{PERSON}/loeschen": (OFFICE, OFFICE),
    f"{SESSION}/fristen": (ADMIN, ADMIN),
    "/verwaltung/datenschutz": (OFFICE, OFFICE),
    "/verwaltung/datenschutz/fristen": (ADMIN, ADMIN),
    "/verwaltung/e-mails": (OFFICE, None),
    AGAIN: (None, OFFICE),
    f"{SESSION}/e-mails": (OFFICE, OFFICE),
    f"{SESSION}/e-mails/neu": (OFFICE, OFFICE),
    LETTER: (OFFICE, None),
    f"{LETTER}.html": (OFFICE, None),
    f"{LETTER}/bearbeiten": (OFFICE, OFFICE),
    f"{LETTER}/test": (None, OFFICE),
    f"{LETTER}/verwerfen": (None, OFFICE),
    f"{LETTER}/senden": (None, OFFICE),
    f"{SESSION}/verlegen": (OFFICE, OFFICE),
    f"{SESSION}/absagen": (OFFICE, OFFICE),
    f"{SESSION}/ansetzen": (None, OFFICE),
    "/verwaltung/orte-und-themen": (OFFICE, None),
    "/verwaltung/orte": (OFFICE, None),
    "/verwaltung/orte/neu": (OFFICE, OFFICE),
    VENUE: (OFFICE, OFFICE),
    f"{VENUE}/loeschen": (OFFICE, OFFICE),
    "/verwaltung/themen": (OFFICE, None),
    "/verwaltung/themen/neu": (OFFICE, OFFICE),
    TOPIC: (OFFICE, OFFICE),
    f"{TOPIC}/verschieben": (None, OFFICE),
    f"{TOPIC}/loeschen": (OFFICE, OFFICE),
    "/verwaltung/reihe": (OFFICE, OFFICE),
    "/verwaltung/termine/neu": (OFFICE, OFFICE),
    f"{SESSION}/bearbeiten": (OFFICE, OFFICE),
    f"{SESSION}/vorschau": (OFFICE, None),
    f"{SESSION}/veroeffentlichen": (None, OFFICE),
    f"{SESSION}/wiederholen": (OFFICE, OFFICE),
    f"{SESSION}/archivieren": (None, OFFICE),
    f"{SESSION}/loeschen": (OFFICE, OFFICE),
    "/verwaltung/archiv": (OFFICE, None),
    "/verwaltung/briefe": (OFFICE, None),
    "/verwaltung/briefe/<kind>": (OFFICE, None),
    "/verwaltung/briefe/<kind>.html": (OFFICE, None),
    "/verwaltung/briefe/<kind>.ics": (OFFICE, None),
    "/verwaltung/bestaetigung": (None, OFFICE),
    "/verwaltung/konten": (ADMIN, None),
    "/verwaltung/konten/einladen": (ADMIN, ADMIN),
    ACCOUNT: (ADMIN, None),
    f"{ACCOUNT}/rolle": (None, ADMIN),
    f"{ACCOUNT}/link": (None, ADMIN),
    f"{ACCOUNT}/sperren": (None, ADMIN),
    f"{ACCOUNT}/freigeben": (None, ADMIN),
    f"{ACCOUNT}/zuruecksetzen": (None, ADMIN),
    f"{ACCOUNT}/loeschen": (ADMIN, ADMIN),
    "/verwaltung/konto": (STAFF, None),
    "/verwaltung/konto/passwort": (STAFF, STAFF),
    "/verwaltung/konto/app": (STAFF, STAFF),
    "/verwaltung/konto/passkey": (STAFF, STAFF),
    "/verwaltung/konto/codes": (STAFF, STAFF),
    "/verwaltung/konto/app/entfernen": (STAFF, STAFF),
    f"/verwaltung/konto/passkey/{NUMBER}/entfernen": (STAFF, STAFF),
    f"/verwaltung/konto/besuche/{NUMBER}/beenden": (None, STAFF),
    "/verwaltung/konto/besuche/beenden": (None, STAFF),
    TEXTS: (OFFICE, None),
    f"{TEXTS}/buero": (OFFICE, OFFICE),
    f"{TEXTS}/angaben/<name>": (OFFICE, OFFICE),
    f"{TEXTS}/hinweise/neu": (OFFICE, OFFICE),
    f"{TEXTS}/hinweise/<ulid>": (OFFICE, OFFICE),
    f"{TEXTS}/fassungen/<int(max=2147483647):number>/zurueck": (None, OFFICE),
    f"{TEXTS}/e-mails/<kind>/<spoken>": (OFFICE, OFFICE),
    f"{TEXTS}/e-mails/ohne-satz": (None, OFFICE),
}
OURS = [route for route, who in TABLE.items() if EVERYBODY not in who]
HEUT, SENDEN = "01K4GJ0000000000000000HEUT", "01K4GJ000000000000000SENDEN"
LOESCHEN = "01K4GJ00000000000LOESCHEN"
EXAMPLES = {
    "<slug>": "heute",
    "<ulid>": HEUT,
    "<kind>": "confirmed",
    "<any(csv, xlsx):kind>": "csv",
    "<int(max=2147483647):number>": "2000000000",
    "<path:filename>": "js/base64.js",
    "<token>": "erfunden",
    "<name>": "vat_id",
    "<spoken>": "de",
}
WORDS = {"audience": "seated", "subject": "Neues", "text": "Bitte kommen Sie früher."}
SEEN = {"seen": fingerprint(*WORDS.values())}
PLACE = {
    "name": "Rathaus",
    "street": "Markt 1",
    "postcode": "12345",
    "city": "Musterstadt",
    "step_free": "unknown",
    "hearing_loop": "unknown",
}
OTHERWISE_ANSWERED = {
    "/verwaltung/datenschutz": 200,  # no address bar is to hold whom they look for
    f"{SESSION}/listen": 200,  # a file
    "/verwaltung/konto/codes": 200,  # which are shown once
    "/verwaltung/konto/app": 422,  # asks for what only a device knows
    "/verwaltung/konto/passkey": 422,
}
HINT = {"de": "Heute zu", "en": "", "simple": "", "first_day": "2026-09-07"}
FORMS = {  # what is sent where, so that it is done if it may be
    SESSION: {"suche": "kim"},
    f"{SESSION}/einlass": {"suche": "kim"},
    f"{SESSION}/einlass/<ulid>": {"people": "1", "operation": "abcdefgh"},
    f"{SESSION}/gaeste": {"more": "1", "operation": "abcdefgh"},
    f"{SESSION}/gaeste/neu": {"name": "Kim", "party_size": "1"},
    f"{SESSION}/plaetze": {
        "capacity": "20",
        "party_limit": "4",
        "waiting_list": "on",
        "offers": "on",
        "confirmation": "direct",
    },
    f"{SESSION}/anmelden": {"name": "Kim", "party_size": "1"},
    f"{SESSION}/bedarf/<ulid>": {"state": "arranged", "answer": "Ist da"},
    f"{SESSION}/listen": {"kind": "csv", "whom": "seated", "sorting": "name", "facts": "name"}
    | {f"place_{fact.name.lower()}": "1" for fact in Fact},
    "/verwaltung/bestaetigung": {"on": "1"},
    f"{PERSON}/adresse": {"email": "neu@example.org"},
    f"{PERSON}/telefon": {"phone": "0511 123"},
    f"{PERSON}/anzahl": {"party_size": "2"},
    f"{PERSON}/e-mails": {"language": "en", "wants_reminder": "off"},
    f"{PERSON}/name": {"name": "Kim Neu"},
    f"{SESSION}/fristen": {"contact_days": "9"},
    "/verwaltung/datenschutz/fristen": {
        "contact_days": "9",
        "needs_days": "9",
        "unconfirmed_days": "9",
    },
    "/verwaltung/datenschutz": {"email": "kim@example.org"},
    f"{SESSION}/e-mails": {"reminder_days": "4", "thanks": "on"},
    f"{SESSION}/e-mails/neu": WORDS,
    f"{LETTER}/bearbeiten": WORDS,
    f"{LETTER}/senden": SEEN,
    "/verwaltung/orte/neu": PLACE,
    VENUE: PLACE | {"name": "Stadtbibliothek", "street": "Am Markt 1"},  # as it is
    "/verwaltung/themen/neu": {"title": "Neu", "is_foundation": "no"},
    TOPIC: {"title": "Wohnen", "is_foundation": "no"},
    f"{TOPIC}/verschieben": {"from": "0", "to": "down"},
    "/verwaltung/reihe": {
        "title": "Chancendialog Transformation",
        "description": "Abende zum Mitreden.",
    },
    "/verwaltung/termine/neu": {
        "starts_at": "2026-11-12T18:00",
        "venue": "haus",
        "title_de": "Neu",
        "capacity": "20",
        "party_limit": "4",
    },
    f"{SESSION}/bearbeiten": {"title_en": "Today"},
    f"{SESSION}/wiederholen": {"dates": "2026-11-12T18:00"},
    f"{SESSION}/archivieren": {"on": "0"},
    "/verwaltung/konten/einladen": {"email": "neu@example.org", "role": "door"},
    f"{ACCOUNT}/rolle": {"role": "office"},
    "/verwaltung/konto/passwort": {"password": "ein ganz anderer Satz, nur für mich"},
    f"{SESSION}/verlegen": {
        "starts_at": "2026-09-08T19:00",
        "ends_at": "",
        "venue": "haus",
        "sure": "1",
    },
    f"{TEXTS}/buero": {
        "name": "Büro",
        "street": "Am Markt 1",
        "postcode": "12345",
        "city": "Musterstadt",
    },
    f"{TEXTS}/angaben/<name>": {"de": "DE1"},
    f"{TEXTS}/hinweise/neu": HINT | {"number": LOESCHEN},
    f"{TEXTS}/hinweise/<ulid>": HINT,
}


@pytest.fixture
def today(app, clock):
    """The clock says noon; this begins at 19:00."""
    VenueFactory(slug="unbenutzt")
    TopicFactory(slug="unbenutzt")
    return EventSessionFactory(
        slug="heute",
        title="Heute",
        starts_at=app_clock.now() + timedelta(hours=7),
        venue=VenueFactory(slug="haus"),
        topics=[TopicFactory(slug="haus")],
    )


@pytest.fixture
def guest(today):
    """Whom the addresses name, with a letter to him that was lost, and drafts of others."""
    for ulid in (HEUT, SENDEN):
        draft = Dispatch(event_session=today, kind="message", actor="staff:1", ulid=ulid, **WORDS)
        db.session.add(draft)
    EventSessionFactory(slug="gestern", starts_at=app_clock.now() - timedelta(days=1))
    guest = RegistrationFactory(event_session=today, ulid=HEUT)
    RegistrationFactory(event_session=today, ulid=LOESCHEN, receipt="another form")
    NeedFactory(registration=guest, ulid=HEUT)
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT, venue=today.venue)
    hints.say(HEUT, {"de": "Morgen zu"}, date(2026, 9, 8), None, actor="staff:1")
    version = db.session.scalars(select(TextVersion)).one()
    version.id, version.before = 2_000_000_000, "Gestern zu"
    lost = outbox.post(letters.confirmed(guest), thread=guest.thread)
    lost.id, lost.state = 2_000_000_000, MailState.REFUSED
    colleague = User(
        id=2_000_000_000, email="kollege@example.org", active=True, fs_uniquifier="kollege"
    )
    db.session.add(colleague)
    accounts.add(colleague.email, "door", password=None)
    return guest


def is_open_to_all(rule):
    return rule.endpoint.startswith(OPEN_TO_ALL) or rule.endpoint in {"static", *SIGN_IN_PAGES}


def test_all_that_is_open_to_everybody_lies_outside_the_office_but_for_signing_in(app):
    inside = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if is_open_to_all(rule) and rule.rule.startswith("/verwaltung")
    }
    outside = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not is_open_to_all(rule) and not rule.rule.startswith("/verwaltung")
    }

    assert (inside, outside) == (SIGN_IN_PAGES, set())


def test_page_that_names_no_permission_is_closed_to_everybody(build, signed_in):
    forgetful = build()
    forgetful.add_url_rule("/verwaltung/geheim", "office.secret", lambda: "Geheimes")

    answers = [
        browser_of(forgetful).get("/verwaltung/geheim"),
        signed_in("admin", at=forgetful).get("/verwaltung/geheim"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Geheimes" not in answers[1].text


def address(route, **others):
    """An address of this route, with what it names."""
    examples = EXAMPLES | {f"<{name}>": value for name, value in others.items()}
    if route.startswith((VENUE, TOPIC)):
        examples["<slug>"] = "unbenutzt" if route.endswith("/loeschen") else "haus"
    if route.endswith("/abschluss"):
        examples["<slug>"] = "gestern"  # what is not over is not closed
    if route.endswith("/senden"):
        examples["<ulid>"] = SENDEN  # the other draft is thrown away
    if route.endswith("/loeschen"):
        examples["<ulid>"] = LOESCHEN  # the other guest is still needed
    if route == f"{SESSION}/loeschen":
        examples["<slug>"] = "entwurf"  # so is the other session
    return re.sub("<[^>]+>", lambda found: examples[found[0]], route)


def expected(route, role, method):
    """What the table means in status codes; None for what other tests look at."""
    to_read, to_send = TABLE[route]
    either = to_send if to_read is None else to_read
    who = {"GET": to_read, "HEAD": to_read, "POST": to_send, "OPTIONS": either}
    allowed = who.get(method)
    if allowed is EVERYBODY:
        return None
    if allowed is NOBODY:
        return 403
    if role == STRANGER:
        return 302
    if allowed is None:
        return 405
    if method == "OPTIONS" and role == ELSEWHERE:  # says what can be done, and does nothing
        role = DOOR
    if role not in allowed:
        return 403
    return OTHERWISE_ANSWERED.get(route, 303) if method == "POST" else 200


@pytest.fixture
def come_in(client, guest, signed_in):
    """The browser of somebody in this role, and the token that forms there have."""

    def browser_and_token(role):
        if role == STRANGER:
            return client, form_fields(client.get("/verwaltung/anmelden").text)["csrf_token"]
        browser = signed_in(role.partition(",")[0])
        _give_factors(accounts.by_address(f"{role.partition(',')[0]}@example.org"))
        if role in (DOOR, ELSEWHERE):
            at = guest.event_session if role == DOOR else EventSessionFactory(slug="woanders")
            duty.add(at, accounts.by_address("door@example.org"), actor="system")
        return browser, form_fields(browser.get("/verwaltung/").text)["csrf_token"]

    return browser_and_token


def _give_factors(user):
    """Both kinds, so that they can be taken away; nobody is asked for them while they are in."""
    user.totp_key = second_factor.new_key()
    facts = {"credential": "Y3JlZA", "public_key": "a2V5", "sign_count": 0, "name": "Telefon"}
    db.session.add(Passkey(id=2_000_000_000, user_id=user.id, **facts))
    db.session.commit()


def test_every_route_of_the_office_is_in_the_table(app):
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/verwaltung")}

    assert routes == set(TABLE)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("role", EVERY_ROLE)
def test_each_may_do_what_the_table_says_and_no_more(come_in, role, method):
    browser, token = come_in(role)
    table = {route: expected(route, role, method) for route in TABLE}
    refused = [route for route, status in table.items() if status and status not in (200, 303, 422)]
    granted = [route for route, status in table.items() if status in (200, 303, 422)]
    before = all_rows()

    def answers(routes):
        return {
            route: browser.open(
                address(route),
                method=method,
                data={"csrf_token": token} | FORMS.get(route, {}),
            ).status_code
            for route in routes
        }

    assert answers(refused) == {route: table[route] for route in refused}
    assert all_rows() == before  # before anything is done that may be
    assert answers(granted) == {route: table[route] for route in granted}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_pages_for_signing_in_can_only_be_read_and_sent(client, app, method):
    routes = [route for route in TABLE if route not in OURS]

    assert {client.open(address(one), method=method).status_code for one in routes} == {302}


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_ticket_leads_whoever_may_check_in_to_its_guest_and_nobody_else(come_in, guest, role):
    browser, _token = come_in(role)

    answers = [browser.get(f"/t/{guest.ticket}"), browser.get(f"/en/t/{guest.ticket}")]

    there = f"/verwaltung/termine/heute/einlass/{guest.ulid}" if role in AT_THE_DOOR else None
    assert [answer.location for answer in answers] == [there, there]
    assert [guest.name in answer.text for answer in answers] == [False, False]


def test_ticket_leads_nobody_to_its_guest_after_their_visit(come_in, guest, clock):
    browser, _token = come_in("office")
    clock.shift(timedelta(hours=12, minutes=1))

    answer = browser.get(f"/t/{guest.ticket}")

    assert (answer.status_code, answer.location, guest.name in answer.text) == (200, None, False)


def test_stranger_is_sent_to_sign_in_and_back(client, guest):
    pages = [address(route) for route in OURS if TABLE[route][0]]

    answers = [client.get(page) for page in pages]

    assert [answer.location for answer in answers] == [
        f"/verwaltung/anmelden?next={page}" for page in pages
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_belongs_to_one_session_is_not_found_under_another(come_in, guest, method):
    """IDOR: right names in a wrong place."""
    EventSessionFactory(slug="anderer")
    browser, token = come_in("admin")
    column = ("GET", "POST").index(method)
    routes = [
        route
        for route in OURS
        if "<slug>" in route and "<ulid>" in route and TABLE[route][column] is not None
    ]
    before = all_rows()

    statuses = {
        route: browser.open(
            address(route, slug="anderer"),
            method=method,
            data={"csrf_token": token} | FORMS.get(route, {}),
        ).status_code
        for route in routes
    }

    assert len(statuses) >= 5
    assert statuses == dict.fromkeys(routes, 404)
    assert all_rows() == before


def test_a_mail_that_is_no_residents_is_not_written_again(come_in, guest):
    browser, token = come_in("admin")
    kim = accounts.add("kim@example.org", "door", password=None)
    own = outbox.post(accounts.staff_link(kim), thread="staff-link:1")
    own.id, own.state = 2_000_000_001, MailState.REFUSED
    db.session.commit()
    before = all_rows()

    answer = browser.post("/verwaltung/e-mails/2000000001/noch-einmal", data={"csrf_token": token})

    assert answer.status_code == 404
    assert all_rows() == before


def test_refused_page_is_said_kindly(signed_in, today):
    page = signed_in("door").get("/verwaltung/termine/heute")

    assert page.status_code == 403
    assert "Diese Seite ist nicht für Sie freigegeben" in page.text


def assign_everything():
    for event_session in queries.sessions(drafts=True):
        duty.add(event_session, accounts.by_address("door@example.org"), actor="system")


def test_door_sees_no_session_of_today_that_it_is_not_assigned_to(signed_in, today):
    other = EventSessionFactory(title="Anderer", slug="anderer", starts_at=today.starts_at)
    browser = signed_in("door")
    duty.add(other, accounts.by_address("door@example.org"), actor="system")

    overview = browser.get("/verwaltung/")

    assert ["Heute" in overview.text, "Anderer" in overview.text] == [False, True]


def test_door_sees_the_sessions_of_today_in_hannover_only(signed_in, today, clock):
    late = app_clock.now().replace(hour=22, minute=30)  # half past midnight in Hannover
    EventSessionFactory(title="Morgen", slug="morgen", starts_at=late)
    EventSessionFactory(title="Gestern", slug="gestern", starts_at=late - timedelta(days=2))
    EventSessionFactory(title="Früh", slug="frueh", starts_at=late - timedelta(days=1))
    browser = signed_in("door")
    assign_everything()

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
    assign_everything()
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]

    answer = browser.post(
        f"/verwaltung/termine/morgen/einlass/{guest.ulid}",
        data={"csrf_token": token, "people": "1", "operation": "a"},
    )

    assert answer.status_code == 403
    assert all_rows()["attendance_mark"] == []


def test_door_sees_names_and_no_addresses(signed_in, today):
    RegistrationFactory(event_session=today, name="Kim Muster", email="kim@example.net")

    browser = signed_in("door")
    assign_everything()

    page = browser.get("/verwaltung/termine/heute/einlass")

    assert "Kim Muster" in page.text
    assert "example.net" not in page.text


def test_office_sees_every_session_with_its_numbers(signed_in, today):
    EventSessionFactory(title="Entwurf", slug="entwurf", status=SessionStatus.DRAFT)
    RegistrationFactory(event_session=today, party_size=3)
    RegistrationFactory(event_session=today, party_size=2, status=Status.WAITING)

    page = signed_in("office").get("/verwaltung/")

    assert "Entwurf" in page.text
    (numbers,) = [row[-4:] for row in cells(page, "kommend") if row[0].startswith("Heute")]
    assert numbers == ["10", "3", "2", "0"]


def test_office_sees_everybody_with_their_address(signed_in, today):
    RegistrationFactory(event_session=today, name="Anna Sitzt", email="anna@example.org")
    RegistrationFactory(event_session=today, name="Gabi Geht", status=Status.WITHDRAWN)

    rows = cells(signed_in("office").get("/verwaltung/termine/heute"), "liste")

    assert [(row[0], row[2]) for row in rows] == [
        ("Anna Sitzt", "Platz sicher"),
        ("Gabi Geht", "abgemeldet"),
    ]
    assert rows[0][1] == "anna@example.org"


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
            "/verwaltung/termine/heute/listen",
            "/verwaltung/termine/heute/verlegen",
            "/verwaltung/termine/heute/absagen",
            "/verwaltung/termine/heute/e-mails",
            "/verwaltung/termine/heute/e-mails/neu",
            "/verwaltung/termine/heute/bearbeiten",
            "/verwaltung/termine/heute/vorschau",
            "/verwaltung/termine/heute/wiederholen?starts_at=2026-11-12T18:00&rhythm=1&count=2",
            "/verwaltung/termine/heute/loeschen",
            "/verwaltung/termine/neu",
            "/verwaltung/termine/neu?von=heute",
            "/verwaltung/archiv",
            "/verwaltung/e-mails",
            "/verwaltung/termine/heute/gaeste/neu",
            "/verwaltung/termine/heute/zahlen",
            "/verwaltung/zahlen",
        )
    ]

    assert statuses == [200] * len(statuses)
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
            "/listen",
            "/plaetze",
            "/anmelden",
            "/verlauf",
            "/personen/01K4GJ0000000000000000HEUT",
            "/personen/01K4GJ0000000000000000HEUT/adresse",
            "/personen/01K4GJ0000000000000000HEUT/anzahl",
            "/personen/01K4GJ0000000000000000HEUT/abmelden",
            "/personen/01K4GJ0000000000000000HEUT/e-mails",
            "/personen/01K4GJ0000000000000000HEUT/e-mails/1",
            "/verlegen",
            "/absagen",
            "/e-mails",
            "/e-mails/neu",
            "/e-mails/01K4GJ0000000000000000HEUT",
            "/gaeste/neu",
            "/zahlen",
            "/zahlen.csv",
        )
    ]

    assert statuses == [404] * len(statuses)
