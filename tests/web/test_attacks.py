"""Known attacks, each by its name, against the pages as they are.

What a field can carry into files and letters is in `test_injection.py`; which
host is answered, and what proxies may say, in `test_hosts.py`.
"""

import re
from datetime import timedelta
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.registration import letters
from chancendialog.registration.models import Registration, Status
from chancendialog.staff import accounts
from tests.browser_client import PASSWORD, all_rows, browser_of, form_fields, token_of
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import take_list

SIGN_IN, OFFICE = "/verwaltung/anmelden", "/verwaltung/"
NEW_PASSWORD = "ein neuer Satz, den nur wir kennen"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", starts_at=app_clock.now() + timedelta(hours=7))


@pytest.fixture
def kim(app):
    return accounts.add("kim@example.org", "office", password=PASSWORD)


def sign_in(browser, url=SIGN_IN, password=PASSWORD):
    return browser.fill_in(url, email="kim@example.org", password=password)


def is_in(browser):
    return browser.get(OFFICE).status_code == 200


def cookie_of(browser):
    return browser.get_cookie("session").value


def with_cookie(app, value):
    """The browser of somebody who has got hold of a cookie."""
    thief = browser_of(app)
    thief.set_cookie("session", value)
    return thief


def test_session_fixation_by_a_cookie_planted_before_sign_in(app, client, kim):
    """The attacker's own cookie, put into the victim's browser, opens nothing after sign-in."""
    client.get(SIGN_IN)
    planted = cookie_of(client)

    sign_in(client)

    assert is_in(client)
    assert cookie_of(client) != planted
    assert not is_in(with_cookie(app, planted))


def test_csrf_token_known_from_before_sign_in_is_worth_nothing_after_it(client, kim):
    known = form_fields(client.get(SIGN_IN).text)["csrf_token"]
    sign_in(client)

    answer = client.post("/verwaltung/bestaetigung", data={"csrf_token": known, "on": "1"})

    assert answer.status_code == 400
    assert all_rows()["house_switch"] == []


def test_stolen_cookie_is_worth_nothing_after_sign_out(app, client, kim):
    sign_in(client)
    stolen = cookie_of(client)
    works = is_in(with_cookie(app, stolen))

    client.post(
        "/verwaltung/abmelden",
        data={"csrf_token": form_fields(client.get(OFFICE).text)["csrf_token"]},
    )

    assert works
    assert not is_in(with_cookie(app, stolen))


def test_stolen_cookie_is_worth_nothing_after_a_new_password(app, client, stranger, kim):
    sign_in(client)
    stolen = cookie_of(client)
    db.session.commit()
    link = accounts.one_time_link(kim).removeprefix("http://localhost:5000")

    stranger.fill_in(link, password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)

    assert not is_in(with_cookie(app, stolen))


def test_signing_out_leaves_nothing_of_the_visit_in_the_browser(client, kim, event_session):
    sign_in(client)
    client.fill_in("/verwaltung/termine/abend/einlass", suche="Erika Mustermann")
    page = client.get(OFFICE)

    client.post("/verwaltung/abmelden", data={"csrf_token": form_fields(page.text)["csrf_token"]})
    client.get(SIGN_IN)

    with client.session_transaction() as left:
        assert "suche" not in left


@pytest.mark.parametrize(
    "tampered",
    [
        lambda cookie: re.sub(r"\.(.)(?=[^.]*$)", lambda m: ".B" if m[1] == "A" else ".A", cookie),
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: "." + cookie,
        lambda _cookie: "eyJfdXNlcl9pZCI6IjEifQ.AAAA.AAAA",
        lambda cookie: cookie + "x" * 3000,
        lambda _cookie: "",
    ],
)
def test_cookie_tampering(app, client, kim, tampered):
    sign_in(client)

    answer = with_cookie(app, tampered(cookie_of(client))).get(OFFICE)

    assert (answer.status_code, urlsplit(answer.location).path) == (302, SIGN_IN)


def test_csrf_on_every_route_that_can_be_sent_to(app, event_session, signed_in):
    """Known addresses, right cookies, and a form on another site: nothing happens."""
    registration = RegistrationFactory(event_session=event_session)
    names = {
        "slug": "abend",
        "token": token_of(letters.manage_url(registration)),
        "ulid": registration.ulid,
        "number": "1",
        "receipt": "erfunden",
        "answer": "ich-komme",
        "language": "en",
        "kind": "confirmed",
        "name": "vat_id",
        "spoken": "de",
    }
    browser = signed_in("admin")
    browser.get("/termine/abend/anmelden")
    routes = [
        (rule.rule, re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: names[found[1]], rule.rule))
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods
    ]
    before = all_rows()

    answers = {
        rule: browser.post(
            address, data={"on": "1", "name": "Kim", "email": "kim@example.org", "party_size": "1"}
        )
        for rule, address in routes
    }

    assert len(answers) > 25
    assert {rule: one.status_code for rule, one in answers.items() if one.status_code != 400} == {}
    assert all_rows() == before


def test_csrf_by_another_sites_token(app, stranger, event_session, signed_in):
    """A token is worth nothing without the cookie it was made for."""
    browser = signed_in("admin")
    browser.get(OFFICE)
    theirs = form_fields(stranger.get(SIGN_IN).text)["csrf_token"]

    answer = browser.post("/verwaltung/bestaetigung", data={"csrf_token": theirs, "on": "1"})

    assert answer.status_code == 400


def test_csrf_by_json_or_plain_text(event_session, signed_in):
    browser = signed_in("admin")
    before = all_rows()

    answers = [
        browser.post("/verwaltung/bestaetigung", data='{"on": "1"}', content_type=kind)
        for kind in ("application/json", "text/plain")
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all_rows() == before


@pytest.mark.parametrize(
    "url", ["/", "/termine/abend", "/termine/abend/anmelden", SIGN_IN, "/gibt-es-nicht"]
)
def test_clickjacking(client, event_session, url):
    answer = client.get(url)

    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_clickjacking_of_staff_and_of_ones_own_registration(event_session, signed_in):
    browser = signed_in("office")
    registration = RegistrationFactory(event_session=event_session)
    own = f"/anmeldung/{token_of(letters.manage_url(registration))}"
    pages = [
        OFFICE,
        "/verwaltung/termine/abend",
        "/verwaltung/termine/abend/absagen",
        own,
        f"{own}/abmelden",
        f"/t/{registration.ticket}",
        f"/verwaltung/termine/abend/einlass/{registration.ulid}",
    ]

    policies = [browser.get(page).headers["Content-Security-Policy"] for page in pages]

    assert ["frame-ancestors 'none'" in policy for policy in policies] == [True] * 7


@pytest.mark.parametrize(
    "guess",
    ["%25", "_" * 12, "????????????", "' OR ticket > '", "2" * 12, "[2-9A-Z]", "None", "null", ""],
)
def test_ticket_guessed_by_wildcards_and_by_what_is_not_there(client, event_session, guess):
    RegistrationFactory(event_session=event_session)
    RegistrationFactory(event_session=event_session, ticket=None)

    assert client.get(f"/t/{guess}").status_code == 404


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "/\\evil.example",
        "\\evil.example",
        "\\\\evil.example",
        "%5C%5Cevil.example",
        "%2F%2Fevil.example",
        "/%2Fevil.example",
        "/%09/evil.example",
        "/%0a/evil.example",
        "%20//evil.example",
        "//localhost@evil.example",
        "http://localhost%2eevil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "%EF%BC%8F%EF%BC%8Fevil.example",
    ],
)
@pytest.mark.parametrize("place", ["query", "form"])
def test_open_redirect(client, kim, elsewhere, place):
    if place == "query":
        answer = sign_in(client, url=f"{SIGN_IN}?next={elsewhere}")
    else:
        answer = client.fill_in(SIGN_IN, email="kim@example.org", password=PASSWORD, next=elsewhere)

    location = answer.headers.get("Location", "")
    target = urljoin(
        f"http://localhost{SIGN_IN}", re.sub(r"[\x00-\x20]", "", location).replace("\\", "/")
    )
    assert urlsplit(target)[:2] == ("http", "localhost")


def test_host_header_in_redirects_and_letters(client, event_session, clock):
    """Also under a name that is answered, no absolute address is made of it."""
    page = client.get("/termine/abend/anmelden", base_url="http://127.0.0.1:9")
    clock.shift(5)
    time_to_read = {"name": "Erika Mustermann", "email": "erika@example.org"}
    answer = client.post(
        "/termine/abend/anmelden",
        data=form_fields(page.text) | time_to_read,
        base_url="http://127.0.0.1:9",
    )

    texts = db.session.scalars(select(OutgoingMail.text)).all()
    assert answer.status_code == 303
    assert "127.0.0.1" not in texts[0] + answer.location
    assert "http://localhost:5000/anmeldung/" in texts[0]


@pytest.mark.parametrize(
    "poison",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Scheme": "http", "X-Forwarded-Proto": "gopher"},
        {"X-Original-URL": "/verwaltung/", "X-Rewrite-URL": "/verwaltung/"},
        {"X-Forwarded-Prefix": "/evil"},
        {"X-HTTP-Method-Override": "POST"},
        {"Forwarded": "host=evil.example"},
        {"Accept-Language": "<script>"},
        {"X-Host": "evil.example", "X-Forwarded-Server": "evil.example"},
    ],
)
@pytest.mark.parametrize("url", ["/", "/termine/abend", "/kalender.ics", "/kalender", "/nichts"])
def test_cache_poisoning(client, event_session, url, poison):
    plain, poisoned = client.get(url), client.get(url, headers=poison)

    assert (poisoned.status_code, poisoned.text) == (plain.status_code, plain.text)
    assert poisoned.headers.get("Location") == plain.headers.get("Location")


@pytest.mark.parametrize("suffix", ["/x.css", ";.css", "%2fx.css", "/..%2fstatic%2fsite.css"])
def test_cache_deception(event_session, signed_in, suffix):
    """A personal page must not look like a file that shared caches keep."""
    answer = signed_in("office").get(f"/verwaltung/termine/abend{suffix}")

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_personal_may_be_kept_by_shared_caches(client, event_session, signed_in, sign_up):
    registration = RegistrationFactory(event_session=event_session)
    own = f"/anmeldung/{token_of(letters.manage_url(registration))}"
    office = signed_in("office")
    receipt = sign_up(event_session)
    answers = [
        receipt,
        client.get(receipt.location),
        client.get("/termine/abend/anmelden"),
        client.get(own),
        client.get(f"{own}/abmelden"),
        client.get("/"),
        office.get(OFFICE),
        office.get("/verwaltung/termine/abend"),
        take_list(office, "csv"),
        office.get(f"/verwaltung/termine/abend/personen/{registration.ulid}"),
        office.get("/"),
    ]

    for answer in answers:
        assert {"no-store", "private"} & set(answer.headers["Cache-Control"].split(", "))


MASS = {
    "id": "4711",
    "status": "confirmed",
    "event_session_id": "4711",
    "ical_uid": "evil",
    "ulid": "01K4GJ0000000000000000EVIL",
    "source": "counter",
    "receipt": "evil",
    "erased_at": "2026-01-01T00:00:00",
    "registered_at": "2020-01-01T00:00:00",
    "hold_until": "2030-01-01T00:00:00",
    "link_version": "99",
    "ical_sequence": "99",
    "is_admin": "1",
    "roles": "admin",
    "regardless": "1",
    "capacity": "4711",
    "booking_turn": "99",
}


def test_mass_assignment_at_sign_up(client, event_session, sign_up):
    other = EventSessionFactory(capacity=0)
    RegistrationFactory(event_session=event_session, party_size=10)

    sign_up(event_session, **MASS | {"event_session_id": str(other.id), "waiting_list": "1"})

    new = db.session.scalars(select(Registration).order_by(Registration.id.desc())).first()
    assert (new.name, new.event_session_id, new.status) == (
        "Erika Mustermann",
        event_session.id,
        Status.WAITING,
    )
    assert new.id != 4711
    assert "evil" not in f"{new.ical_uid} {new.receipt} {new.ulid} {new.source}".lower()
    assert (new.erased_at, new.hold_until, new.link_version, new.ical_sequence) == (
        None,
        None,
        0,
        0,
    )
    assert new.registered_at == app_clock.now()


def test_mass_assignment_by_staff(event_session, signed_in):
    registration = RegistrationFactory(event_session=event_session, ulid="A" * 26)
    browser = signed_in("office")
    token = form_fields(browser.get(OFFICE).text)["csrf_token"]
    browser.post(
        f"/verwaltung/termine/abend/einlass/{registration.ulid}",
        data=MASS | {"csrf_token": token, "people": "1", "operation": "abcdefgh", "actor": "x"},
    )
    browser.post(
        "/verwaltung/termine/abend/einlass-team", data=MASS | {"csrf_token": token, "role": "admin"}
    )

    assert [mark[5] for mark in all_rows()["attendance_mark"]] != ["x"]
    db.session.expire_all()
    assert (event_session.capacity, registration.status) == (10, Status.CONFIRMED)
    assert registration.ical_uid.startswith("reg-")


def test_idor_by_the_token_of_another_purpose(client, event_session, sign_up):
    """A receipt gives no power over the registration, and its link is no receipt."""
    receipt = token_of(sign_up(event_session).location)
    registration = db.session.scalars(select(Registration)).one()
    link = token_of(letters.manage_url(registration))

    assert client.get(f"/anmeldung/{receipt}").status_code == 404
    assert client.get(f"/termine/abend/danke/{link}").status_code == 404
    assert client.get(f"/kalender/mein/{link}.ics").status_code == 404


def test_idor_by_a_receipt_under_another_session(client, event_session, sign_up):
    EventSessionFactory(slug="anderer")
    location = sign_up(event_session).location

    assert client.get(location.replace("/abend/", "/anderer/")).status_code == 404


@pytest.mark.parametrize("name", ["1", "0", "-1", "01K4GJ0000000000000000HEUT", "%00", "' OR 1=1"])
def test_idor_by_guessing(client, event_session, name):
    RegistrationFactory(event_session=event_session, ulid="01K4GJ0000000000000000HEUT")

    statuses = [
        client.get(page).status_code
        for page in (
            f"/anmeldung/{name}",
            f"/termine/abend/danke/{name}",
            f"/kalender/mein/{name}.ics",
        )
    ]

    assert statuses == [404] * 3


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_http_method_override(event_session, signed_in, header):
    browser = signed_in("admin")
    token = form_fields(browser.get(OFFICE).text)["csrf_token"]
    before = all_rows()

    answers = [
        browser.get("/verwaltung/termine/abend/absagen", headers={header: "POST"}),
        browser.get("/verwaltung/bestaetigung?_method=POST&on=1", headers={header: "POST"}),
        browser.post("/verwaltung/", data={"csrf_token": token}, headers={header: "GET"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 405, 405]
    assert all_rows() == before


@pytest.mark.parametrize("verb", ["TRACE", "CONNECT", "PROPFIND", "JEFF", "HEAD"])
def test_verb_tampering(client, event_session, verb):
    answers = [
        client.open(page, method=verb)
        for page in (OFFICE, "/verwaltung/termine/abend", "/verwaltung/bestaetigung")
    ]

    assert {answer.status_code for answer in answers} <= {302, 405}
    assert not any("Wohnen" in answer.text for answer in answers)


@pytest.mark.parametrize(
    "path",
    [
        "//verwaltung/",
        "/Verwaltung/",
        "/VERWALTUNG/termine/abend",
        "/verwaltung%2f",
        "/verwaltung%2ftermine%2fabend",
        "/./verwaltung/",
        "/x/../verwaltung/",
        "/verwaltung/./",
        "/verwaltung//",
        "/verwaltung/%2e/",
        "/verwaltung;/",
        "/verwaltung/;/termine/abend",
        "/%76erwaltung/termine/abend",
        "/verwaltung%00/",
        "/verwaltung /",
        "/verwaltung\\termine\\abend",
        "/static/../verwaltung/",
        "/static/..%2f..%2fconfig.py",
        "/static/%2e%2e/%2e%2e/config.py",
        "/static//etc/passwd",
    ],
)
def test_path_tricks(client, event_session, path):
    """Whatever a proxy and we read differently: no page of the office, no file of ours."""
    answer = client.get("/", environ_overrides={"PATH_INFO": unquote(path)})
    for _step in range(3):
        if answer.status_code == 308:
            answer = client.get(urlsplit(answer.location).path)

    assert answer.status_code in (302, 400, 404)
    assert "Wohnen" not in answer.text
    assert "SECRET_KEY" not in answer.text


def test_oversized_cookie_and_header(client, event_session):
    answers = [
        browser_of(client.application).get("/", headers={"Cookie": "session=" + "x" * 100_000}),
        client.get("/termine/abend/anmelden", headers={"Referer": "x" * 100_000}),
        client.get("/", headers={"Accept-Language": "de;q=" + "9" * 50_000}),
        client.get("/kalender.ics", headers={"If-None-Match": '"x",' * 20_000}),
        client.get("/?" + "x=1&" * 20_000),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5


def test_json_hands_out_no_tokens(client, kim):
    """The library would answer JSON with an authentication token that never ends."""
    token = form_fields(client.get(SIGN_IN).text)["csrf_token"]

    answers = [
        client.post(
            f"{SIGN_IN}?include_auth_token",
            json={"email": "kim@example.org", "password": PASSWORD, "csrf_token": token},
            headers={"X-CSRFToken": token, "Accept": "application/json"},
        ),
        client.get(f"{SIGN_IN}?include_auth_token", headers={"Accept": "application/json"}),
    ]

    assert not any(answer.is_json for answer in answers)
    assert not any("authentication_token" in answer.text for answer in answers)
