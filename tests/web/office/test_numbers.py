"""Numbers as pages and as files: drawn, as tables, without names."""

import csv
import re
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from chancendialog import clock as app_clock
from chancendialog.attendance import roster, walk_ins
from chancendialog.extensions import db
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells, press, text_of

SESSION = "/verwaltung/termine/abend"
PAGE, SERIES = f"{SESSION}/zahlen", "/verwaltung/zahlen"


@pytest.fixture
def evening(app, clock):
    """A session that is over: one party of three came as two, one stayed away, a guest came."""
    event_session = EventSessionFactory(
        slug="abend", title="=Wohnen", capacity=10, starts_at=app_clock.now() + timedelta(hours=1)
    )
    came = RegistrationFactory(event_session=event_session, name="Kim Geheim", party_size=3)
    RegistrationFactory(
        event_session=event_session, registered_at=app_clock.now() - timedelta(days=2)
    )
    RegistrationFactory(event_session=event_session, status=Status.EXPIRED, party_size=2)
    roster.check_in(came, 2, operation="a", actor="staff:1")
    walk_ins.count(event_session, 1, operation="b", actor="staff:1")
    db.session.commit()
    clock.shift(timedelta(hours=4))
    return event_session


@pytest.fixture
def office(evening, signed_in):
    return signed_in("office")


def test_page_says_in_words_and_tables_what_it_draws(office):
    page = office.get(PAGE)

    assert cells(page, "tage") == [
        ["05.09.2026", "1", "0"],
        ["07.09.2026", "6", "0"],
    ]
    assert cells(page, "abmeldungen") == [["nie bestätigt", "2", "1", ""]]
    read = text_of(page)
    assert "2 von 4 Personen mit Platz waren da. 2 sind nicht gekommen (50 %)." in read
    assert "Dazu kam 1 Gast ohne Anmeldung." in read
    assert "Niemand musste warten." in read
    assert "Kim Geheim" not in page.text


def test_drawing_has_a_name_and_its_lines_stay_within_it(office):
    page = office.get(PAGE).text

    [drawing] = re.findall(r'<svg class="chart__area".*?</svg>', page, re.DOTALL)
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing)
    points = re.findall(r'points="([^"]*)"', drawing)
    assert 'role="img" aria-labelledby="verlauf-titel verlauf-worte"' in drawing
    assert (box[1], box[2]) == ("2", "10")
    assert [one.split() for one in points] == [["0,10", "1,10", "2,10"], ["0,9", "1,9", "2,4"]]


def test_session_without_anybody_has_a_page(office):
    EventSessionFactory(slug="leer")

    read = text_of(office.get("/verwaltung/termine/leer/zahlen"))

    assert "Noch hat sich niemand angemeldet." in read
    assert "Am Einlass ist niemand eingetragen." in read


def test_series_has_a_row_for_each_session_but_drafts(office):
    EventSessionFactory(title="Später", capacity=40)
    EventSessionFactory(title="Entwurf", status=SessionStatus.DRAFT)

    assert cells(office.get(SERIES), "reihe") == [
        ["=Wohnen Mo 07.09.2026, 13 Uhr", "10", "6", "4", "2", "2 (50 %)", "1", "2", "–", ""],
        ["Später Mi 07.10.2026, 16 Uhr", "40", "0", "0", "–", "–", "0", "0", "–", ""],
    ]


@pytest.mark.parametrize("url", [PAGE, SERIES, f"{SERIES}.csv"])
def test_pages_ask_as_often_for_many_as_for_one(office, count_queries, evening, url):
    for_one = count_queries(office, url)
    for event_session in [evening, *EventSessionFactory.create_batch(4)]:
        RegistrationFactory.create_batch(3, event_session=event_session)

    assert count_queries(office, url) == for_one


def table(answer):
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_series_as_csv_holds_all_figures_and_no_formula(office):
    answer = office.get(f"{SERIES}.csv")

    headings, of_evening = table(answer)
    assert dict(zip(headings, of_evening, strict=True)) == {
        "Termin": "'=Wohnen",
        "Tag": "07.09.2026",
        "Plätze": "10",
        "Anmeldungen": "3",
        "Personen angemeldet": "6",
        "Personen mit Platz": "4",
        "da": "2",
        "nicht gekommen": "2",
        "Anteil nicht gekommen": "50%",
        "Gäste ohne Anmeldung": "1",
        "auf der Warteliste": "0",
        "davon nachgerückt": "0",
        "Wartezeit in Stunden (Median)": "",
        "selbst abgemeldet, über den Link": "0",
        "auf die Frage „Kommen Sie?“ abgesagt": "0",
        "zu einem anderen Termin gewechselt": "0",
        "Platzangebot nicht gewollt": "0",
        "Platzangebot verfallen": "0",
        "nie bestätigt": "2",
        "durch das Büro abgemeldet": "0",
        "Name und Adresse gelöscht": "0",
    }
    assert answer.headers["Content-Disposition"] == "attachment; filename=zahlen.csv"
    assert "Geheim" not in answer.text


def test_series_as_xlsx_has_typed_cells_below_headings_that_stay(office):
    sheet = load_workbook(BytesIO(office.get(f"{SERIES}.xlsx").data)).active

    title, day, capacity, *_others = [cell.value for cell in sheet[2]]
    rate = sheet.cell(2, 9)
    assert (title, day, capacity) == ("=Wohnen", datetime(2026, 9, 7), 10)
    assert (rate.value, rate.number_format) == (0.5, "0%")
    assert [cell.data_type for cell in sheet[2][:3]] == ["s", "d", "n"]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")


def test_days_of_a_session_can_be_taken_away(office):
    of_csv = table(office.get(f"{PAGE}.csv"))
    of_xlsx = load_workbook(BytesIO(office.get(f"{PAGE}.xlsx").data)).active

    assert of_csv[1:] == [
        ["05.09.2026", "1", "0", "10"],
        ["06.09.2026", "1", "0", "10"],
        ["07.09.2026", "6", "0", "10"],
    ]
    assert [cell.value for cell in of_xlsx[4]] == [datetime(2026, 9, 7), 6, 0, 10]


def test_session_is_closed_once_and_the_journal_keeps_how_many_came(office):
    before = office.get(PAGE)
    first = press(office, before, "Veranstaltung abschließen")
    again = office.post(f"{SESSION}/abschluss", data=form_fields(before.text))

    page = office.get(PAGE)
    assert (first.status_code, again.status_code) == (303, 303)
    assert "Abgeschlossen: Mo 07.09.2026, 16 Uhr" in text_of(page)
    assert cells(office.get(f"{SESSION}/verlauf"), "verlauf")[0][1:3] == [
        "Büro",
        "Veranstaltung abgeschlossen: 2 von 4 Angemeldeten da, dazu 1 ohne Anmeldung",
    ]
    assert [row[3] for row in all_rows()["journal_entry"]].count("session_closed") == 1


def test_what_goes_on_is_not_closed(office):
    EventSessionFactory(slug="morgen")
    token = form_fields(office.get(PAGE).text)["csrf_token"]

    answer = office.post("/verwaltung/termine/morgen/abschluss", data={"csrf_token": token})

    assert answer.status_code == 409
    assert "erst, wenn sie vorbei ist" in answer.text
    assert "Abschließen können Sie eine Veranstaltung, wenn sie vorbei ist." in text_of(
        office.get("/verwaltung/termine/morgen/zahlen")
    )


def test_reading_numbers_changes_nothing(office):
    before = all_rows()

    answers = [office.get(one) for one in (PAGE, SERIES, f"{PAGE}.csv", f"{SERIES}.xlsx")]

    assert [one.status_code for one in answers] == [200] * 4
    assert all_rows() == before
