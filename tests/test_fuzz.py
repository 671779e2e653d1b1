"""Hostile input on every page, with every method: no page breaks, repeats it, or does what it says.

A few hundred requests here; `SOAK=1` sends tens of thousands.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chancendialog import tokens
from chancendialog.clock import now as clock_now
from chancendialog.extensions import db, limiter, new_ulid
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState
from chancendialog.programme import queries
from chancendialog.registration import letters, personal_calendar
from chancendialog.registration.models import Dispatch
from chancendialog.web.public.forms import STAMP
from tests.browser_client import all_rows, form_fields, token_of
from tests.factories import EventSessionFactory, HouseFactory, NeedFactory, RegistrationFactory

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

IS_LONG = os.environ.get("SOAK") == "1"
ROUNDS = 72 if IS_LONG else 4  # each goes to every page, three times
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
        "wieder",
        "letter",
    ]
)
PAIRS = st.lists(st.tuples(FIELDS, TEXTS), max_size=8)
FORM = "application/x-www-form-urlencoded"
TYPES = st.just(FORM) | st.sampled_from(
    [
        "application/x-www-form-urlencoded; charset=utf-7",
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
came = Counter()  # answers, by page, method and status
attack_with = settings(
    max_examples=ROUNDS,
    deadline=None,
    derandomize=not IS_LONG,
    database=None,
    print_blob=IS_LONG,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each example is hundreds of requests: none is shrunk
)


@pytest.fixture
def evening(app, clock):
    """What everybody wants something of; nobody is told to wait."""
    HouseFactory()
    came.clear()
    limiter.enabled = False
    yield EventSessionFactory(slug="abend", capacity=100_000)
    limiter.enabled = True


def something_of_everything():
    """What addresses can name, made anew for each attack: some of them delete it."""
    evening = queries.session_by_slug("abend", drafts=True)
    guest = RegistrationFactory(event_session=evening, email=f"kim{new_ulid().lower()}@example.org")
    db.session.add(
        Dispatch(
            event_session=evening,
            kind="message",
            audience="seated",
            actor="staff:1",
            ulid=guest.ulid,
        )
    )
    NeedFactory(registration=guest, ulid=guest.ulid)
    lost = outbox.post(letters.confirmed(guest), thread=guest.thread)
    lost.state = MailState.REFUSED
    db.session.flush()
    personal_calendar.begin(guest)
    known = {
        "slug": "abend",
        "token": token_of(letters.manage_url(guest)),
        "ulid": guest.ulid,
        "code": guest.ticket,
        "kind": "confirmed",
        "number": str(lost.id),
        "key": personal_calendar.of(guest).key,
    }
    db.session.commit()  # and nothing is held from here on
    return known


def cookie_of(browser):
    return "; ".join(f"{one.key}={one.value}" for one in browser._cookies.values())


def pages(app):
    """Everything that can be asked for, each address once; last what deletes the rest.

    First come needs, which go with the seat. The end of one's own visit is left out.
    """
    left_out = ("static", "security.logout")
    rules = {one.rule: one for one in app.url_map.iter_rules() if one.endpoint not in left_out}
    in_order = sorted(rules, key=lambda one: (one.endswith("/loeschen"), "/bedarf" not in one))
    return [rules[rule] for rule in in_order]


def address(rule, attack, known):
    """The page's address with a hostile part, or with one that names something."""

    def part(found):
        name = found[1].rpartition(":")[2]
        choice = re.match(r"any\('?([\w-]+)", found[1])
        there = choice[1] if choice else known.get(name)
        return there if attack.is_known and there else attack.in_path

    return re.sub(r"<(.+?)>", part, rule.rule)


def sound_fields(token):
    """What forms need to be taken, where the attack says nothing else: the first value counts."""
    number = new_ulid()
    return [
        ("csrf_token", token),
        ("stamp", tokens.sign(STAMP, [number, clock_now().timestamp() - 10])),
        ("name", "Kim"),
        ("email", f"{number.lower()}@example.org"),
        ("party_size", "1"),
    ]


def send(app, rule, method, attack, known, *, cookie="", token=""):
    """One request, and what holds for every answer; with a token it passes for a form of ours."""
    body, content_type = attack.body, attack.content_type
    headers = [*attack.headers.items()]
    if token:
        headers = [one for one in headers if one[0] not in ("Cookie", "X-CSRFToken")]
        headers += [("Cookie", cookie), ("X-CSRFToken", token)]
        if content_type == FORM:
            body = urlencode(attack.pairs + sound_fields(token)).encode()
    url = address(rule, attack, known)
    with app.app_context():
        answer = app.test_client(use_cookies=False).open(
            url,
            method=method,
            query_string=urlencode(attack.query),
            data=None if method in ("GET", "HEAD") else body,
            content_type=content_type,
            headers=headers,
            buffered=True,
        )
    came[rule.rule, method, answer.status_code] += 1
    said = answer.get_data()
    assert answer.status_code < 500, (method, url, answer.status_code)
    assert b"Traceback" not in said
    assert MARK.encode() not in said or answer.mimetype != "text/html", (method, url)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert urlsplit(answer.headers.get("Location", "")).netloc in ("", "localhost")
    return answer


@attack_with
@given(attack=ATTACKS)
def everywhere(attack, app, known, **passes_for):
    there = something_of_everything() | known if passes_for else known
    for rule in pages(app):
        for method in ("GET", "POST", attack.odd_method):
            send(app, rule, method, attack, there, **passes_for)
    db.session.rollback()


def done():
    """What forms have done, so that a run that reached nothing is seen."""
    print(f"{came.total()} requests")
    return {name for name, method, status in came if (method, status) == ("POST", 303)}


def test_strangers_break_nothing_and_change_nothing(app, evening):
    known = something_of_everything()
    before = all_rows()

    everywhere(app=app, known=known)
    done()

    assert all_rows() == before


def test_residents_break_nothing_whatever_they_send(app, evening, client, sign_up):
    receipt = sign_up(evening).location
    known = {"receipt": urlsplit(receipt).path.rpartition("/")[2]}
    token = form_fields(client.get("/termine/abend/anmelden").text)["csrf_token"]

    everywhere(app=app, known=known, cookie=cookie_of(client), token=token)

    assert done() >= {
        "/anmeldung/<token>/zusagen",
        "/anmeldung/<token>/abmelden",
        "/anmeldung/<token>/doch-kommen",
        "/anmeldung/<token>/kalender",
        "/anmeldung/<token>/name",
        "/anmeldung/<token>/bedarf",
        "/anmeldung/<token>/loeschen",
        "/termine/<slug>/danke/<receipt>/noch-einmal",
    }
    assert client.get("/termine/abend").status_code == 200


def test_staff_break_nothing_whatever_they_send(app, evening, signed_in):
    browser = signed_in("admin")
    token = form_fields(browser.get("/verwaltung/").text)["csrf_token"]

    everywhere(app=app, known={}, cookie=cookie_of(browser), token=token)

    assert done() >= {
        f"/verwaltung/termine/<slug>/{page}"
        for page in (
            "absagen",
            "ansetzen",
            "plaetze",
            "einlass",
            "personen/<ulid>/loeschen",
            "bedarf/<ulid>",
        )
    }
    assert browser.get("/verwaltung/").status_code == 200  # was in all the while
