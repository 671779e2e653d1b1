"""The course of a session: who did what, in words, the newest first."""

import pytest

from chancendialog import clock, journal
from chancendialog.extensions import db
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells

PAGE = "/verwaltung/termine/abend/verlauf"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=10)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def rows(page):
    """The cells of the table."""
    return cells(page, "verlauf")


def note(event_session, code, *, actor=journal.SYSTEM, thread=None, **facts):
    scope = event_session.thread
    journal.note(code, actor=actor, thread=thread or scope, scope=scope, **facts)


def test_page_tells_when_who_and_what_the_newest_first(office, event_session, clock):
    kim = booking.register(event_session, Applicant(name="Kim Muster", email="kim@x.test"))
    clock.shift(60)
    office.fill_in("/verwaltung/termine/abend/plaetze", capacity="12")
    clock.shift(60)
    note(event_session, "nobody_fits", free=1, wanted=2)

    page = office.get(PAGE)

    assert rows(page) == [
        [
            "Mo 07.09.2026, 12:02 Uhr",
            "System",
            "nichts angeboten: 1 Platz frei, die kleinste wartende Gruppe wünscht 2",
            "–",
        ],
        ["Mo 07.09.2026, 12:01 Uhr", "Büro", "Plätze: 10 → 12", "–"],
        [
            "Mo 07.09.2026, 12 Uhr",
            "Teilnehmende",
            "angemeldet, Personen: 1 – Platz sicher",
            "Kim Muster",
        ],
    ]
    assert '<time datetime="2026-09-07T10:02:00+00:00">' in page.text
    assert f'<a href="/verwaltung/termine/abend/personen/{kim.ulid}">Kim Muster</a>' in page.text


def test_settings_are_called_what_staff_call_them(office, event_session):
    office.fill_in(
        "/verwaltung/termine/abend/plaetze",
        confirmation="by-mail",
        offers="off",
        registration_closes_at="2026-10-01T18:00",
        waiting_list_limit="5",
    )

    assert [what for _when, _who, what, _whom in rows(office.get(PAGE))] == [
        "Einstellung geändert: Anmeldung bis, – → Do 01.10.2026, 18 Uhr",
        "Einstellung geändert: Bestätigung, sofort → per E-Mail bestätigen",
        "Einstellung geändert: freie Plätze erst anbieten, an → aus",
        "Einstellung geändert: Länge der Warteliste, – → 5",
    ]


def test_person_whose_name_is_erased_keeps_a_line_and_a_page(office, event_session):
    gone = RegistrationFactory(event_session=event_session, name="", email=None)
    note(event_session, "erased", thread=gone.thread)

    page = office.get(PAGE)

    assert f'/personen/{gone.ulid}">(gelöscht)</a>' in page.text


def test_entry_about_nobody_here_leads_nowhere(office, event_session):
    elsewhere = RegistrationFactory(name="Anna von nebenan")
    note(event_session, "erased", thread=elsewhere.thread)
    note(event_session, "erased", thread="registration:")

    page = office.get(PAGE)

    assert [whom for *_rest, whom in rows(page)] == ["–", "–"]


def test_other_sessions_have_a_course_of_their_own(office, event_session):
    note(EventSessionFactory(), "session_added")

    assert rows(office.get(PAGE)) == [["Noch ist nichts geschehen."]]


def test_page_ends_after_the_latest_two_hundred(office, event_session):
    for number in range(201):
        note(event_session, "session_resized", before=number, now=number + 1)

    page = office.get(PAGE)

    assert len(rows(page)) == 200
    assert rows(page)[-1][2] == "Plätze: 1 → 2"
    assert "Hier stehen die letzten 200 Einträge." in page.text


def test_older_entry_that_knows_less_than_today_is_told_with_a_gap(office, event_session):
    """Before offers there was no `free` in the journal."""
    entry = journal.JournalEntry(
        at=clock.now(),
        actor=journal.SYSTEM,
        code="seated_from_waiting_list",
        thread="registration:x",
        scope=event_session.thread,
        facts={"party_size": 2},
    )
    db.session.add(entry)

    assert rows(office.get(PAGE))[0][2] == "von der Warteliste nachgerückt: ? frei, 2 gewünscht"


def test_course_asks_the_database_as_often_for_many_as_for_one(
    office, event_session, count_queries
):
    note(event_session, "erased", thread=RegistrationFactory(event_session=event_session).thread)
    for_one = count_queries(office, PAGE)
    for guest in RegistrationFactory.create_batch(5, event_session=event_session):
        note(event_session, "erased", thread=guest.thread)

    assert count_queries(office, PAGE) == for_one


def test_opening_the_page_changes_nothing(office, event_session):
    note(event_session, "session_added")
    before = all_rows()

    office.get(PAGE)

    assert all_rows() == before


def test_unknown_session_is_no_page(office):
    assert office.get("/verwaltung/termine/gibt-es-nicht/verlauf").status_code == 404
