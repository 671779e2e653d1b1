"""The same pages in German, in English and in „Einfache Sprache“."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import url_for
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.i18n import speaking, when, when_short
from chancendialog.mailing.message import as_bytes
from chancendialog.mailing.models import OutgoingMail
from chancendialog.programme.models import SessionStatus
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import own_page, press, registered, text_of

EVENING = datetime(2027, 2, 10, 17, tzinfo=UTC)


@pytest.fixture
def session_to_come(app):
    return EventSessionFactory(slug="abend", title="Wohnen der Zukunft", topics=[])


@pytest.mark.parametrize(
    "path",
    ["/", "/termine/abend", "/termine/abend/anmelden", "/kalender", "/impressum", "/datenschutz",
     "/barrierefreiheit", "/erledigt/geloescht"],
)  # fmt: skip
def test_every_page_is_there_in_every_language_and_leads_to_the_others(
    client, session_to_come, path
):
    places = {"de": path, "en": f"/en{path}", "de-simple": f"/einfach{path}"}
    pages = {language: client.get(place) for language, place in places.items()}

    assert [page.status_code for page in pages.values()] == [200] * 3
    assert [f'<html lang="{language}">' in page.text for language, page in pages.items()] == [
        True
    ] * 3
    assert {language: _ways(page) for language, page in pages.items()} == {
        language: {other: place for other, place in places.items() if other != language}
        for language in places
    }


@pytest.mark.parametrize(("prefix", "others"), [("/en/", "/einfach/"), ("/einfach/", "/en/")])
def test_links_stay_in_the_language_of_the_page(client, session_to_come, prefix, others):
    page = client.get(prefix)
    inside = {
        urlsplit(url).path
        for url in re.findall(r'href="([^"]+)"', page.text)
        if not urlsplit(url).path.startswith(("/static/", "/favicon.ico"))
        and urlsplit(url).scheme in ("", "http")
    }

    assert {path for path in inside if path and not path.startswith(prefix)} == {"/", others}


def test_search_engines_learn_of_the_other_languages(client, session_to_come):
    page = client.get("/en/termine/abend?von=mail")

    assert re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page.text) == [
        ("de", "http://localhost:5000/termine/abend"),
        ("en", "http://localhost:5000/en/termine/abend"),
        ("de-simple", "http://localhost:5000/einfach/termine/abend"),
        ("x-default", "http://localhost:5000/termine/abend"),
    ]


def test_an_address_that_is_a_key_is_told_to_no_search_engine(client, session_to_come, sign_up):
    sign_up(session_to_come)
    page = client.get(f"/en{own_page(registered('erika@example.org'))}")

    assert 'rel="alternate"' not in page.text
    assert [page.headers[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")] == [
        "no-store", "noindex", "no-referrer",
    ]  # fmt: skip


def test_an_error_page_speaks_the_language_of_the_address(client):
    page = client.get("/en/no-such-page")

    assert page.status_code == 404
    assert "This page does not exist" in text_of(page)
    assert _ways(page) == {"de": "/", "de-simple": "/einfach/"}


def test_no_other_word_is_a_language(client, session_to_come):
    assert [
        client.get(path).status_code
        for path in (
            "/fr/",
            "/EN/",
            "/en/en/",
            "/de/",
            "/de-simple/",
            "/einfach/en/",
            "/en/einfach/",
        )
    ] == [404] * 7


def test_a_form_goes_along_to_the_other_language_with_what_was_typed(
    client, session_to_come, clock
):
    page = client.get("/termine/abend/anmelden")
    typed = {"name": "Kim Muster", "email": "nicht fertig", "party_size": "3"}
    clock.shift(5)

    english = client.post(
        "/en/termine/abend/anmelden", data=form_fields(page.text) | typed | {"language": "en"}
    )
    sent = form_fields(english.text)

    assert english.status_code == 200
    assert '<html lang="en">' in english.text
    assert "Enter an email address" not in english.text
    assert {name: sent[name] for name in typed} == typed
    assert sent["stamp"] == form_fields(page.text)["stamp"]


def erika_signs_up(client, clock, prefix):
    page = client.get(f"{prefix}/termine/abend/anmelden")
    clock.shift(5)
    erika = {"name": "Erika Mustermann", "email": "erika@example.org"}
    return client.post(page.request.path, data=form_fields(page.text) | erika)


def test_who_signs_up_in_english_gets_everything_in_english(
    client, session_to_come, clock, letters
):
    answer = erika_signs_up(client, clock, "/en")
    letters()
    mail = db.session.scalar(select(OutgoingMail))

    assert answer.location.startswith("/en/termine/abend/danke/")
    assert "You are registered" in text_of(client.read(answer.location))
    assert mail.language == "en"
    assert mail.subject.startswith("Registered: Wohnen der Zukunft, ")
    assert "Hello Erika Mustermann," in mail.text
    assert "http://localhost:5000/en/anmeldung/" in mail.text
    assert {urlsplit(url).path.split("/")[1] for url in re.findall(r"http\S+", mail.text)} == {"en"}


def test_who_signs_up_in_simple_words_gets_everything_in_simple_words(
    client, session_to_come, clock, letters
):
    answer = erika_signs_up(client, clock, "/einfach")
    letters()
    mail = db.session.scalar(select(OutgoingMail))

    assert answer.location.startswith("/einfach/termine/abend/danke/")
    assert "In der E-Mail ist ein Eintrag für Ihren Kalender." in text_of(
        client.read(answer.location)
    )
    assert (registered("erika@example.org").language, mail.language) == ("de-simple",) * 2
    assert b"\r\nContent-Language: de-simple\r\n" in as_bytes(mail)
    assert "An dieser E-Mail hängt eine Kalender-Datei. Öffnen Sie die Datei." in mail.text
    assert '<html lang="de-simple" dir="ltr">' in mail.html
    assert {urlsplit(url).path.split("/")[1] for url in re.findall(r"http\S+", mail.text)} == {
        "einfach"
    }
    assert "http://localhost:5000/einfach/anmeldung/" in mail.text


def test_simple_language_begins_with_what_one_must_know(client, session_to_come):
    start = text_of(client.get("/einfach/"))

    assert "Wie melde ich mich an? Suchen Sie einen Abend aus." in start
    assert start.index("Wo ist das?") < start.index(session_to_come.venue.name)
    assert start.index("Wie melde ich mich an?") < start.index("Die nächsten Abende")
    assert "Wie melde ich mich an?" not in text_of(client.get("/"))


def test_simple_language_begins_with_what_one_must_know_also_without_sessions(client):
    assert "Zurzeit gibt es keinen neuen Abend." in text_of(client.get("/einfach/"))
    assert "Wie melde ich mich an?" not in text_of(client.get("/einfach/"))


def test_what_is_not_said_in_simple_words_is_said_in_german(client, session_to_come):
    session_to_come.language = "en"
    session_to_come.title = "Housing of the future"
    session_to_come.translations = {"de": {"title": "Wohnen der Zukunft"}}

    page = client.get("/einfach/termine/abend")

    assert '<h1><span lang="de">Wohnen der Zukunft</span></h1>' in page.text
    assert "Umsatzsteuer" in text_of(client.get("/einfach/impressum"))


def test_letters_keep_their_language_whoever_causes_them(
    client, session_to_come, clock, letters, signed_in
):
    """Staff and the worker speak German; who signed up in English is written to in English."""
    page = client.get("/en/termine/abend/anmelden")
    clock.shift(5)
    erika = {"name": "Erika Mustermann", "email": "erika@example.org"}
    client.post(page.request.path, data=form_fields(page.text) | erika)
    office = signed_in("office")
    press(office, office.get("/verwaltung/termine/abend/absagen"), "Termin absagen")
    letters()
    subjects = db.session.scalars(select(OutgoingMail.subject).order_by(OutgoingMail.id)).all()

    assert subjects[-1].startswith("Cancelled: Wohnen der Zukunft on ")


def test_errors_are_told_in_the_language_of_the_form(client, session_to_come, clock):
    page = client.get("/en/termine/abend/anmelden")
    clock.shift(5)
    answer = client.post(
        page.request.path, data=form_fields(page.text) | {"name": "", "email": "x"}
    )

    assert answer.status_code == 422
    assert "Enter your name" in text_of(answer)
    assert "Enter an email address in the correct format, like name@example.com" in text_of(answer)


def test_dates_are_written_as_people_write_them(app):
    end = EVENING + timedelta(hours=1, minutes=30)
    german = [when(EVENING), when(EVENING, end), when_short(EVENING)]
    with speaking("en"):
        english = [when(EVENING), when(EVENING, end), when_short(EVENING)]

    assert german == [
        "Mittwoch, 10. Februar 2027, 18 Uhr",
        "Mittwoch, 10. Februar 2027, 18 bis 19:30 Uhr",
        "Mi 10.02.2027, 18 Uhr",
    ]
    assert english == [
        "Wednesday 10 February 2027, 6pm",
        "Wednesday 10 February 2027, 6pm to 7:30pm",
        "Wed 10 Feb 2027, 6pm",
    ]


@pytest.mark.parametrize("page", ["", "termine/abend", "termine/abend/anmelden"])
def test_simple_language_explains_the_waiting_list_once_on_a_page(client, page):
    full = EventSessionFactory(slug="abend", title="Wohnen der Zukunft", topics=[], capacity=1)
    RegistrationFactory(event_session=full)

    text = text_of(client.get(f"/einfach/{page}"))

    assert text.count("wartet auf einen freien Platz") == 1


def test_own_data_in_simple_language_say_that_they_are_ordinary_german(client, session_to_come):
    address = urlsplit(own_page(RegistrationFactory(event_session=session_to_come))).path

    page = client.get(f"/einfach{address}/daten").text

    main = page.partition("<main")[2]
    assert 'lang="de"' in main.partition(">")[0]
    assert "Diese Seite gibt es noch nicht in Einfacher Sprache." in main


def test_simple_dates_cut_nothing_short(app):
    with speaking("de-simple"):
        written = [when(EVENING), when_short(EVENING)]

    assert written == ["Mittwoch, 10. Februar 2027, 18 Uhr", "Mittwoch, 10.02.2027, 18 Uhr"]


def test_numbers_have_their_plural(client, session_to_come):
    session_to_come.capacity = 1
    one = text_of(client.get("/en/termine/abend"))
    session_to_come.capacity = 3
    three = text_of(client.get("/en/termine/abend"))

    assert "only 1 place left" in one
    assert "only 3 places left" in three


def test_calendars_speak_the_language_of_their_address(client, session_to_come):
    session_to_come.status = SessionStatus.CALLED_OFF
    session_to_come.called_off_at = app_clock.now()

    german = [client.get("/kalender.ics").text.replace("\r\n ", "") for _ in range(2)]
    english = [client.get("/en/kalender.ics").text.replace("\r\n ", "") for _ in range(2)]

    assert [f"SUMMARY:ABGESAGT: {session_to_come.series.title}" in text for text in german] == [
        True
    ] * 2
    assert [f"SUMMARY:CANCELLED: {session_to_come.series.title}" in text for text in english] == [
        True
    ] * 2
    assert re.findall("UID:.*", german[0]) == re.findall("UID:.*", english[0])


def test_the_office_speaks_german_and_leads_to_german_pages(app):
    with app.test_request_context("/verwaltung/"):
        assert url_for("public.programme") == "/"
    with app.test_request_context("/verwaltung/"), speaking("en"):
        assert url_for("public.programme") == "/en/"


def _ways(page):
    """Where the language links lead, by language."""
    links = re.findall(r'<a href="([^"]+)"\s+lang="([^"]+)"', page.text)
    buttons = re.findall(r'formaction="([^"]+)" name="language" value="([^"]+)"', page.text)
    return {language: url for url, language in links or buttons}
