"""What search engines find, and what they leave alone."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from chancendialog.programme.models import SessionStatus
from tests.browser_client import browser_of
from tests.factories import EventSessionFactory, SeriesFactory, TopicFactory

HERE = "http://localhost:5000"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
STANDING = ["/transformation", "/kalender", "/barrierefreiheit", "/datenschutz", "/impressum"]


def pages_of(answer):
    """Every page that the sitemap names, with when it changed."""
    return [
        (url.findtext(f"{SITEMAP}loc"), url.findtext(f"{SITEMAP}lastmod"))
        for url in ET.fromstring(answer.data)
    ]


def test_sitemap_names_every_public_page_and_when_it_changed(client):
    series = SeriesFactory(changed_at=datetime(2026, 9, 2, 8, tzinfo=UTC))
    EventSessionFactory(
        slug="abend", series=series, changed_at=datetime(2026, 9, 1, 8, 30, 15, 99, tzinfo=UTC)
    )
    EventSessionFactory(slug="entwurf", series=series, status=SessionStatus.DRAFT)

    assert pages_of(client.get("/sitemap.xml")) == [
        (f"{HERE}{prefix}{path}", changed)
        for path, changed in [
            ("/", "2026-09-02T08:00:00+00:00"),
            ("/termine/abend", "2026-09-01T08:30:15+00:00"),
            *((path, None) for path in STANDING),
        ]
        for prefix in ("", "/en", "/einfach")
    ]


def test_sitemap_of_an_empty_programme_is_valid(client):
    assert pages_of(client.get("/sitemap.xml"))[0] == (f"{HERE}/", None)


def test_every_page_of_the_sitemap_is_there(client):
    EventSessionFactory(topics=[TopicFactory()])

    pages = [url.removeprefix(HERE) for url, _changed in pages_of(client.get("/sitemap.xml"))]

    assert [client.get(page).status_code for page in pages] == [200] * 21


def test_sitemap_asks_the_database_as_often_for_five_sessions_as_for_one(client, count_queries):
    EventSessionFactory()
    for_one = count_queries(client, "/sitemap.xml")
    EventSessionFactory.create_batch(4)

    assert count_queries(client, "/sitemap.xml") == for_one


def test_robots_are_kept_from_what_is_private_and_led_to_the_sitemap(client):
    answer = client.get("/robots.txt")

    assert answer.mimetype == "text/plain"
    assert answer.text.splitlines() == [
        "User-agent: *",
        "Disallow: /verwaltung",
        "Disallow: /anmeldung",
        "Disallow: /postfach",
        "Disallow: /kalender/mein/",
        "Disallow: /t/",
        "Disallow: /en/verwaltung",
        "Disallow: /en/anmeldung",
        "Disallow: /en/postfach",
        "Disallow: /en/kalender/mein/",
        "Disallow: /en/t/",
        "Disallow: /einfach/verwaltung",
        "Disallow: /einfach/anmeldung",
        "Disallow: /einfach/postfach",
        "Disallow: /einfach/kalender/mein/",
        "Disallow: /einfach/t/",
        f"Sitemap: {HERE}/sitemap.xml",
    ]


def test_addresses_are_those_of_the_installation(build):
    outside = {"base_url": "https://termine.example.org"}
    browser = browser_of(build(PUBLIC_URL="https://termine.example.org"))

    assert "Sitemap: https://termine.example.org/sitemap.xml" in (
        browser.get("/robots.txt", **outside).text
    )


def test_caches_keep_both_and_hear_when_nothing_is_new(client):
    EventSessionFactory()
    for url in ("/sitemap.xml", "/robots.txt"):
        first = client.get(url)
        again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

        assert (first.headers["Cache-Control"], first.headers.get("Vary")) == (
            "public, max-age=3600",
            None,
        )
        assert again.status_code == 304
