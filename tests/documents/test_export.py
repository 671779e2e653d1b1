"""Taking the list away: who may, what the file is called, and who is noted."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.staff.models import User
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory

LIST = "/verwaltung/termine/abend/teilnehmende"


@pytest.fixture
def event_session(app):
    event_session = EventSessionFactory(slug="abend", title="Wohnen der Zukunft")
    RegistrationFactory(event_session=event_session, name="Kim Müller", email="kim@example.org")
    return event_session


def exports():
    return [
        (entry.actor, entry.thread, entry.scope, entry.facts)
        for entry in db.session.scalars(
            select(JournalEntry).where(JournalEntry.code == "exported").order_by(JournalEntry.id)
        )
    ]


def test_csv_is_a_file_to_keep(event_session, signed_in):
    answer = signed_in("office").get(f"{LIST}.csv")

    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="abend-teilnehmende.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbfName;")
    assert "Kim Müller;kim@example.org;1;" in answer.data.decode("utf-8-sig")


def test_xlsx_is_a_file_to_keep(event_session, signed_in):
    answer = signed_in("office").get(f"{LIST}.xlsx")

    assert answer.status_code == 200
    assert (
        answer.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    assert answer.headers["Content-Disposition"] == 'attachment; filename="abend-teilnehmende.xlsx"'
    book = load_workbook(BytesIO(answer.data))
    assert book.active["A2"].value == "Kim Müller"
    assert book.properties.title == "Wohnen der Zukunft"


def test_journal_says_who_took_which_list(event_session, signed_in):
    browser = signed_in("office")
    browser.get(f"{LIST}.csv")
    browser.get(f"{LIST}.xlsx")

    actor = db.session.scalar(select(User)).actor
    thread = event_session.thread
    assert exports() == [
        (actor, thread, thread, {"kind": "csv"}),
        (actor, thread, thread, {"kind": "xlsx"}),
    ]


def test_journal_names_nobody_on_the_list(event_session, signed_in):
    signed_in("office").get(f"{LIST}.csv")

    assert "kim" not in str(all_rows()["journal_entry"]).lower()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_door_takes_no_list_away(event_session, signed_in, kind):
    answer = signed_in("door").get(f"{LIST}.{kind}")

    assert answer.status_code == 403
    assert "Kim" not in answer.text
    assert exports() == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_stranger_takes_no_list_away(event_session, client, kind):
    answer = client.get(f"{LIST}.{kind}")

    assert answer.status_code == 302
    assert exports() == []


def test_list_of_another_session_is_another_list(event_session, signed_in):
    RegistrationFactory(name="Anna von nebenan")

    answer = signed_in("office").get(f"{LIST}.csv")

    assert "Anna" not in answer.data.decode("utf-8-sig")


@pytest.mark.parametrize("page", ["gibt-es-nicht/teilnehmende.csv", "abend/teilnehmende.pdf"])
def test_list_that_does_not_exist_is_a_page_that_says_so(event_session, signed_in, page):
    answer = signed_in("office").get(f"/verwaltung/termine/{page}")

    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text
    assert exports() == []
