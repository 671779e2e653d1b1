"""Only requests for our own host are answered, whatever proxies and strangers say."""

import pytest
from flask import request
from werkzeug.test import EnvironBuilder

from tests.browser_client import browser_of
from tests.factories import EventSessionFactory, SeriesFactory

OUTSIDE = "https://termine.example.org"
FOREIGN = [
    "evil.example",
    "termine.example.org.evil.example",
    "termine.example.org:1234",
    "termine.example.org@evil.example",
    "eviltermine.example.org",
    "localhost",
    "127.0.0.1",
    "",
]
FEED = "/kalender.ics"


@pytest.fixture
def programme(app):
    EventSessionFactory(slug="abend", series=SeriesFactory())


@pytest.fixture
def ask(build):
    """Ask an installation that stands behind so many proxies."""
    installations = {}

    def answer(path="/", hops=0, url=OUTSIDE, **headers):
        if (hops, url) not in installations:
            installations[hops, url] = browser_of(build(PUBLIC_URL=url, TRUSTED_PROXIES=hops))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = EnvironBuilder(path, headers={"Host": "termine.example.org"} | named)
        return installations[hops, url].open(environ)

    return answer


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/termine/abend", "/static/site.css", "/verwaltung/", FEED])
def test_what_is_meant_for_others_is_refused_and_told_where_we_are(ask, programme, path, host):
    if path == FEED:
        ask(path)  # from here on it is kept

    answer = ask(path, Host=host)

    assert answer.status_code == 421
    assert "Öffnen Sie stattdessen https://termine.example.org" in answer.text
    assert '<a href="https://termine.example.org/">Zum Programm</a>' in answer.text
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
    assert "evil" not in answer.text + str(answer.headers)
    assert answer.headers["Cache-Control"] in ("private, no-cache", "no-store")


@pytest.mark.parametrize("host", ["termine.example.org", "TERMINE.example.org:443"])
@pytest.mark.parametrize("path", ["/", FEED])
def test_our_own_name_is_answered_with_and_without_its_port(ask, programme, path, host):
    assert [ask(path, Host=host).status_code for _ in range(2)] == [200, 200]


def test_a_port_of_our_own_may_be_left_out_by_a_proxy(ask):
    url = "https://termine.example.org:8443"

    hosts = ["termine.example.org:8443", "termine.example.org", "termine.example.org:443"]

    assert [ask(url=url, Host=host).status_code for host in hosts] == [200, 200, 421]


def test_a_name_with_umlauts_is_asked_for_as_dns_spells_it(ask):
    assert ask(url="https://märz.example", Host="xn--mrz-qla.example").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_monitors_may_ask_by_number(ask, programme, path):
    assert ask(path, Host="10.0.0.7:8000").status_code == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:5101", "127.0.0.1:8000", "[::1]:5000"])
def test_a_trial_is_reached_under_every_name_of_this_machine(client, programme, host):
    paths = ["/", FEED, FEED]

    assert [client.get(path, headers={"Host": host}).status_code for path in paths] == [200] * 3


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil", ""])
def test_a_trial_is_nobody_elses_either(client, programme, host):
    """A page elsewhere could let its own name lead to this machine (DNS rebinding)."""
    client.get(FEED)

    assert [client.get(path, headers={"Host": host}).status_code for path in ("/", FEED)] == [
        421,
        421,
    ]


FORGED = {
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Proto": "gopher",
    "X_Forwarded_Prefix": "/evil",
    "X_Forwarded_For": "203.0.113.9",
    "X_Forwarded_Port": "666",
    "X_Original_URL": "/verwaltung/",
    "X_Rewrite_URL": "/verwaltung/",
    "Forwarded": "host=evil.example;proto=gopher",
}


@pytest.mark.parametrize("path", ["/", "/termine/abend", "//termine//abend", FEED])
def test_without_proxies_nothing_forwarded_is_believed(ask, programme, path):
    plain, forged = ask(path), ask(path, **FORGED)

    assert (forged.status_code, forged.data) == (plain.status_code, plain.data)
    assert forged.headers.get("Location") == plain.headers.get("Location")


def client_address(build, hops, header):
    """Whom a rate limit would count."""
    app = build(PUBLIC_URL=OUTSIDE, TRUSTED_PROXIES=hops)
    seen = []

    @app.after_request
    def note(response):
        seen.append((request.remote_addr, request.host, request.scheme, request.script_root))
        return response

    browser_of(app).get(
        "/",
        headers={"Host": "termine.example.org"} | header,
        environ_base={"REMOTE_ADDR": "10.0.0.1"},
    )
    return seen[0]


@pytest.mark.parametrize(
    ("hops", "address"), [(0, "10.0.0.1"), (1, "198.51.100.1"), (2, "203.0.113.9")]
)
def test_only_as_many_hops_as_are_trusted_count(build, hops, address):
    """Each proxy adds at the end whom it heard; what is in front of that, anybody can write."""
    forwarded = {
        "X-Forwarded-For": "192.0.2.66, 203.0.113.9, 198.51.100.1",
        "X-Forwarded-Host": "evil.example, termine.example.org, termine.example.org",
        "X-Forwarded-Proto": "gopher, http, http",  # the test client says https itself
        "X-Forwarded-Prefix": "/evil, /evil, /evil",
    }

    seen = client_address(build, hops, forwarded)

    assert seen == (address, "termine.example.org", "http" if hops else "https", "")


def test_a_host_that_a_proxy_passes_on_unchecked_is_refused_all_the_same(ask, programme):
    ask(FEED, hops=1)

    answers = [ask(path, hops=1, X_Forwarded_Host="evil.example") for path in ("/", FEED)]

    assert [answer.status_code for answer in answers] == [421, 421]


def test_a_proxy_may_keep_the_name_to_the_forwarded_header(ask, programme):
    asked = {"Host": "10.0.0.5:8000", "X_Forwarded_Host": "termine.example.org"}

    assert [ask(path, hops=1, **asked).status_code for path in ("/", FEED, FEED)] == [200] * 3
