"""One session's page, in each of its states."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.factories import (
    EventSessionFactory,
    HouseFactory,
    RegistrationFactory,
    TopicFactory,
    VenueFactory,
)
from tests.web.steps import text_of

ADVICE = "Wenn Sie die Adresse eingetippt haben, prüfen Sie die Schreibweise."


def test_page_says_what_when_where_and_what_it_costs(client, clock):
    EventSessionFactory(
        slug="wohnen",
        title="Wohnen der Zukunft",
        description="Wie wollen wir wohnen?",
        starts_at=datetime(2026, 10, 14, 17, tzinfo=UTC),
        ends_at=datetime(2026, 10, 14, 19, 30, tzinfo=UTC),
        venue=VenueFactory(name="Stadtbibliothek", directions="Eingang im Hof"),
        topics=[TopicFactory(title="Wohnen"), TopicFactory(title="Teilhabe")],
    )
    HouseFactory(phone="0123 456-789")

    page = client.get("/termine/wohnen")

    assert page.status_code == 200
    assert "Wie wollen wir wohnen?" in page.text
    assert '<time datetime="2026-10-14T17:00:00+00:00">' in page.text
    assert "Mittwoch, 14. Oktober 2026, 19 bis 21:30 Uhr" in page.text
    assert "Stadtbibliothek, Am Markt 1, 12345 Musterstadt" in page.text
    assert "Eingang im Hof" in page.text
    assert "Wohnen, Teilhabe" in page.text
    assert "Die Teilnahme ist kostenlos." in page.text
    assert 'Melden Sie sich telefonisch an: <a href="tel:0123456789">0123 456-789</a>' in page.text


@pytest.mark.parametrize(
    ("facts", "sentence", "may_sign_up"),
    [
        ({"capacity": 42}, "42 Plätze frei", True),
        ({"capacity": 1}, "nur noch 1 Platz frei", True),
        ({"capacity": 0}, "Wird einer frei, fragen wir, wer am längsten wartet.", True),
        (
            {"capacity": 0, "offers": False},
            "Wird einer frei, bekommt ihn, wer am längsten wartet.",
            True,
        ),
        (
            {"capacity": 0, "waiting_list": False},
            "Alle Plätze sind vergeben, und es gibt keine Warteliste.",
            False,
        ),
        ({"status": SessionStatus.CALLED_OFF}, "Diese Veranstaltung ist abgesagt", False),
    ],
)
def test_page_leads_to_the_form_only_where_there_is_something_to_get(
    client, facts, sentence, may_sign_up
):
    EventSessionFactory(slug="abend", **facts)

    page = client.get("/termine/abend")

    assert page.status_code == 200
    assert sentence in page.text
    assert ('href="/termine/abend/anmelden"' in page.text) is may_sign_up


@pytest.mark.parametrize(
    ("since", "word", "sentence"),
    [
        (timedelta(hours=1), "läuft gerade", "Die Anmeldung ist geschlossen"),
        (timedelta(hours=3), "vorbei", "Diese Veranstaltung ist vorbei."),
    ],
)
def test_session_that_has_begun_is_closed(client, since, word, sentence):
    EventSessionFactory(slug="abend", starts_at=app_clock.now() - since)

    page = client.get("/termine/abend")

    assert word in page.text
    assert sentence in page.text
    assert 'href="/termine/abend/anmelden"' not in page.text


@pytest.mark.parametrize("page", ["", "/anmelden", ".ics"])
def test_unknown_session_is_a_page_that_says_what_to_check(client, page):
    answer = client.get(f"/termine/gibt-es-nicht{page}")

    assert answer.status_code == 404
    assert ADVICE in answer.text


@pytest.mark.parametrize("page", ["", "/anmelden", ".ics"])
def test_draft_does_not_exist(client, page):
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT)

    answer = client.get(f"/termine/entwurf{page}")

    assert answer.status_code == 404
    assert ADVICE in answer.text


@pytest.mark.parametrize("slug", ["%00", "%FF", "%F0%9F%8E%89", "a" * 3000])
def test_nonsense_for_a_name_is_no_page_either(client, slug):
    assert client.get(f"/termine/{slug}").status_code == 404


@pytest.mark.parametrize("page", ["", "/anmelden"])
@pytest.mark.parametrize(
    ("waiting_list", "sentence"),
    [
        (True, "Andere warten schon auf einen Platz"),
        (False, "Andere warten schon, und die Warteliste ist geschlossen."),
    ],
)
def test_seat_that_is_too_small_for_who_waits_is_not_called_taken(
    client, page, waiting_list, sentence
):
    event_session = EventSessionFactory(slug="abend", capacity=1, waiting_list=waiting_list)
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=2)

    text = client.get(f"/termine/abend{page}").text

    assert sentence in text
    assert "Alle Plätze sind vergeben" not in text


def test_texts_are_in_the_language_of_the_page_and_marked_where_they_are_not(client):
    EventSessionFactory(
        slug="learning",
        language="en",
        title="Learning",
        description="Learning never ends.",
        translations={"de": {"title": "Lernen"}},
    )

    page = client.get("/termine/learning")

    assert "<h1><span>Lernen</span></h1>" in page.text
    assert '<div class="lead flow" lang="en"><p>Learning never ends.</p></div>' in page.text
    assert "<title>Lernen" in page.text


def test_page_says_how_to_get_in_and_what_is_different_these_days(client):
    event_session = EventSessionFactory(
        room="Raum N 003",
        speakers="Team Transformation",
        interpreters="Deutsche Gebärdensprache",
        notes="Beginn am Nordtor.",
        photos=True,
        venue=VenueFactory(
            name="Rathaus",
            entrance="Klingel „Bürgersaal“",
            access="Ohne Stufen, Höranlage.",
            notes="Der Aufzug ist außer Betrieb.",
            translations={"en": {"access": "Step-free."}},
        ),
    )

    page = client.get(f"/termine/{event_session.slug}").text.partition("<main")[2]

    for words in (
        "Rathaus, Raum N 003, Am Markt 1, 12345 Musterstadt",
        "Team Transformation",
        "Deutsche Gebärdensprache",
        "Klingel „Bürgersaal“",
        "Ohne Stufen, Höranlage.",
        "veröffentlichen wir nur, wenn Sie zustimmen",
    ):
        assert words in page
    assert page.index("Der Aufzug ist außer Betrieb.") < page.index("Beginn am Nordtor.")
    assert page.index("Beginn am Nordtor.") < page.index("Wie wollen wir wohnen?")
    assert "Step-free" not in page


@pytest.mark.parametrize(
    ("facts", "sentences"),
    [
        (
            {"step_free": True, "hearing_loop": True},
            ["Der Weg in die Räume hat keine Stufen.", "Es gibt eine Höranlage."],
        ),
        (
            {"step_free": False, "hearing_loop": False},
            ["Auf dem Weg in die Räume gibt es Stufen.", "Eine Höranlage gibt es nicht."],
        ),
        ({"hearing_loop": True}, ["Es gibt eine Höranlage."]),
    ],
)
def test_page_says_who_can_get_in_and_hear_as_far_as_somebody_has_looked(client, facts, sentences):
    event_session = EventSessionFactory(venue=VenueFactory(**facts))

    page = client.get(f"/termine/{event_session.slug}").text
    on_site = page.partition("Barrierefreiheit vor Ort")[2].partition("</section>")[0]

    assert re.findall("<li>(.*?)</li>", on_site) == sentences


def test_page_names_the_nearest_stop_in_the_readers_language(client):
    venue = VenueFactory(stop="Markt (Bus)", translations={"en": {"stop": "Market (bus)"}})
    event_session = EventSessionFactory(venue=venue)

    pages = [client.get(f"{prefix}/termine/{event_session.slug}") for prefix in ("", "/en")]

    assert "Nächste Haltestelle Markt (Bus)" in text_of(pages[0])
    assert "Nearest stop Market (bus)" in text_of(pages[1])


def test_page_names_nothing_that_nobody_said(client):
    page = client.get(f"/termine/{EventSessionFactory().slug}").text

    unsaid = [
        "Eingang",
        "Haltestelle",
        "Stufen",
        "Höranlage",
        "Dolmetschen",
        "<dt>Mit</dt>",
        "vor Ort",
        "Fotos",
        "Bitte beachten Sie",
    ]
    assert [words for words in unsaid if words in page] == []


@pytest.mark.parametrize(
    "facts",
    [
        {"starts_at": timedelta(days=-2)},
        {"status": SessionStatus.CALLED_OFF},
    ],
)
def test_what_is_different_matters_only_to_whoever_can_come(client, facts):
    if "starts_at" in facts:
        facts = {"starts_at": app_clock.now() + facts["starts_at"]}
    event_session = EventSessionFactory(notes="Beginn am Nordtor.", photos=True, **facts)

    page = client.get(f"/termine/{event_session.slug}").text

    assert [words for words in ("Nordtor", "Fotos") if words in page] == []
