"""Sessions for feed readers, the same in both kinds."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from tests.factories import EventSessionFactory, HouseFactory, SeriesFactory, TopicFactory
from tests.hostile import MARKUP, ODD

HERE = "http://localhost:5000"
ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TOLD = """\
Mittwoch, 14. Oktober 2026, 19 bis 21:30 Uhr
Stadtbibliothek, Raum 1, Am Markt 1, 12345 Musterstadt

Wie wollen wir wohnen?"""


def entries_of(answer):
    """What a reader finds in the Atom feed, in the words of JSON Feed."""
    return [
        {
            "id": entry.findtext(f"{ATOM}id"),
            "url": entry.find(f"{ATOM}link").get("href"),
            "title": entry.findtext(f"{ATOM}title"),
            "content_text": entry.findtext(f"{ATOM}content"),
            "language": entry.get(LANG),
            "tags": [one.get("term") for one in entry.iter(f"{ATOM}category")],
            "date_published": entry.findtext(f"{ATOM}published"),
            "date_modified": entry.findtext(f"{ATOM}updated"),
        }
        for entry in ET.fromstring(answer.data).iter(f"{ATOM}entry")
    ]


def titles(client):
    return [one["title"] for one in client.get("/termine.json").json["items"]]


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(
        slug="wohnen",
        ulid="01ARZ3NDEKTSV4RRFFQ69G5FAV",
        room="Raum 1",
        starts_at=datetime(2026, 10, 14, 17, tzinfo=UTC),
        ends_at=datetime(2026, 10, 14, 19, 30, tzinfo=UTC),
        topics=[TopicFactory(title="Wohnen")],
        created_at=datetime(2026, 9, 1, 8, tzinfo=UTC),
        changed_at=datetime(2026, 9, 2, 8, tzinfo=UTC),
    )


def test_json_feed_is_complete(client, event_session):
    HouseFactory()

    answer = client.get("/termine.json")

    assert answer.mimetype == "application/feed+json"
    assert answer.json == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Chancendialog Transformation",
        "description": "Öffentliche Abende im Haus der Region Hannover",
        "home_page_url": f"{HERE}/",
        "feed_url": f"{HERE}/termine.json",
        "language": "de",
        "authors": [{"name": "Büro für Beispiele"}],
        "items": [
            {
                "id": "urn:uuid:01563e3a-b5d3-d676-4c61-efb99302bd5b",
                "url": f"{HERE}/termine/wohnen",
                "title": "Wohnen der Zukunft",
                "content_text": TOLD,
                "language": "de",
                "tags": ["Wohnen"],
                "date_published": "2026-09-01T10:00:00+02:00",
                "date_modified": "2026-09-02T10:00:00+02:00",
            }
        ],
    }


def test_atom_feed_tells_the_same(client, event_session):
    EventSessionFactory(language="en", title="Housing", topics=[])

    answer = client.get("/termine.atom")
    feed = ET.fromstring(answer.data)

    assert answer.mimetype == "application/atom+xml"
    assert entries_of(answer) == client.get("/termine.json").json["items"]
    assert {
        name: feed.findtext(f"{ATOM}{name}") for name in ("id", "title", "subtitle", "updated")
    } == {
        "id": f"{HERE}/termine.atom",
        "title": "Chancendialog Transformation",
        "subtitle": "Öffentliche Abende im Haus der Region Hannover",
        "updated": "2026-09-07T12:00:00+02:00",
    }
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Chancendialog Transformation"
    assert [(one.get("rel"), one.get("href")) for one in feed.findall(f"{ATOM}link")] == [
        ("self", f"{HERE}/termine.atom"),
        ("alternate", f"{HERE}/"),
    ]


def test_what_changed_last_comes_first(client, clock):
    now = app_clock.now()
    EventSessionFactory(title="alt", changed_at=now - timedelta(days=2))
    EventSessionFactory(title="neu", changed_at=now)
    EventSessionFactory(title="mittel", changed_at=now - timedelta(days=1))

    assert titles(client) == ["neu", "mittel", "alt"]


def test_feeds_show_what_calendars_show(client, clock):
    EventSessionFactory(title="gestern", starts_at=app_clock.now() - timedelta(days=1))
    EventSessionFactory(title="lange her", starts_at=app_clock.now() - timedelta(days=91))
    EventSessionFactory(title="Entwurf", status=SessionStatus.DRAFT)

    assert titles(client) == ["gestern"]


def test_called_off_session_keeps_its_name_and_says_so_in_its_title(client, event_session):
    (before,) = client.get("/termine.json").json["items"]
    event_session.status = SessionStatus.CALLED_OFF
    db.session.commit()

    (after,) = client.get("/termine.json").json["items"]

    assert (after["id"], after["title"]) == (before["id"], "Abgesagt: Wohnen der Zukunft")


def test_feeds_are_there_before_a_programme_is(client):
    assert client.get("/termine.json").json["items"] == []
    assert entries_of(client.get("/termine.atom")) == []


@pytest.mark.parametrize("url", ["/termine.json", "/termine.atom"])
def test_any_reader_may_ask_and_hears_when_nothing_is_new(client, event_session, url):
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["Cache-Control"], first.headers.get("Vary")) == (
        "public, max-age=60",
        None,
    )
    assert again.status_code == 304


@pytest.mark.parametrize("url", ["/termine.json", "/termine.atom"])
def test_feeds_ask_the_database_as_often_for_five_sessions_as_for_one(client, count_queries, url):
    series = SeriesFactory()
    EventSessionFactory(series=series, topics=[TopicFactory()])
    for_one = count_queries(client, url)
    EventSessionFactory.create_batch(4, series=series, topics=[TopicFactory()])

    assert count_queries(client, url) == for_one


def test_programme_leads_to_both(client):
    page = client.get("/").text

    for kind, url in [("feed+json", "/termine.json"), ("atom+xml", "/termine.atom")]:
        assert f'<link rel="alternate" type="application/{kind}" href="{url}"' in page


@pytest.mark.parametrize("text", [*MARKUP, *(text for text in ODD if "\0" not in text)])
def test_whatever_a_title_says_breaks_no_feed(client, text):
    EventSessionFactory(title=text, topics=[TopicFactory(title=text)])

    (item,) = client.get("/termine.json").json["items"]

    assert entries_of(client.get("/termine.atom")) == [item]
