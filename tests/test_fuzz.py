"""Hostile input on every page, with every method: no page breaks, repeats it, or does what it says.

A few hundred requests here; `SOAK=1` sends tens of thousands.
"""

import os
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chancendialog.extensions import db, limiter
from chancendialog.registration import letters
from tests.browser_client import all_rows, browser_of, form_fields, token_of
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory

IS_LONG = os.environ.get("SOAK") == "1"
ROUNDS = 72 if IS_LONG else 5  # each goes to every page, three times
MARK = '"><svg/onload=x>'
TEXTS = st.sampled_from(
    [
        MARK, "", "\0", "a\0b", "\r\nSet-Cookie: a=b", "\ufeff", "\u202e", "ﬃ", "🦔" * 50, "x" * 3000,
        "-1", "0", "9" * 40, "1e309", "NaN", "null", "true", "[]", "{}", "../../../etc/passwd",
        "' OR '1'='1", "1; DROP TABLE registration", "{{7*7}}", "%(x)s", "{0}", "=cmd|' /C calc'!A0",
        "//evil.example", "javascript:alert(1)", "2026-13-45T99:99", "0001-01-01T00:00",
        "9999-12-31T23:59", "a@b", "a@xn--.example", "ä@ö.example", "kim@example.org", "abend",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)  # fmt: skip
IN_PATHS = TEXTS.map(lambda text: quote(text, safe="")) | st.sampled_from(
    ["%ff", "%00", "%c0%af", "%", "%zz", "%2e%2e%2f", "a" * 8000, "%f0%9f", ";", "*", "%25"]
)
FIELDS = st.sampled_from(
    [
        "name",
        "email",
        "party_size",
        "website2",
        "stamp",
        "waiting_list",
        "meant",
        "csrf_token",
        "password",
        "password_confirm",
        "next",
        "remember",
        "on",
        "subject",
        "text",
        "audience",
        "starts_at",
        "ends_at",
        "venue",
        "capacity",
        "confirmation",
        "offers",
        "party_limit",
        "waiting_list_limit",
        "reminder_days",
        "regardless",
        "q",
        "op",
        "page",
        "kind",
        "operation",
        "people",
        "device",
        "registration_opens_at",
        "registration_closes_at",
        "confirmed",
        "sizes",
        "personen",
        "neu",
        "nochmal",
        "letter",
    ]
)
PAIRS = st.lists(st.tuples(FIELDS, TEXTS), max_size=8)
TYPES = st.sampled_from(
    [
        "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7",
        "multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain",
        "multipart/form-data; boundary=" + "y" * 300, "*/*", "", "ä", "application/xml; charset=\xff",
    ]
)  # fmt: skip
IN_HEADERS = st.sampled_from(
    ["", "*", "x" * 2000, MARK, "\xff\xfe", "-1", "Thu, 99 Foo 9999", 'W/"x', '"', "bytes=9-1,",
     "de;q=9,,;", "zz-ZZ", "null", "session=\xff; session=x; =;", "session=.eJw.a.b", "Basic %%%"]
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Accept",
            "Accept-Language",
            "Cookie",
            "Range",
            "If-None-Match",
            "If-Modified-Since",
            "Referer",
            "Origin",
            "Authorization",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-CSRFToken",
            "User-Agent",
            "If-Range",
            "Transfer-Encoding",
            "Content-Encoding",
            "X-HTTP-Method-Override",
            "Accept-Encoding",
        ]
    ),
    IN_HEADERS,
    max_size=4,
)
ODD = st.sampled_from(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "HEAD"])


@dataclass(frozen=True)
class Attack:
    """What is sent to each page in turn."""

    in_path: str
    is_known: bool  # the path names what there is
    query: list
    pairs: list
    cut: int | None  # where the body ends too early
    content_type: str
    headers: dict
    odd_method: str

    @property
    def body(self):
        if self.content_type.startswith("multipart"):
            parts = [
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in self.pairs
            ]
            return ("".join(parts) + "--x--\r\n").encode()[: self.cut]
        return urlencode(self.pairs).encode()[: self.cut]


ATTACKS = st.builds(
    Attack, IN_PATHS, st.booleans(), PAIRS, PAIRS, st.none() | st.integers(0, 80), TYPES, HEADERS, ODD
)  # fmt: skip
sent = {"requests": 0}
attack_with = settings(
    max_examples=ROUNDS,
    deadline=None,
    derandomize=not IS_LONG,
    database=None,
    print_blob=IS_LONG,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def known(app, clock):
    """Something of everything that addresses can name."""
    HouseFactory()
    evening = EventSessionFactory(slug="abend")
    registration = RegistrationFactory(event_session=evening, email="kim@example.org")
    own = token_of(letters.manage_url(registration))
    browser_of(app).get(f"/anmeldung/{own}")  # the first look begins the calendar
    limiter.enabled = False
    yield {"slug": "abend", "token": own, "ulid": registration.ulid, "kind": "confirmed"}
    limiter.enabled = True


def pages(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def address(rule, attack, known):
    """The page's address with a hostile part, or with one that names something."""

    def part(found):
        name = found[1].rpartition(":")[2]
        choice = re.match(r"any\((\w+)", found[1])
        there = choice[1] if choice else known.get(name)
        return there if attack.is_known and there else attack.in_path

    return re.sub(r"<(.+?)>", part, rule.rule)


def send(app, rule, method, attack, known, *, cookie="", token=""):
    """One request, and what holds for every answer."""
    headers = attack.headers | ({"Cookie": cookie} if cookie else {})
    body = attack.body
    if token:
        separator = b"&" if body else b""
        body += separator + urlencode({"csrf_token": token}).encode()
        headers = headers | {"X-CSRFToken": token}
    url = address(rule, attack, known)
    with app.app_context():
        answer = app.test_client(use_cookies=False).open(
            url,
            method=method,
            query_string=urlencode(attack.query),
            data=None if method in ("GET", "HEAD") else body,
            content_type="application/x-www-form-urlencoded" if token else attack.content_type,
            headers=[(name, value) for name, value in headers.items()],
            buffered=True,
        )
    sent["requests"] += 1
    said = answer.get_data()
    assert answer.status_code < 500, (method, url, answer.status_code)
    assert b"Traceback" not in said
    assert MARK.encode() not in said or answer.mimetype != "text/html", (method, url)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert urlsplit(answer.headers.get("Location", "")).netloc in ("", "localhost")
    return answer


@attack_with
@given(attack=ATTACKS)
def everywhere(attack, app, known, **signed_in):
    for rule in pages(app):
        for method in ("GET", "POST", attack.odd_method):
            send(app, rule, method, attack, known, **signed_in)
    db.session.rollback()


def test_strangers_break_nothing_and_change_nothing(app, known):
    before = all_rows()

    everywhere(app=app, known=known)

    assert all_rows() == before
    print(f"{sent['requests']} requests so far")


def test_office_breaks_nothing_whatever_it_sends(app, known, signed_in):
    limiter.enabled = True
    browser = signed_in("office")
    limiter.enabled = False
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]
    cookie = "; ".join(f"{one.key}={one.value}" for one in browser._cookies.values())

    everywhere(app=app, known=known, cookie=cookie, token=token)

    assert browser.get("/verwaltung/").status_code == 200  # was in all the while

    print(f"{sent['requests']} requests so far")
