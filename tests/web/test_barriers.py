"""„Barriere melden“: from every page to the office."""

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory
from tests.web.steps import follow, own_page, text_of

PAGE = "/barriere-melden"


@pytest.fixture
def office(app):
    return HouseFactory(email="buero@example.org", phone="0123 456-789")


def test_every_page_leads_there_and_names_itself(client, office):
    EventSessionFactory(slug="abend")
    for path in ("/", "/termine/abend", "/impressum"):
        assert f'href="{PAGE}?seite={path}"' in client.get(path).text

    assert 'value="/termine/abend"' in client.get(f"{PAGE}?seite=/termine/abend").text


def test_a_report_goes_to_the_office_and_to_nobody_else(client, office, letters):
    answer = client.fill_in(
        f"{PAGE}",
        what="Das Formular ist\nmit der Tastatur nicht zu bedienen.",
        page="/termine/abend",
        email="kim@example.org",
    )

    assert (answer.status_code, answer.location) == (
        303,
        "/erledigt/gemeldet?seite=/termine/abend#inhalt",
    )
    assert letters() == [("barrier_report", "buero@example.org")]
    mail = db.session.scalar(select(OutgoingMail))
    assert mail.subject == "Barriere gemeldet: /termine/abend"
    assert "Antwort an: kim@example.org" in mail.text
    assert "Das Formular ist\nmit der Tastatur nicht zu bedienen." in mail.text
    assert "Danke für Ihre Meldung" in text_of(client.get("/erledigt/gemeldet"))


def test_nobody_must_say_who_they_are(client, office, letters):
    client.fill_in(PAGE, what="Die Schrift ist zu klein.")

    assert letters() == [("barrier_report", "buero@example.org")]
    assert "ohne Adresse" in db.session.scalar(select(OutgoingMail.text))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"what": " "}, "Schreiben Sie, was Sie hindert"),
        ({"what": "x" * 2001}, "Schreiben Sie höchstens 2000 Zeichen"),
        ({"what": "Hilfe", "email": "keine Adresse"}, "im Format name@beispiel.de"),
        ({"what": "Hilfe", "website2": "x"}, "Lassen Sie dieses Feld leer"),
    ],
)
def test_faults_are_said_and_what_was_typed_is_kept(client, office, letters, typed, said):
    answer = client.fill_in(PAGE, **typed)

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert typed["what"].strip() in answer.text
    assert letters() == []


def test_markup_in_a_report_stays_text(client, office):
    client.fill_in(PAGE, what="<script>alert(1)</script>", page="<b>")
    mail = db.session.scalar(select(OutgoingMail))

    assert "<script>" not in mail.html
    assert "<script>alert(1)</script>" in mail.text


@pytest.mark.parametrize("page", ["https://example.org/", "javascript:alert(1)", "/a\x00b"])
def test_only_a_path_of_ours_is_put_in(client, office, page):
    assert 'name="page" type="text" value=""' in client.get(PAGE, query_string={"seite": page}).text


def test_without_an_address_of_the_office_the_phone_is_there(client):
    HouseFactory(email="")

    page = client.get(PAGE)

    assert "Rufen Sie uns an: 0123 456-789" in text_of(page)
    assert "<form" not in page.text.partition("<main")[2]


def test_a_page_that_has_a_key_is_named_without_it(client, office, letters):
    token = own_page(RegistrationFactory())

    [named] = re.findall(r'href="/barriere-melden\?seite=([^"]+)"', client.get(token).text)
    client.fill_in(PAGE, what=f"Hier: http://localhost{token}", page=token)
    mail = db.session.scalar(select(OutgoingMail))

    assert unquote(named) == "/anmeldung/…"
    assert mail.subject == "Barriere gemeldet: /anmeldung/…"
    assert token not in mail.text


def test_who_lost_the_cookie_loses_nothing_else(client, office, letters):
    fields = form_fields(client.get(PAGE).text)
    client.delete_cookie("session")

    answer = client.post(PAGE, data=fields | {"what": "Zu klein.", "email": "kim@example.org"})

    assert answer.status_code == 400
    assert "Erlauben Sie Cookies für diese Seite" in text_of(answer)
    assert "Zu klein." in answer.text
    assert 'value="kim@example.org"' in answer.text
    assert letters() == []


def test_a_network_that_sent_too_much_keeps_what_it_typed(client, office, letters):
    for _ in range(50):
        client.fill_in(PAGE, what="Hilfe")

    answer = client.fill_in(PAGE, what="Die Schrift ist zu klein.")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Die Schrift ist zu klein." in answer.text
    assert len(letters()) == 50


BACK = "Zurück zu der Seite, die Sie gemeldet haben"


def test_who_has_reported_a_page_is_led_back_to_it(client, office):
    answer = client.fill_in(f"{PAGE}?seite=/en/transformation", what="Hilfe")

    page = follow(client, answer)

    assert f'<a href="/en/transformation">{BACK}</a>' in page.text


@pytest.mark.parametrize(
    "named",
    [
        "//evil.example",
        "//impressum",  # a host in some house's network
        "//en/transformation",
        "impressum",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "auf der Startseite",
        "/gibt-es-nicht",
        "/verwaltung/",
        "/static/site.css",
        "/anmeldung/…",
        "/anmeldung/geheim",
        "/t/geheim",
        "",
    ],
)
def test_nobody_is_led_to_what_is_no_page_of_residents(client, office, named):
    answer = client.fill_in(PAGE, what="Hilfe", page=named)
    forged = client.get("/erledigt/gemeldet", query_string={"seite": named})

    assert answer.location == "/erledigt/gemeldet#inhalt"
    assert BACK not in forged.text


def test_a_report_goes_along_to_another_language_unfinished(client, office, letters):
    page = client.get(f"{PAGE}?seite=/impressum")
    typed = {"what": "", "email": "nicht fertig", "language": "en"}

    english = client.post(f"/en{PAGE}", data=form_fields(page.text) | typed)

    assert english.status_code == 200
    assert '<html lang="en">' in english.text
    assert 'id="fehler"' not in english.text
    assert (
        form_fields(english.text).items() >= {"email": "nicht fertig", "page": "/impressum"}.items()
    )
    assert letters() == []


def test_form_says_which_fields_may_stay_empty(client, office):
    page = client.get(PAGE)

    assert "Angaben mit „(optional)“ sind freiwillig." in text_of(page)
    assert text_of(page).count("(optional)") == 3
