"""Phone and counter with equal rights: a number to call, a list of calls, a confirmation on paper."""

from datetime import timedelta

import pytest

from chancendialog.extensions import db
from chancendialog.registration import changes
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells, press, text_of

SESSION = "/verwaltung/termine/abend"
CALLS = f"{SESSION}/anrufe"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=4)


@pytest.fixture
def kim(event_session):
    return RegistrationFactory(
        event_session=event_session, name="Kim", email=None, phone="0511 12345"
    )


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def moved(event_session):
    changes.move(
        event_session,
        starts_at=event_session.starts_at + timedelta(hours=1),
        ends_at=None,
        venue=event_session.venue,
        actor="staff:1",
    )
    db.session.commit()


def saved(registration):
    return db.session.get(Registration, registration.id, populate_existing=True)


def of_kim(kim, page):
    return f"{SESSION}/personen/{kim.ulid}/{page}"


def test_whoever_calls_is_signed_up_with_a_number(office, event_session):
    form = form_fields(office.get(f"{SESSION}/anmelden").text)

    office.post(f"{SESSION}/anmelden", data=form | {"name": "Lou", "phone": " +49 511  (12) 3-45 "})

    lou = db.session.query(Registration).one()
    assert (lou.name, lou.email, lou.phone) == ("Lou", None, "+49 511 (12) 3-45")


def test_number_is_not_kept_beside_an_address(office, event_session):
    form = form_fields(office.get(f"{SESSION}/anmelden").text)
    typed = {"name": "Lou", "email": "lou@example.org", "phone": "0511 12345"}

    page = office.post(f"{SESSION}/anmelden", data=form | typed)

    assert page.status_code == 422
    assert "Mit E-Mail-Adresse brauchen wir keine Nummer." in text_of(page)


@pytest.mark.parametrize("phone", ["abc", "12", "0511 12345 abends", "=1+1", "9" * 10_000])
def test_what_is_no_number_is_asked_for_again(office, kim, phone):
    form = form_fields(office.get(of_kim(kim, "telefon")).text)

    page = office.post(of_kim(kim, "telefon"), data=form | {"phone": phone})

    assert page.status_code == 422
    assert "Schreiben Sie die Nummer mit Vorwahl" in text_of(page)
    assert saved(kim).phone == "0511 12345"


def test_number_is_changed(office, kim):
    form = form_fields(office.get(of_kim(kim, "telefon")).text)

    answer = office.post(of_kim(kim, "telefon"), data=form | {"phone": "0511 999"})

    assert (answer.status_code, saved(kim).phone) == (303, "0511 999")


def test_list_says_whom_to_call_what_about_and_how_they_stand(office, event_session, kim):
    RegistrationFactory(event_session=event_session, name="Jo")
    RegistrationFactory(event_session=event_session, name="Lou", email=None, status=Status.WAITING)
    moved(event_session)

    rows = cells(office.get(CALLS), "anrufe")

    assert [row[:4] for row in rows] == [
        ["Kim", "0511 12345", "Verlegung", "Platz sicher"],
        ["Lou", "eintragen : Lou", "Verlegung Platz von der Warteliste", "Platz sicher"],
    ]


def test_whoever_knows_leaves_the_list_and_vain_tries_are_counted(office, event_session, kim):
    moved(event_session)

    press(office, office.get(CALLS), "Nicht erreicht: Kim")
    tried = cells(office.get(CALLS), "anrufe")
    press(office, office.get(CALLS), "Weiß Bescheid: Kim")

    assert "1-mal vergeblich" in tried[0][1]
    assert cells(office.get(CALLS), "anrufe") == [["niemanden"]]


def test_overview_says_how_many_are_to_be_called(office, event_session, kim):
    before = office.get("/verwaltung/")
    moved(event_session)

    assert "1 Anruf" not in text_of(before)
    assert "1 Anruf" in text_of(office.get("/verwaltung/"))


def test_paper_is_a_pdf_that_nobody_keeps(office, kim):
    answer = press(office, office.get(of_kim(kim, "")[:-1]), "Bestätigung drucken (PDF)")

    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Kim" not in answer.headers["Content-Disposition"]


def test_paper_of_somebody_who_has_gone_leads_back_to_them(office, kim):
    page = office.get(of_kim(kim, "")[:-1])
    kim.status = Status.WITHDRAWN
    db.session.commit()

    answer = press(office, page, "Bestätigung drucken (PDF)")

    assert answer.location == of_kim(kim, "")[:-1]


def test_whoever_has_an_address_gets_no_paper(office, event_session):
    jo = RegistrationFactory(event_session=event_session, name="Jo")

    assert "drucken" not in office.get(of_kim(jo, "")[:-1]).text


def test_lists_ask_as_often_for_five_as_for_one(office, event_session, kim, count_queries):
    moved(event_session)
    for_one = count_queries(office, CALLS)
    RegistrationFactory.create_batch(4, event_session=event_session, email=None)
    event_session.starts_at += timedelta(hours=1)
    moved(event_session)

    assert count_queries(office, CALLS) == for_one


def test_reading_changes_nothing(office, event_session, kim):
    moved(event_session)
    before = all_rows()

    for url in (CALLS, of_kim(kim, "telefon")):
        assert office.get(url).status_code == 200

    assert all_rows() == before
