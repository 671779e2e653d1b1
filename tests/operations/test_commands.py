"""What operators type, and what they read then."""

import pytest
from sqlalchemy import func, select

from chancendialog import journal
from chancendialog.attendance import duty
from chancendialog.extensions import db
from chancendialog.operations.trial import SERIES
from chancendialog.programme import queries
from chancendialog.programme.models import Series
from chancendialog.staff import accounts
from tests.factories import EventSessionFactory
from tests.programme.test_file import GOOD


@pytest.fixture
def today(app):
    return EventSessionFactory(slug="heute", title="Heute")


@pytest.fixture
def run(app):
    return app.test_cli_runner().invoke


def test_a_file_is_loaded(run):
    result = run(args=["programme", "load", str(SERIES)])

    assert result.exit_code == 0
    assert "Angelegt: Termin „Auftakt“ (2024-06-19-auftakt)" in result.output


def test_a_faulty_file_loads_nothing_and_says_every_fault(run, tmp_path):
    file = tmp_path / "programm.toml"
    file.write_text(GOOD.replace("capacity = 20", "capacity = -1\nplaces = 3"))

    result = run(args=["programme", "load", str(file)])

    assert result.exit_code == 1
    assert [line.split(":")[0] for line in result.output.splitlines()[1:]] == [
        "  Zeile 23, [[sessions]] Nr. 1",
        "  Zeile 24, [[sessions]] Nr. 1",
    ]
    assert db.session.scalar(select(func.count()).select_from(Series)) == 0


def test_differences_are_told_with_the_way_to_apply_them(run, tmp_path):
    file = tmp_path / "programm.toml"
    file.write_text(GOOD)
    run(args=["programme", "load", str(file)])
    file.write_text(GOOD.replace("capacity = 20", "capacity = 30"))

    listed = run(args=["programme", "load", str(file)])
    applied = run(args=["programme", "load", str(file), "--update"])

    assert "Anders: Termin abend, capacity: „20“ → „30“\nNichts davon" in listed.output
    assert "Geändert: Termin abend, capacity: „20“ → „30“\n" in applied.output
    db.session.rollback()
    assert queries.session_by_slug("abend").capacity == 30


def test_a_file_that_is_no_text_is_refused_kindly(run, tmp_path):
    file = tmp_path / "programm.toml"
    file.write_bytes(b"\xff\xfe")

    result = run(args=["programme", "load", str(file)])

    assert result.exit_code == 1
    assert "kein Text in UTF-8" in result.output


def test_staff_are_added_with_a_password_from_standard_input(run):
    result = run(
        args=["staff", "add", "Kim@Example.org", "--role", "office", "--password-stdin"],
        input="ein langer Satz ohne Sinn\n",
    )

    assert result.output == "kim@example.org hat jetzt die Rolle office.\n"
    assert accounts.datastore.find_user(email="kim@example.org").verify_and_update_password(
        "ein langer Satz ohne Sinn"
    )


def test_without_a_password_a_link_is_printed_that_works(run, client):
    result = run(args=["staff", "add", "kim@example.org", "--role", "door"])
    link = result.output.splitlines()[-1].removeprefix("http://localhost:5000")

    assert client.get(link).status_code == 200


def test_a_door_account_is_told_how_to_be_assigned_and_can_be(run, today):
    added = run(args=["staff", "add", "kim@example.org", "--role", "door"])
    assigned = [run(args=["staff", "assign", "Kim@example.org", "heute"]) for _ in range(2)]
    kim = accounts.by_address("kim@example.org")

    assert "  flask --app wsgi staff assign kim@example.org TERMIN\n" in added.output
    assert [result.output for result in assigned] == [
        "kim@example.org sieht am Tag der Veranstaltung „Heute“.\n"
    ] * 2
    assert duty.on_duty_at(today) == {kim.id}
    assert [entry.code for entry in journal.of_scope(today.thread)] == ["door_assigned"]


@pytest.mark.parametrize(
    ("email", "slug", "sentence"),
    [
        ("kim@example.org", "heute", "Zu „kim@example.org“ gibt es kein Konto."),
        ("da@example.org", "nie", "Den Termin „nie“ gibt es nicht."),
    ],
)
def test_nobody_is_assigned_to_what_is_not_there(run, today, email, slug, sentence):
    accounts.add("da@example.org", "door", password=None)

    result = run(args=["staff", "assign", email, slug])

    assert (result.exit_code, result.output) == (1, f"Error: {sentence}\n")


def test_who_has_left_is_removed(run):
    accounts.add("kim@example.org", "door", password=None)

    gone = run(args=["staff", "remove", "Kim@example.org"])
    again = run(args=["staff", "remove", "kim@example.org"])

    assert gone.exit_code == 0
    assert (again.exit_code, again.output) == (
        1,
        "Error: Zu „kim@example.org“ gibt es kein Konto.\n",
    )
    assert accounts.datastore.find_user(email="kim@example.org") is None


@pytest.mark.parametrize(
    ("args", "given", "sentence"),
    [
        (["kim@example.org", "--role", "boss"], "", "Die Rolle „boss“ gibt es nicht."),
        (["kim", "--role", "door"], "", "„kim“ ist keine E-Mail-Adresse"),
        (["kim@example.org", "--role", "door", "--password-stdin"], "kurz\n", "12"),
    ],
)
def test_what_cannot_be_added_is_told(run, args, given, sentence):
    result = run(args=["staff", "add", *args], input=given)

    assert result.exit_code == 1
    assert sentence in result.output
    assert accounts.datastore.find_user(email="kim@example.org") is None


def test_a_trial_has_examples_once_and_demo_accounts(run, letters):
    first = run(args=["trial", "prepare"])
    second = run(args=["trial", "prepare"])

    assert [first.exit_code, second.exit_code] == [0, 0]
    assert [one.slug for one in queries.sessions()] == [
        "2024-06-19-auftakt",
        "beispiel-klein",
        "beispiel-gross",
        "beispiel-voll",
        "beispiel-english",
    ]
    assert duty.sessions_of(accounts.by_address("door@example.org")) == {
        one.id for one in queries.sessions()
    }
    assert letters() == []


def test_an_installation_has_no_examples(run, app, monkeypatch):
    monkeypatch.setitem(app.config, "IS_TRIAL", False)

    result = run(args=["trial", "prepare"])

    assert result.exit_code == 1
    assert queries.is_empty()
