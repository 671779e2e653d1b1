"""Topics: what they are called, in which order, and what the series is called."""

import re

import pytest
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.journal import JournalEntry, sentence
from chancendialog.programme import queries
from chancendialog.programme.models import Topic
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, SeriesFactory, TopicFactory
from tests.web.steps import buttons, cells, press, text_of

TOPICS, NEW, HOUSING = "/verwaltung/themen", "/verwaltung/themen/neu", "/verwaltung/themen/wohnen"
SERIES = "/verwaltung/reihe"


@pytest.fixture
def series(app, clock):
    return SeriesFactory(title="Chancendialog")


@pytest.fixture
def topics(series):
    names = [("klima", "Klima", False), ("wohnen", "Wohnen", False), ("teilhabe", "Teilhabe", True)]
    return [
        TopicFactory(slug=slug, title=title, is_foundation=below, position=number)
        for number, (slug, title, below) in enumerate(names)
    ]


@pytest.fixture
def office(topics, signed_in):
    return signed_in("office")


def order():
    return [one.slug for one in queries.topics()]


def shift(browser, slug, to, start):
    token = form_fields(browser.get(TOPICS).text)["csrf_token"]
    data = {"csrf_token": token, "to": to, "from": start}
    return browser.post(f"{TOPICS}/{slug}/verschieben", data=data)


def said(browser, answer):
    """What the page says after a deed."""
    page = browser.read(answer.location)
    return re.findall(r'<p class="kern-title">([^<]*)</p>', page.text)


def noted():
    about = JournalEntry.thread.startswith("topic:") | JournalEntry.thread.startswith("series:")
    return [
        sentence(one)
        for one in db.session.scalars(select(JournalEntry).where(about).order_by(JournalEntry.id))
    ]


def test_topics_are_listed_in_their_order_with_what_is_missing_and_how_often_they_are_used(
    office, topics, series
):
    topics[1].translations = {"en": {"title": "Housing"}, "de-simple": {"title": "Wohnen"}}
    EventSessionFactory.create_batch(2, topics=[topics[1]], series=series)

    page = office.get(TOPICS)

    assert cells(page, "themen") == [
        ["Klima", "nach unten : Klima", "fehlt: Englisch, Einfache Sprache", "0", "Löschen : Klima"],
        ["Wohnen", "nach oben : Wohnen", "vollständig", "2", "noch gebraucht"],
    ]  # fmt: skip
    assert [row[0] for row in cells(page, "fundament")] == ["Teilhabe"]


def test_topic_is_renamed_in_feeds_at_once_and_its_address_stays(office, client, topics, series):
    EventSessionFactory(topics=[topics[1]], series=series)
    kept = client.get("/kalender/wohnen.ics").headers["ETag"]

    answer = press(office, office.get(HOUSING), "Speichern", title="Leben", title_en="Living")

    assert said(office, answer) == ["Das Thema ist geändert."]
    renamed = client.get("/kalender/wohnen.ics")
    assert (renamed.headers["ETag"] != kept, "Leben" in renamed.text) == (True, True)
    assert queries.topic_by_slug("wohnen").translations == {"en": {"title": "Living"}}
    assert noted() == ["Thema wohnen geändert: en.title, title"]


def test_form_sent_unchanged_changes_nothing(office, series):
    answer = press(office, office.get(HOUSING), "Speichern")

    assert said(office, answer) == ["Es war nichts zu ändern."]
    assert noted() == []


def test_new_topic_is_the_last_of_its_kind(office):
    answer = press(office, office.get(NEW), "Speichern", title="Öffentlicher Raum")

    assert said(office, answer) == ["Das Thema ist angelegt."]
    assert order() == ["klima", "wohnen", "oeffentlicher-raum", "teilhabe"]
    assert noted() == ["Thema angelegt: oeffentlicher-raum"]


def test_double_click_adds_one_topic(office):
    page = office.get(NEW)

    answers = [press(office, page, "Speichern", title="Kultur").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert order().count("kultur") == 1


def test_topic_that_is_there_is_not_added_again(office):
    page = press(office, office.get(NEW), "Speichern", title="Wohnen", title_en="Housing")

    assert page.status_code == 422
    assert "Dieses Thema gibt es schon. Ändern Sie es in der Liste" in text_of(page)


def test_topic_moves_within_its_kind_and_calendars_are_made_anew(office, client, topics, series):
    EventSessionFactory(topics=topics[:2], series=series)
    kept = client.get("/kalender.ics").headers["ETag"]

    answer = shift(office, "wohnen", "up", "1")

    assert said(office, answer) == ["Die Reihenfolge ist geändert."]
    assert order() == ["wohnen", "klima", "teilhabe"]
    assert client.get("/kalender.ics").headers["ETag"] != kept


@pytest.mark.parametrize(
    ("slug", "to", "start"),
    [
        ("klima", "up", "0"),
        ("wohnen", "down", "1"),  # below begin the foundations
        ("teilhabe", "up", "2"),
        ("klima", "down", "1"),  # where it is no more
        ("klima", "down", "x"),
    ],
)
def test_topic_that_cannot_move_or_has_moved_already_stays(office, slug, to, start):
    answer = shift(office, slug, to, start)

    assert said(office, answer) == ["Es war nichts zu ändern."]
    assert order() == ["klima", "wohnen", "teilhabe"]


def test_double_click_moves_once(office):
    page = office.get(TOPICS)

    for _click in range(2):
        press(office, page, "nach oben: Wohnen")

    assert order() == ["wohnen", "klima", "teilhabe"]


def test_foundation_that_becomes_a_topic_is_the_last_of_them(office):
    page = office.get(f"{TOPICS}/klima")

    press(office, page, "Speichern", is_foundation="yes")

    assert order() == ["wohnen", "klima", "teilhabe"]
    assert [one.position for one in queries.topics()] == [0, 1, 2]


def test_topic_of_a_session_is_not_deleted_another_is(office, topics, series):
    EventSessionFactory(topics=[topics[0]], series=series)
    in_use, unused = (office.get(f"{TOPICS}/{slug}/loeschen") for slug in ("klima", "wohnen"))
    token = form_fields(unused.text)["csrf_token"]

    refused = office.post(f"{TOPICS}/klima/loeschen", data={"csrf_token": token})
    answer = press(office, unused, "Endgültig löschen")

    assert buttons(in_use) == []
    assert refused.status_code == 409
    assert said(office, answer) == ["Das Thema ist gelöscht."]
    assert order() == ["klima", "teilhabe"]
    assert noted() == ["Thema gelöscht: wohnen"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": ""}, "Geben Sie dem Thema einen Titel"),
        ({"title_einfach": "x" * 121}, "„Titel in Einfacher Sprache“ darf höchstens 120"),
        ({"is_foundation": "?"}, "Wählen Sie eine der Möglichkeiten"),
    ],
)
def test_what_cannot_be_is_said(office, values, words):
    before = all_rows()

    page = press(office, office.get(HOUSING), "Speichern", **values)

    assert page.status_code == 422
    assert words in text_of(page)
    assert all_rows() == before


def test_colleague_who_renamed_it_meanwhile_is_not_undone(office, signed_in):
    old_page = office.get(HOUSING)
    other = signed_in("admin")
    press(other, other.get(HOUSING), "Speichern", title="Leben")

    page = press(office, old_page, "Speichern", title="Bauen")

    assert page.status_code == 422
    assert queries.topic_by_slug("wohnen").title == "Leben"


def test_series_is_said_in_each_language_and_in_feeds_at_once(office, client, series):
    kept = client.get("/kalender.ics").headers["ETag"]

    answer = press(
        office,
        office.get(SERIES),
        "Speichern",
        title="Abende",
        description="Zwei\r\n\r\nAbsätze",
        description_einfach="Wir reden zusammen.",
    )

    assert said(office, answer) == ["Die Angaben zur Reihe sind geändert."]
    assert (queries.series().title, queries.series().description) == ("Abende", "Zwei\n\nAbsätze")
    assert "Wir reden zusammen." in text_of(client.get("/einfach/"))
    assert client.get("/kalender.ics").headers["ETag"] != kept
    assert noted() == ["Angaben zur Reihe geändert: description, einfach.description, title"]


def test_series_keeps_a_title_and_its_limits(office):
    page = press(
        office, office.get(SERIES), "Speichern", title="", description_en="x" * 10_001
    )  # fmt: skip

    assert page.status_code == 422
    assert "Geben Sie der Reihe einen Titel" in text_of(page)
    assert "„Beschreibung auf Englisch“ darf höchstens 10.000 Zeichen lang sein" in text_of(page)


def test_without_a_series_there_is_no_page_of_it(signed_in, app):
    assert signed_in("office").get(SERIES).status_code == 404


def test_one_page_leads_to_all_three(office):
    page = office.get("/verwaltung/orte-und-themen")

    assert re.findall(r'href="(/verwaltung/[^"]+)"', page.text.partition("<main")[2]) == [
        "/verwaltung/orte", TOPICS, SERIES,
    ]  # fmt: skip


@pytest.mark.parametrize("url", [TOPICS, HOUSING, f"{HOUSING}/loeschen", SERIES])
def test_pages_ask_the_database_as_often_for_five_as_for_one(
    office, count_queries, topics, series, url
):
    EventSessionFactory(topics=[topics[1]], series=series)
    for_one = count_queries(office, url)
    EventSessionFactory.create_batch(4, topics=[topics[1]], series=series)
    TopicFactory.create_batch(4)

    assert count_queries(office, url) == for_one


def test_positions_stay_as_they_are_for_whoever_only_reads(office):
    before = db.session.scalars(select(Topic.position).order_by(Topic.id)).all()

    office.get(TOPICS)

    assert db.session.scalars(select(Topic.position).order_by(Topic.id)).all() == before
