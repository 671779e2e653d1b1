"""The list of a session's people: opens unbroken in Excel, and runs nothing there."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from chancendialog import clock as app_clock
from chancendialog.attendance import roster
from chancendialog.documents import attendees
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory

HEADINGS = ["Name", "E-Mail", "Personen", "Status", "Angemeldet am", "Da"]
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    " \t=1+1",
    '=HYPERLINK("https://evil.example";"Kim")',
    "=cmd|' /C calc'!A0",
]


@pytest.fixture
def event_session(app):
    return EventSessionFactory(title="Wohnen der Zukunft")


@pytest.fixture
def guests(event_session):
    """One with a seat who is there, one who waits, one who gave no address."""
    kim = RegistrationFactory(
        event_session=event_session,
        name="Kim Müßigänger; geb. „Öz“",
        email="kim@example.org",
        party_size=3,
        registered_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
    )
    RegistrationFactory(
        event_session=event_session,
        name="Zeynep Yılmaz",
        email="zeynep@example.org",
        status=Status.WAITING,
        registered_at=datetime(2026, 7, 1, 10, tzinfo=UTC),
    )
    RegistrationFactory(
        event_session=event_session,
        name="Ohne Adresse",
        email=None,
        status=Status.WITHDRAWN,
        registered_at=datetime(2026, 7, 1, 11, tzinfo=UTC),
    )
    roster.check_in(kim, 2, operation="a", actor="staff:1")
    return roster.roster(event_session)


def table(content):
    """What a spreadsheet reads in the CSV."""
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet(content):
    return load_workbook(BytesIO(content)).active


def named(event_session, name):
    RegistrationFactory(event_session=event_session, name=name)
    return roster.roster(event_session)


def test_csv_opens_in_german_excel_without_a_question(guests):
    content = attendees.as_csv(guests)

    assert content.startswith(b"\xef\xbb\xbfName;E-Mail;Personen;Status;Angemeldet am;Da\r\n")
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    assert "Kim Müßigänger" in content.decode("utf-8")


def test_csv_holds_everybody_with_hannover_time(guests):
    assert table(attendees.as_csv(guests)) == [
        HEADINGS,
        [
            "Kim Müßigänger; geb. „Öz“",
            "kim@example.org",
            "3",
            "Platz sicher",
            "01.02.2026 00:30",
            "2",
        ],
        ["Zeynep Yılmaz", "zeynep@example.org", "1", "Warteliste", "01.07.2026 12:00", "0"],
        ["Ohne Adresse", "", "1", "abgemeldet", "01.07.2026 13:00", "0"],
    ]


@pytest.mark.parametrize("name", FORMULAS)
def test_csv_runs_no_formula(event_session, name):
    assert table(attendees.as_csv(named(event_session, name)))[1][0] == f"'{name}"


def test_csv_runs_no_formula_in_an_address_either(event_session):
    RegistrationFactory(event_session=event_session, email="=cmd@example.org")

    rows = table(attendees.as_csv(roster.roster(event_session)))

    assert rows[1][1] == "'=cmd@example.org"


@pytest.mark.parametrize("name", ["Kim", "Anna-Lena", "1 = 1", "O'Neill", "Kim\nMuster", 'Kim "K"'])
def test_csv_leaves_other_names_alone(event_session, name):
    assert table(attendees.as_csv(named(event_session, name)))[1][0] == name


def test_empty_list_is_its_headings(app):
    assert table(attendees.as_csv([])) == [HEADINGS]
    assert [cell.value for cell in sheet(attendees.as_xlsx([], title="leer"))[1]] == HEADINGS


def test_xlsx_holds_the_same_as_text_numbers_and_moments(guests):
    rows = sheet(attendees.as_xlsx(guests, title="Wohnen")).iter_rows()

    assert [[(cell.value, cell.data_type) for cell in row] for row in rows] == [
        [(heading, "s") for heading in HEADINGS],
        [
            ("Kim Müßigänger; geb. „Öz“", "s"),
            ("kim@example.org", "s"),
            (3, "n"),
            ("Platz sicher", "s"),
            (datetime(2026, 2, 1, 0, 30), "d"),
            (2, "n"),
        ],
        [
            ("Zeynep Yılmaz", "s"),
            ("zeynep@example.org", "s"),
            (1, "n"),
            ("Warteliste", "s"),
            (datetime(2026, 7, 1, 12), "d"),
            (0, "n"),
        ],
        [
            ("Ohne Adresse", "s"),
            ("", "s"),
            (1, "n"),
            ("abgemeldet", "s"),
            (datetime(2026, 7, 1, 13), "d"),
            (0, "n"),
        ],
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "{=1}", "https://example.org", "007"])
def test_xlsx_keeps_text_that_looks_like_something_else_as_text(event_session, name):
    content = attendees.as_xlsx(named(event_session, name), title="Wohnen")

    cell = sheet(content)["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)


def test_xlsx_keeps_its_headings_in_sight_and_offers_a_filter(guests):
    page = sheet(attendees.as_xlsx(guests, title="Wohnen"))

    assert page.title == "Teilnehmende"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:F4"
    assert page.print_title_rows == "$1:$1"
    assert [cell.font.bold for cell in page[1]] == [True] * 6


def test_xlsx_shows_moments_as_germans_write_them(guests):
    page = sheet(attendees.as_xlsx(guests, title="Wohnen"))

    assert page["E2"].number_format == "dd.mm.yyyy hh:mm"


def test_xlsx_carries_the_title_of_the_session(guests):
    content = attendees.as_xlsx(guests, title="Wohnen: Was, wann & wo?")

    assert load_workbook(BytesIO(content)).properties.title == "Wohnen: Was, wann & wo?"


@pytest.mark.parametrize(
    ("status", "hours", "name"),
    [
        (Status.CONFIRMED, None, "Platz sicher"),
        (Status.WAITING, None, "Warteliste"),
        (Status.UNVERIFIED, None, "noch nicht bestätigt"),
        (Status.UNVERIFIED, 1, "noch nicht bestätigt"),
        (Status.UNVERIFIED, 0, "verfallen"),
        (Status.OFFERED, 1, "Platz angeboten"),
        (Status.OFFERED, 0, "verfallen"),
        (Status.EXPIRED, 0, "verfallen"),
        (Status.WITHDRAWN, None, "abgemeldet"),
    ],
)
def test_every_state_has_its_word_as_of_now(event_session, clock, status, hours, name):
    hold_until = None if hours is None else app_clock.now() + timedelta(hours=hours)
    RegistrationFactory(event_session=event_session, status=status, hold_until=hold_until)

    assert table(attendees.as_csv(roster.roster(event_session)))[1][3] == name


def test_erased_people_leave_an_empty_name_and_their_number(event_session):
    RegistrationFactory(
        event_session=event_session,
        name="",
        email=None,
        party_size=2,
        erased_at=app_clock.now(),
        registered_at=datetime(2026, 7, 1, 10, tzinfo=UTC),
    )

    assert table(attendees.as_csv(roster.roster(event_session)))[1:] == [
        ["", "", "2", "Platz sicher", "01.07.2026 12:00", "0"]
    ]
