"""What the series is about, and the programme of one topic."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from tests.factories import EventSessionFactory, TopicFactory
from tests.web.steps import text_of

SIX = ["Klimaneutralität", "Mobilität", "Bildung", "Wirtschaft und Arbeit", "Wohnen", "Gesundheit"]


@pytest.fixture
def topics(app):
    return [TopicFactory(slug=title[:5].lower(), title=title) for title in SIX]


def titles(page):
    return re.findall(r"<h3><a[^>]*><span[^>]*>([^<]+)", page.text)


def test_the_programme_of_a_topic_shows_only_its_sessions(client, topics):
    EventSessionFactory(title="Mieten", topics=[topics[4]])
    EventSessionFactory(title="Radfahren", topics=[topics[1], topics[0]])

    page = client.get("/?thema=wohne")

    assert titles(page) == ["Mieten"]
    assert "Die nächsten Termine: Wohnen" in text_of(page)
    assert titles(client.get("/")) == ["Mieten", "Radfahren"]


def test_topics_can_be_chosen_that_have_something_to_come(client, topics):
    EventSessionFactory(title="Mieten", topics=[topics[4]])
    EventSessionFactory(
        title="Lernen", topics=[topics[2]], starts_at=app_clock.now() - timedelta(9)
    )

    page = client.get("/?thema=wohne")
    [choice] = re.findall(r'<ul class="row topics">.*?</ul>', page.text, re.DOTALL)

    assert re.findall(r'href="([^"]+)"', choice) == ["/#kommend"]
    assert re.findall(r'aria-current="true">([^<]+)', choice) == ["Wohnen"]


def test_a_topic_without_sessions_says_what_is_possible_instead(client, topics):
    EventSessionFactory(title="Mieten", topics=[topics[4]])

    page = client.get("/?thema=bildu")

    assert page.status_code == 200
    assert "Zu diesem Thema ist zurzeit kein Termin angekündigt." in text_of(page)
    assert 'href="/kalender/bildu.ics"' in page.text


def test_an_unknown_topic_is_no_page(client, topics):
    assert client.get("/?thema=nichts").status_code == 404


def test_the_other_language_keeps_the_topic(client, topics):
    EventSessionFactory(title="Mieten", topics=[topics[4]])

    assert 'href="/en/?thema=wohne"' in client.get("/?thema=wohne").text


def test_the_hexagon_is_drawn_and_listed(client, topics):
    TopicFactory(slug="fundament", title="Teilhabe", is_foundation=True)

    page = client.get("/transformation")
    drawn = [
        " ".join(re.findall(r"<tspan[^>]*>([^<]+)", words))
        for words in re.findall(r"<text>(.*?)</text>", page.text, re.DOTALL)
    ]

    assert drawn == ["Transformation", *SIX, "Teilhabe"]
    for topic in topics:
        assert f'<a href="/?thema={topic.slug}">{topic.title}</a>' in page.text


def test_without_six_topics_there_is_only_the_list(client, topics):
    db.session.delete(topics[0])

    page = client.get("/transformation")

    assert "<svg" not in page.text
    assert '<a href="/?thema=wohne">Wohnen</a>' in page.text


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "heute"), (1, "morgen"), (13, "in 13 Tagen"), (21, "in 3 Wochen"), (90, "in 3 Monaten")],
)
def test_how_far_away_a_session_is_stands_beside_its_date(client, clock, days, said):
    EventSessionFactory(slug="abend", starts_at=app_clock.now() + timedelta(days=days, hours=2))

    assert said in text_of(client.get("/"))
    assert said in text_of(client.get("/termine/abend"))


def test_what_is_past_is_not_counted_away(client, clock):
    EventSessionFactory(slug="abend", starts_at=app_clock.now() - timedelta(days=3))

    assert "vor 3 Tagen" not in text_of(client.get("/termine/abend"))
