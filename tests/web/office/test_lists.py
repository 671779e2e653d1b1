"""Taking a list away: who may, what the file is called, who is noted, what is remembered."""

import re
from io import BytesIO

import html5lib
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from chancendialog.documents import sheets
from chancendialog.documents.attendees import Fact
from chancendialog.documents.lists import Kind
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.registration.models import Status
from chancendialog.staff import accounts
from chancendialog.staff.models import User
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import take_list, text_of

PAGE = "/verwaltung/termine/abend/listen"
USUAL = ["name", "people", "status", "arrived"]


@pytest.fixture
def event_session(app, clock):
    event_session = EventSessionFactory(slug="abend", title="Wohnen der Zukunft")
    RegistrationFactory(event_session=event_session, name="Kim Müller", email="kim@example.org")
    return event_session


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def exports():
    return [
        (entry.actor, entry.thread, entry.scope, entry.facts)
        for entry in db.session.scalars(
            select(JournalEntry).where(JournalEntry.code == "exported").order_by(JournalEntry.id)
        )
    ]


def columns(page):
    """What the form offers: each column with its number and whether it is ticked."""
    tree = html5lib.parse(page.text, namespaceHTMLElements=False)
    return [
        (
            row.find(".//input[@type='checkbox']").get("value"),
            row.find(".//input[@type='text']").get("value"),
            row.find(".//input[@type='checkbox']").get("checked") is not None,
        )
        for row in tree.iterfind(".//table[@id='spalten']/tbody/tr")
    ]


def ticked(browser):
    return [name for name, _number, is_ticked in columns(browser.get(PAGE)) if is_ticked]


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "start"),
    [
        (Kind.CSV, "teilnehmende-20260907-1200-office.csv", "text/csv; charset=utf-8", b"\xef\xbb"),
        (
            Kind.XLSX,
            "teilnehmende-20260907-1200-office.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            b"PK",
        ),
        (
            Kind.SIGN_IN_SHEET,
            "teilnehmende-anwesenheit-20260907-1200-office.pdf",
            "application/pdf",
            b"%PDF-",
        ),
        (
            Kind.BADGES,
            "teilnehmende-namensschilder-20260907-1200-office.pdf",
            "application/pdf",
            b"%PDF-",
        ),
    ],
)
def test_each_list_is_a_file_to_keep_that_says_when_it_was_made_and_by_whom(
    office, kind, name, content_type, start
):
    answer = take_list(office, kind)

    assert answer.status_code == 200
    assert answer.content_type == content_type
    assert answer.headers["Content-Disposition"] == f"attachment; filename=abend-{name}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.data.startswith(start)


def test_list_has_the_columns_that_were_ticked_in_the_order_of_their_numbers(office):
    answer = take_list(
        office, "csv", facts=["name", "email", "people"], place_email="1", place_name="2"
    )

    assert answer.data.decode("utf-8-sig") == (
        "E-Mail;Name;Personen\r\nkim@example.org;Kim Müller;1\r\n"
    )


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({"place_email": "1"}, ["email", *USUAL]),
        ({"place_email": "1", "place_name": "2"}, ["email", *USUAL]),
        ({"place_status": "1"}, ["status", "name", "people", "arrived", "email"]),
        ({"place_name": "3"}, ["people", "status", "name", "arrived", "email"]),
        ({"place_name": "10"}, ["people", "status", "arrived", "email", "name"]),
        ({}, [*USUAL, "email"]),
    ],
)
def test_column_that_gets_another_number_goes_there_and_the_rest_around_it(office, moved, expected):
    office.fill_in(PAGE, facts=[*USUAL, "email"], **moved)

    assert ticked(office) == expected


def test_same_form_sent_twice_gives_the_same_list(office):
    """The page stays as it was while the file is loaded."""
    fields = form_fields(office.get(PAGE).text)
    filled = fields | {"facts": [*USUAL, "email"], "place_email": "1", "kind": "csv"}

    first, second = (office.post(PAGE, data=filled).data for _ in range(2))

    assert first == second
    assert first.startswith(b"\xef\xbb\xbfE-Mail;Name;")


def test_addresses_are_on_no_list_unless_somebody_ticks_them(office):
    assert ticked(office) == USUAL
    assert [name for name, _number, _ticked in columns(office.get(PAGE))] == [
        *USUAL,
        *[fact for fact in Fact if fact not in USUAL],
    ]


def test_choice_is_remembered_for_the_account_and_for_nobody_else(office, signed_in):
    take_list(office, "csv", facts=["ticket", "name"], place_ticket="1", sorting="sign-up")

    page = office.get(PAGE)
    assert columns(page)[:3] == [
        ("ticket", "1", True),
        ("name", "2", True),
        ("people", "3", False),
    ]
    assert form_fields(page.text)["sorting"] == "sign-up"
    assert ticked(signed_in("admin")) == USUAL


def test_choice_can_be_remembered_without_taking_a_list(office):
    answer = office.fill_in(PAGE, facts=["email"])

    assert (answer.status_code, exports()) == (303, [])
    assert "Gemerkt" in text_of(office.read(answer.location))
    assert ticked(office) == ["email"]


def test_choice_goes_with_the_account(office):
    office.fill_in(PAGE, facts=["email"])
    assert len(all_rows()["list_choice"]) == 1

    accounts.remove(accounts.by_address("office@example.org"))
    db.session.commit()

    assert all_rows()["list_choice"] == []


def test_journal_says_who_took_which_list_of_whom_and_how_many_are_on_it(office, event_session):
    RegistrationFactory.create_batch(2, event_session=event_session, status=Status.WAITING)

    take_list(office, "csv")
    take_list(office, "badges", whom="waiting")

    actor = db.session.scalar(select(User)).actor
    thread = event_session.thread
    assert exports() == [
        (actor, thread, thread, {"kind": "csv", "whom": "seated", "number": 1}),
        (actor, thread, thread, {"kind": "badges", "whom": "waiting", "number": 2}),
    ]
    page = text_of(office.get("/verwaltung/termine/abend/verlauf"))
    assert "Liste geladen: CSV, wer einen Platz hat, Anmeldungen: 1" in page
    assert "Liste geladen: Namensschilder, Warteliste, Anmeldungen: 2" in page


def test_journal_names_nobody_on_the_list(office):
    take_list(office, "csv")

    assert "kim" not in str(all_rows()["journal_entry"]).lower()


@pytest.mark.parametrize("kind", Kind)
def test_door_takes_no_list_away(event_session, signed_in, kind):
    door = signed_in("door")
    token = form_fields(door.get("/verwaltung/").text)["csrf_token"]

    answer = door.post(PAGE, data={"kind": kind, "csrf_token": token})

    assert (answer.status_code, "Kim" in answer.text, exports()) == (403, False, [])


def test_no_list_is_given_to_whoever_only_follows_a_link(office):
    answers = [office.get(f"{PAGE}?kind={kind}") for kind in Kind]

    assert [answer.mimetype for answer in answers] == ["text/html"] * 4
    assert exports() == []


def test_list_of_another_session_is_another_list(office):
    RegistrationFactory(name="Anna von nebenan")

    assert "Anna" not in take_list(office, "csv", whom="everybody").data.decode("utf-8-sig")


def test_xlsx_is_marked(office):
    book = load_workbook(BytesIO(take_list(office, "xlsx").data))

    assert book.properties.creator == "office@example.org"
    assert book.active.oddFooter.left.text.startswith("Erstellt von office@example.org, Montag")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"facts": []}, "Kreuzen Sie mindestens eine Spalte an"),
        ({"facts": ["erfunden"]}, "mindestens eine Spalte"),
        ({"place_name": "0"}, "„Stelle von: Name“ eine ganze Zahl von 1 bis 10"),
        ({"place_name": "=1+1"}, "„Stelle von: Name“ eine ganze Zahl von 1 bis 10"),
        ({"whom": "niemand"}, "Wählen Sie eine der Möglichkeiten"),
        ({"sorting": ""}, "Wählen Sie eine der Möglichkeiten"),
    ],
)
def test_what_makes_no_list_is_said_beside_the_field(office, values, sentence):
    answer = take_list(office, "csv", **values)

    assert answer.status_code == 422
    assert text_of(answer).count(sentence) == 2  # above and beside
    [there] = re.findall(r'<li><a href="#([^"]+)">', answer.text)
    assert f'id="{there}"' in answer.text
    assert exports() == []


def test_what_is_wrong_leaves_the_rest_of_the_form_as_it_was(office):
    answer = take_list(office, "csv", facts=["email"], place_email="1", place_name="x")

    assert [one for one in columns(answer) if one[2]] == [("email", "1", True)]
    assert ("name", "x", False) in columns(answer)


def test_hostile_order_of_columns_is_no_order(office):
    answer = take_list(office, "csv", shown="email <script> email name 💥", facts=["name", "email"])

    assert answer.data.decode("utf-8-sig").startswith("Name;E-Mail\r\n")


def test_too_many_for_paper_are_sent_to_the_spreadsheet(office, monkeypatch):
    monkeypatch.setattr(sheets, "MOST", 0)

    answer = take_list(office, "badges")

    assert answer.status_code == 409
    assert "Laden Sie die Excel-Datei" in text_of(answer)
    assert exports() == []
    assert ticked(office) == USUAL


@pytest.mark.parametrize("method", ["get", "post"])
def test_list_of_a_session_that_does_not_exist_is_a_page_that_says_so(office, method):
    token = form_fields(office.get(PAGE).text)["csrf_token"]
    page = PAGE.replace("abend", "gibt-es-nicht")

    answer = getattr(office, method)(page, data={"csrf_token": token, "kind": "csv"})

    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text
    assert exports() == []
