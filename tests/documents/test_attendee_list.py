"""The list of a session's people: opens unbroken in Excel, and runs nothing there."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from chancendialog import clock as app_clock
from chancendialog.attendance import roster
from chancendialog.documents import attendees, lists
from chancendialog.documents.attendees import SOURCES, Fact, Sorting, Whom
from chancendialog.documents.choices import Choice
from chancendialog.documents.lists import Kind, Wish
from chancendialog.documents.tables import Mark
from chancendialog.extensions import db
from chancendialog.registration.models import Source, Status
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.hostile import FORMULAS, TEXTS

ALL = tuple(Fact)
HEADINGS = [
    "Name",
    "Personen",
    "Status",
    "Stelle auf der Warteliste",
    "Angemeldet am",
    "Da",
    "Code für den Einlass",
    "Sprache",
    "Angemeldet über",
    "E-Mail",
]
MARK = Mark("kim@example.org", datetime(2026, 9, 7, 10, tzinfo=UTC), "Montag, 12 Uhr")


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
        registered_at=datetime(2026, 1, 31, 23, 30, 7, 99, tzinfo=UTC),
        ticket="7Q4K9XWM2HTR",
    )
    RegistrationFactory(
        event_session=event_session,
        name="Zeynep Yılmaz",
        email="zeynep@example.org",
        status=Status.WAITING,
        registered_at=datetime(2026, 7, 1, 10, tzinfo=UTC),
        ticket="222222222222",
        language="en",
    )
    RegistrationFactory(
        event_session=event_session,
        name="Ohne Adresse",
        email=None,
        status=Status.WITHDRAWN,
        registered_at=datetime(2026, 7, 1, 11, tzinfo=UTC),
        ticket="333333333333",
        source=Source.COUNTER,
    )
    roster.check_in(kim, 3, operation="a", actor="staff:1")
    roster.check_in(kim, 2, operation="b", actor="staff:1")
    return event_session


def made(event_session, kind, facts=ALL, whom=Whom.EVERYBODY, sorting=Sorting.SIGN_UP):
    db.session.flush()
    file = BytesIO()
    lists.write(file, event_session, Wish(kind, whom, Choice(facts, sorting)), MARK)
    return file.getvalue()


def table(event_session, **wish):
    """What a spreadsheet reads in the CSV."""
    content = made(event_session, Kind.CSV, **wish)
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def book(event_session, **wish):
    return load_workbook(BytesIO(made(event_session, Kind.XLSX, **wish)))


def names(event_session, **wish):
    [_heading, *rows] = table(event_session, facts=(Fact.NAME,), **wish)
    return [name for (name,) in rows]


def test_csv_opens_in_german_excel_without_a_question(guests):
    content = made(guests, Kind.CSV, facts=(Fact.NAME, Fact.EMAIL))

    assert content.startswith(b"\xef\xbb\xbfName;E-Mail\r\n")
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    assert "Kim Müßigänger" in content.decode("utf-8")


def test_csv_holds_everybody_with_hannover_time_and_nothing_else(guests):
    assert table(guests) == [
        HEADINGS,
        [
            "Kim Müßigänger; geb. „Öz“",
            "3",
            "Platz sicher",
            "",
            "01.02.2026 00:30",
            "2",
            "7Q4K-9XWM-2HTR",
            "Deutsch",
            "Internet",
            "kim@example.org",
        ],
        [
            "Zeynep Yılmaz",
            "1",
            "Warteliste",
            "1",
            "01.07.2026 12:00",
            "0",
            "2222-2222-2222",
            "English",
            "Internet",
            "zeynep@example.org",
        ],
        [
            "Ohne Adresse",
            "1",
            "abgemeldet",
            "",
            "01.07.2026 13:00",
            "0",
            "3333-3333-3333",
            "Deutsch",
            "Büro",
            "",
        ],
    ]


def test_xlsx_holds_the_same_as_text_numbers_and_moments(guests):
    rows = [
        [(cell.value, cell.data_type) for cell in row] for row in book(guests).active.iter_rows()
    ]

    assert rows == [
        [(heading, "s") for heading in HEADINGS],
        [
            ("Kim Müßigänger; geb. „Öz“", "s"),
            (3, "n"),
            ("Platz sicher", "s"),
            (None, "n"),
            (datetime(2026, 2, 1, 0, 30, 7), "d"),
            (2, "n"),
            ("7Q4K-9XWM-2HTR", "s"),
            ("Deutsch", "s"),
            ("Internet", "s"),
            ("kim@example.org", "s"),
        ],
        [
            ("Zeynep Yılmaz", "s"),
            (1, "n"),
            ("Warteliste", "s"),
            (1, "n"),
            (datetime(2026, 7, 1, 12), "d"),
            (0, "n"),
            ("2222-2222-2222", "s"),
            ("English", "s"),
            ("Internet", "s"),
            ("zeynep@example.org", "s"),
        ],
        [
            ("Ohne Adresse", "s"),
            (1, "n"),
            ("abgemeldet", "s"),
            (None, "n"),
            (datetime(2026, 7, 1, 13), "d"),
            (0, "n"),
            ("3333-3333-3333", "s"),
            ("Deutsch", "s"),
            ("Büro", "s"),
            (None, "n"),
        ],
    ]


def test_columns_stand_in_the_order_that_was_asked_for(guests):
    facts = (Fact.EMAIL, Fact.ARRIVED, Fact.NAME)

    assert table(guests, facts=facts)[:2] == [
        ["E-Mail", "Da", "Name"],
        ["kim@example.org", "2", "Kim Müßigänger; geb. „Öz“"],
    ]


@pytest.mark.parametrize("name", FORMULAS)
def test_csv_runs_no_formula(event_session, name):
    RegistrationFactory(event_session=event_session, name=name)

    [shown] = names(event_session)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert shown.removeprefix("'") == name


def test_csv_runs_no_formula_in_an_address_either(event_session):
    RegistrationFactory(event_session=event_session, email="=cmd@example.org")

    assert table(event_session, facts=(Fact.EMAIL,))[1] == ["'=cmd@example.org"]


@pytest.mark.parametrize("name", ["Kim", "Anna-Lena", "1 = 1", "O'Neill", "Kim\nMuster", 'Kim "K"'])
def test_csv_leaves_other_names_alone(event_session, name):
    RegistrationFactory(event_session=event_session, name=name)

    assert names(event_session) == [name]


@pytest.mark.parametrize(
    "name", [*TEXTS[:5], "{=1}", "https://example.org", "007", "12.09.2026", "y" * 40_000]
)
def test_xlsx_keeps_text_that_looks_like_something_else_as_text(event_session, name):
    RegistrationFactory(event_session=event_session, name=name)

    content = made(event_session, Kind.XLSX)
    cell = load_workbook(BytesIO(content)).active["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (
        name[:32_767],  # more than a cell may hold
        "s",
        None,
    )
    assert b"<f>" not in ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_empty_list_is_its_headings(event_session):
    assert table(event_session) == [HEADINGS]
    assert [cell.value for cell in book(event_session).active[1]] == HEADINGS


def test_xlsx_keeps_its_headings_in_sight_and_offers_a_filter(guests):
    page = book(guests).active

    assert page.title == "Alle"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:J4"
    assert [cell.font.bold for cell in page[1]] == [True] * 10
    assert page["E2"].number_format == "dd.mm.yyyy hh:mm"


def test_xlsx_prints_on_pages_that_say_whose_list_it_is_and_what_becomes_of_it(guests):
    guests.title = "Was, wann & wo? " + "So viele Fragen " * 20

    page = book(guests).active
    assert page.print_title_rows == "$1:$1"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToHeight == 0  # as many pages as it takes, one wide
    assert page.oddHeader.left.text.startswith("Was, wann && wo? So viele Fragen")
    assert page.oddFooter.left.text == (
        "Erstellt von kim@example.org, Montag, 12 Uhr\n"
        "Enthält personenbezogene Daten: nach der Veranstaltung vernichten"
    )
    assert page.oddFooter.right.text == "&P/&N"


def test_xlsx_says_who_made_it_and_when(guests):
    facts = book(guests).properties

    assert (facts.title, facts.creator) == ("Wohnen der Zukunft", "kim@example.org")
    assert facts.created == datetime(2026, 9, 7, 10)
    assert "vernichten" in facts.description


def test_names_stand_as_in_a_german_directory(event_session):
    for name in ("Zeta", "Öz", "abel", "Oz", "Äbel", "Ozon", "Ab Zorn"):
        RegistrationFactory(event_session=event_session, name=name)

    assert names(event_session, sorting=Sorting.NAME) == [
        "Ab Zorn", "abel", "Äbel", "Öz", "Oz", "Ozon", "Zeta",
    ]  # fmt: skip


def test_more_people_than_are_read_at_a_time_stand_in_order_too(event_session, monkeypatch):
    monkeypatch.setattr(attendees, "AT_A_TIME", 2)
    for name in ("E", "A", "D", "B", "C"):
        RegistrationFactory(event_session=event_session, name=name)

    assert names(event_session, sorting=Sorting.NAME) == ["A", "B", "C", "D", "E"]
    assert names(event_session, sorting=Sorting.SIGN_UP) == ["E", "A", "D", "B", "C"]


@pytest.fixture
def everybody(event_session):
    """One of each state, one whose name is deleted, one who went on at another address."""
    soon, past = (app_clock.now() + timedelta(hours=hours) for hours in (1, -1))
    for status in Status:
        RegistrationFactory(event_session=event_session, name=status.value, status=status)
    for name, status, hold_until in (
        ("offer runs", Status.OFFERED, soon),
        ("offer is over", Status.OFFERED, past),
        ("second in the queue", Status.WAITING, None),
    ):
        RegistrationFactory(
            event_session=event_session, name=name, status=status, hold_until=hold_until
        )
    RegistrationFactory(event_session=event_session, name="", erased_at=past)
    RegistrationFactory(
        event_session=event_session, name="mistyped", status=Status.WITHDRAWN, link_version=1
    )
    RegistrationFactory(name="of another session")
    return event_session


@pytest.mark.parametrize(
    ("whom", "expected"),
    [
        (Whom.SEATED, ["confirmed", ""]),
        (Whom.WAITING, ["waiting", "offered", "offer runs", "second in the queue"]),
        (Whom.WITHDRAWN, ["withdrawn"]),
        (
            Whom.EVERYBODY,
            [
                "unverified", "confirmed", "waiting", "offered", "expired", "withdrawn",
                "offer runs", "offer is over", "second in the queue", "", "mistyped",
            ],
        ),
    ],
)  # fmt: skip
def test_a_list_names_whom_it_is_about_and_nobody_else(everybody, whom, expected):
    assert names(everybody, whom=whom) == expected


def test_places_in_the_queue_are_those_that_people_are_told(everybody):
    rows = table(everybody, facts=(Fact.NAME, Fact.PLACE), sorting=Sorting.NAME)

    assert [row for row in rows[1:] if row[1]] == [
        ["second in the queue", "2"],
        ["waiting", "1"],
    ]


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
def test_every_state_has_a_name_that_is_true_now(event_session, status, hours, name):
    """Also before the worker has noted that time is up."""
    until = None if hours is None else app_clock.now() + timedelta(hours=hours)
    one = RegistrationFactory(event_session=event_session, status=status, hold_until=until)

    assert table(event_session, facts=(Fact.STATUS,))[1] == [name]
    assert attendees.status_name(one.standing) == name


def test_erased_people_leave_an_empty_name_and_their_number(event_session):
    RegistrationFactory(
        event_session=event_session, name="", email=None, party_size=2, erased_at=app_clock.now()
    )

    assert table(event_session, facts=(Fact.NAME, Fact.EMAIL, Fact.PEOPLE))[1] == ["", "", "2"]


def test_every_source_has_a_word():
    assert set(SOURCES) == set(Source)


def test_a_list_takes_as_many_queries_for_five_as_for_one(event_session, statements):
    RegistrationFactory(event_session=event_session)
    for_one = statements(lambda: table(event_session))
    RegistrationFactory.create_batch(4, event_session=event_session)

    assert statements(lambda: table(event_session)) == for_one
