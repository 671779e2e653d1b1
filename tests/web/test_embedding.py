"""The list of sessions that other sites show in a frame."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.programme.models import SessionStatus
from tests.factories import EventSessionFactory, RegistrationFactory, TopicFactory
from tests.hostile import MARKUP, TEXTS

PAGE = "/einbetten/termine"


def titles(page):
    return re.findall(r'target="_top"><span[^>]*>([^<]*)</span>', page.text)


def test_list_tells_what_when_where_and_whether_there_is_a_seat(client, clock):
    EventSessionFactory(slug="wohnen", capacity=3)

    page = client.get(PAGE)

    assert titles(page) == ["Wohnen der Zukunft"]
    assert "Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr" in page.text
    assert "Stadtbibliothek" in page.text
    assert "nur noch 3 Plätze frei" in page.text


def test_only_what_is_to_come_is_listed_the_next_first(client):
    now = app_clock.now()
    EventSessionFactory(title="übermorgen", starts_at=now + timedelta(days=2))
    EventSessionFactory(title="morgen", starts_at=now + timedelta(days=1))
    EventSessionFactory(title="gestern", starts_at=now - timedelta(days=1))
    EventSessionFactory(title="Entwurf", status=SessionStatus.DRAFT)

    assert titles(client.get(PAGE)) == ["morgen", "übermorgen"]


def test_nothing_to_come_is_said(client):
    assert "Zurzeit ist kein neuer Termin angekündigt." in client.get(PAGE).text


def test_list_of_one_topic(client):
    EventSessionFactory(title="A", topics=[TopicFactory(slug="wohnen", title="Wohnen")])
    EventSessionFactory(title="B", topics=[TopicFactory(slug="bildung")])

    page = client.get(f"{PAGE}?thema=wohnen")

    assert titles(page) == ["A"]
    assert "Die nächsten Termine: Wohnen</h1>" in page.text


def test_five_are_shown_unless_another_number_is_asked_for(client):
    EventSessionFactory.create_batch(22)

    assert [
        len(titles(client.get(f"{PAGE}{query}")))
        for query in ("", "?anzahl=1", "?anzahl=20", "?anzahl=05")
    ] == [5, 1, 20, 5]


@pytest.mark.parametrize("number", ["0", "21", "-1", "", "viele", "1.5", "٣", "9" * 5000, "%00"])
def test_number_that_is_none_is_explained_in_the_frame(client, number):
    answer = client.get(f"{PAGE}?anzahl={number}")

    assert answer.status_code == 400
    assert "Für „anzahl“ geht jede Zahl von 1 bis 20." in answer.text
    assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("slug", ["gibt-es-nicht", "%00", "%FF", "x" * 5000])
def test_topic_that_does_not_exist_is_said_in_the_frame(client, slug):
    answer = client.get(f"{PAGE}?thema={slug}")

    assert answer.status_code == 404
    assert "Dieses Thema gibt es nicht." in answer.text


@pytest.mark.parametrize("query", ["", "?anzahl=0", "?thema=gibt-es-nicht"])
def test_every_link_leaves_the_frame(client, query):
    EventSessionFactory()

    links = re.findall(r"<a [^>]*>", client.get(f"{PAGE}{query}").text)

    assert links != []
    assert [link for link in links if 'target="_top"' not in link] == []


def test_no_other_page_may_be_framed(client):
    EventSessionFactory(slug="abend")

    assert [
        "frame-ancestors *" in client.get(url).headers["Content-Security-Policy"]
        for url in (PAGE, "/", "/termine/abend", "/einbetten/", "/einbetten/termine/")
    ] == [True, False, False, False, False]


def test_nobody_is_known_by_it(client, signed_in):
    """Neither a cookie is set, nor does one that is there make a difference."""
    EventSessionFactory()

    answers = [client.get(PAGE), signed_in("office").get(PAGE)]

    assert [one.headers.getlist("Set-Cookie") for one in answers] == [[], []]
    assert [one.headers.get("Vary") for one in answers] == [None, None]
    assert answers[0].data == answers[1].data


def test_caches_keep_it_for_a_minute(client):
    event_session = EventSessionFactory()
    first = client.get(PAGE)
    known = {"If-None-Match": first.headers["ETag"]}

    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert client.get(PAGE, headers=known).status_code == 304
    RegistrationFactory(event_session=event_session, party_size=4)
    assert client.get(PAGE, headers=known).status_code == 200


def test_list_asks_the_database_as_often_for_five_sessions_as_for_one(client, count_queries):
    EventSessionFactory(topics=[TopicFactory()])
    for_one = count_queries(client, PAGE)
    EventSessionFactory.create_batch(4, topics=[TopicFactory()])

    assert count_queries(client, PAGE) == for_one


@pytest.mark.parametrize("text", MARKUP)
def test_whatever_a_title_says_stays_a_title(client, text):
    EventSessionFactory(title=text, topics=[TopicFactory(slug="thema", title=text)])

    page = client.get(f"{PAGE}?thema=thema").text

    assert not re.search(r"<(script|img|svg|iframe)|\son\w+=", re.sub(r"&#?\w+;[^<]*", "", page))


def test_no_question_breaks_it(client):
    answers = [client.get(PAGE, query_string={"thema": x, "anzahl": x}) for x in TEXTS]

    assert {answer.status_code for answer in answers} == {400}
