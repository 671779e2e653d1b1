"""The programme: what is coming, what was, and whether there is a seat."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.factories import (
    EventSessionFactory,
    RegistrationFactory,
    SeriesFactory,
    TopicFactory,
)


def parts(page):
    """Titles under „Die nächsten Termine“ and under „Vergangene Termine“."""
    coming, _heading, past = page.text.partition('id="vergangen"')
    return titles(coming), titles(past)


def titles(html):
    return re.findall(r'<a href="/termine/[^"/]*">\s*<span>([^<]*)</span>', html)


def badges(page):
    return re.findall(r'kern-label--small">([^<]*)<', page.text)


def test_upcoming_sessions_stand_apart_from_past_ones_the_next_and_the_latest_first(client):
    now = app_clock.now()
    EventSessionFactory(title="übermorgen", starts_at=now + timedelta(days=2))
    EventSessionFactory(title="morgen", starts_at=now + timedelta(days=1))
    EventSessionFactory(title="vorgestern", starts_at=now - timedelta(days=2))
    EventSessionFactory(title="gestern", starts_at=now - timedelta(days=1))

    assert parts(client.get("/")) == (["morgen", "übermorgen"], ["gestern", "vorgestern"])


def test_session_that_goes_on_is_not_past_yet(client):
    EventSessionFactory(title="jetzt", starts_at=app_clock.now() - timedelta(hours=1))

    page = client.get("/")

    assert parts(page) == (["jetzt"], [])
    assert badges(page) == ["läuft gerade"]
    assert "/anmelden" not in page.text


def test_draft_is_invisible(client):
    draft = EventSessionFactory(status=SessionStatus.DRAFT)

    page = client.get("/")

    assert draft.slug not in page.text
    assert "Zurzeit ist kein neuer Termin angekündigt." in page.text


def test_programme_without_sessions_says_so(client):
    page = client.get("/")

    assert page.status_code == 200
    assert parts(page) == ([], [])
    assert "Zurzeit ist kein neuer Termin angekündigt." in page.text


def test_series_and_topics_are_introduced(client):
    SeriesFactory(title="Chancendialog Transformation", description="Abende zum Mitreden.")
    TopicFactory(title="Wissenschaft", is_foundation=True)
    TopicFactory(title="Mobilität")
    TopicFactory(title="Bildung")

    page = client.get("/")

    assert "Abende zum Mitreden." in page.text
    assert "Die Reihe hat 6 Themen: Mobilität, Bildung." in page.text
    assert "Sie stehen auf einem Fundament: Wissenschaft." in page.text


@pytest.mark.parametrize(
    ("facts", "word", "button"),
    [
        ({"capacity": 42}, "42 Plätze frei", "Anmelden"),
        ({"capacity": 6}, "6 Plätze frei", "Anmelden"),
        ({"capacity": 5}, "nur noch 5 Plätze frei", "Anmelden"),
        ({"capacity": 1}, "nur noch 1 Platz frei", "Anmelden"),
        ({"capacity": 0}, "Warteliste", "Auf die Warteliste"),
        ({"capacity": 0, "waiting_list": False}, "ausgebucht", None),
        ({"capacity": 0, "waiting_list_limit": 1}, "Warteliste", "Auf die Warteliste"),
        ({"capacity": 0, "waiting_list_limit": 0}, "ausgebucht", None),
        ({"status": SessionStatus.CALLED_OFF}, "abgesagt", None),
    ],
)
def test_badge_says_in_words_how_full_it_is_and_the_button_follows(client, facts, word, button):
    EventSessionFactory(**facts)

    page = client.get("/")

    assert badges(page) == [word]
    assert re.findall(r'kern-btn--primary".*?kern-label">\s*([^<]*)<', page.text, re.DOTALL) == [
        word for word in [button] if word
    ]


def test_seats_are_counted_in_people(client):
    event_session = EventSessionFactory(capacity=10)
    RegistrationFactory(event_session=event_session, party_size=3)
    RegistrationFactory(event_session=event_session, party_size=4, status=Status.WITHDRAWN)

    assert badges(client.get("/")) == ["7 Plätze frei"]


def test_free_seats_are_not_offered_while_somebody_waits_for_them(client):
    event_session = EventSessionFactory(capacity=2)
    RegistrationFactory(event_session=event_session, party_size=3, status=Status.WAITING)

    assert badges(client.get("/")) == ["Warteliste"]


def test_button_names_its_session_for_screen_readers(client):
    EventSessionFactory(title="Wohnen der Zukunft")

    page = client.get("/")

    assert re.search(r"Anmelden<span class=\"kern-sr-only\">: <span>Wohnen", page.text)


def test_title_in_another_language_says_so(client):
    EventSessionFactory(title="The future of housing", language="en")

    assert '<span lang="en">The future of housing</span>' in client.get("/").text


def test_programme_asks_the_database_as_often_for_five_sessions_as_for_one(client, count_queries):
    EventSessionFactory(topics=[TopicFactory()])
    for_one = count_queries(client, "/")
    RegistrationFactory.create_batch(4)

    assert count_queries(client, "/") == for_one
