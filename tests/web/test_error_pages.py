"""Error pages say what to do next, in the frame of whoever asked."""

import pytest

from chancendialog import create_app
from chancendialog.extensions import db
from chancendialog.house import LAST_KNOWN, Contact
from config import Config
from tests.browser_client import browser_of
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory
from tests.web.steps import own_page, text_of

PUBLIC, OFFICE = '<body class="public">', '<body class="office">'


def test_unknown_page_says_what_to_check_and_leads_to_the_programme(client):
    HouseFactory(phone="0123 456-789")

    page = client.get("/gibt-es-nicht")

    assert page.status_code == 404
    assert PUBLIC in page.text
    assert "<h1>Diese Seite gibt es nicht</h1>" in page.text
    assert "prüfen Sie die Schreibweise" in page.text
    assert '<a href="/">Zum Programm</a>' in page.text
    assert "0123 456-789" in page.text


def test_page_that_cannot_be_sent_to_says_so(client):
    page = client.post("/")

    assert page.status_code == 405
    assert sorted(page.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]
    assert PUBLIC in page.text
    assert "Gehen Sie eine Seite zurück" in page.text


def test_form_of_a_novel_is_too_much(client):
    EventSessionFactory(slug="abend")

    page = client.post("/termine/abend/anmelden", data={"name": "x" * 65_537})

    assert page.status_code == 413
    assert PUBLIC in page.text
    assert "Schreiben Sie weniger in das Formular" in page.text


def test_staff_get_their_own_frame(signed_in):
    browser = signed_in("office")

    pages = [browser.get("/verwaltung/gibt-es-nicht"), browser.post("/verwaltung/")]

    assert [page.status_code for page in pages] == [404, 405]
    assert [OFFICE in page.text for page in pages] == [True, True]
    assert [PUBLIC in page.text for page in pages] == [False, False]
    assert "Zur Übersicht der Termine" in pages[0].text


def test_stranger_in_the_office_learns_nothing_of_what_is_there(client):
    EventSessionFactory(slug="abend")

    answers = [
        client.get("/verwaltung/termine/abend"),
        client.get("/verwaltung/termine/gibt-es-nicht"),
        client.get("/verwaltung/gibt-es-nicht"),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302]


def test_unforeseen_trouble_is_a_page_without_details(app, build, caplog):
    broken = build()
    broken.add_url_rule("/kaputt", "kaputt", lambda: 1 / 0)

    page = browser_of(broken).get("/kaputt")

    assert page.status_code == 500
    assert "Auf unserer Seite ist etwas schiefgegangen" in page.text
    assert "ZeroDivisionError" not in page.text
    assert [record.message for record in caplog.records] == ["unforeseen trouble at kaputt"]


def test_link_that_is_dead_leads_to_a_new_one_where_the_text_names_it(client):
    kim = RegistrationFactory()
    own = own_page(kim)
    kim.link_version += 1

    answers = [client.get(own), client.get(f"/en{own}")]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert '„<a href="/meine-anmeldungen">Meine Anmeldungen</a>“' in answers[0].text
    assert '“<a href="/en/meine-anmeldungen">My registrations</a>”' in answers[1].text


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/termine/abend/danke/{}", "/termine/abend/danke/{}"),
        ("/en/termine/abend/danke/{}/noch-einmal", "/en/termine/abend/danke/{}/noch-einmal"),
        ("/verwaltung/termine/abend/absagen", "/verwaltung/termine/abend/absagen"),
        ("/verwaltung/termine/abend/ansetzen", "/verwaltung/termine/abend"),
        ("/verwaltung/bestaetigung", "/verwaltung"),
    ],
)
def test_form_without_its_cookie_leads_back_to_its_page(signed_in, form, page):
    EventSessionFactory(slug="abend")

    answer = signed_in("admin").post(form.format("abc"), data={"name": "Kim"})

    assert answer.status_code == 400
    assert f'<a href="{page.format("abc")}">' in answer.text.partition("<main")[2]


def test_pages_that_stand_without_the_database_name_the_phone_and_the_programme(build):
    HouseFactory(phone="0123 456-789")
    broken = build()
    broken.add_url_rule("/kaputt", "kaputt", lambda: 1 / 0)
    browser = browser_of(broken)

    unknown = browser.get("/kaputt")
    browser.get("/impressum")
    known = browser.get("/kaputt")

    assert "Rufen Sie uns an" not in unknown.text
    assert "Hilft das nicht? Rufen Sie uns an: 0123 456-789." in text_of(known)
    assert '<a href="tel:0123456789">0123 456-789</a>' in known.text.partition("<footer")[2]
    assert ['<a href="/">Zum Programm</a>' in page.text for page in (unknown, known)] == [True] * 2


@pytest.fixture(params=["sqlite:///{}/gone/test.db", "postgresql://nobody@127.0.0.1:1/none"])
def without_database(request, tmp_path):
    """An app whose database is not there."""
    broken = create_app(
        Config.from_environment(
            {
                "SECRET_KEY": "only for tests",
                "DATABASE_URL": request.param.format(tmp_path),
                "PUBLIC_URL": "http://localhost:5000",
                "INSTANCE_PATH": str(tmp_path),
            }
        )
    )
    yield broken
    with broken.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    "url", ["/", "/termine/abend", "/termine/abend/anmelden", "/kalender.ics", "/readyz"]
)
def test_without_its_database_the_site_asks_people_to_come_back(without_database, url):
    page = without_database.test_client().get(url)

    assert page.status_code == 503
    assert page.headers["Retry-After"] == "60"
    assert "Die Anmeldung macht gerade eine Pause" in page.text
    assert "Versuchen Sie es in ein paar Minuten noch einmal." in page.text


def test_sign_up_without_database_is_a_page_too(without_database):
    page = without_database.test_client().post("/termine/abend/anmelden", data={"name": "Kim"})

    assert page.status_code == 503
    assert "Die Anmeldung macht gerade eine Pause" in page.text


def test_whom_to_call_is_known_without_the_database(without_database):
    office = Contact("Büro", "Am Markt 1", "12345", "Musterstadt", "0123 456-789", "")
    without_database.extensions[LAST_KNOWN] = office

    page = without_database.test_client().post("/meine-anmeldungen", data={"email": "a@b.de"})

    assert page.status_code == 503
    assert "Rufen Sie uns an: 0123\u00a0456-789." in page.text
    assert '<a href="/meine-anmeldungen">Zurück zur Seite mit dem Formular</a>' in page.text


def test_unknown_page_without_database_is_still_a_page(without_database):
    page = without_database.test_client().get("/gibt-es-nicht")

    assert page.status_code in (404, 503)
    assert "<h1>" in page.text


def test_process_says_that_it_lives_without_its_database(without_database):
    assert without_database.test_client().get("/healthz").text == "ok"


def test_ready_means_that_the_database_answers(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (200, "ready")
    assert answer.headers["Cache-Control"] == "no-store"
