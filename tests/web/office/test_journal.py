"""The journal: all that was done, found by session, actor, deed, day and person; never changed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.staff import accounts
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells, text_of

PAGE = "/verwaltung/journal"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen")


@pytest.fixture
def kim(event_session):
    return RegistrationFactory(event_session=event_session, name="Kim Muster")


@pytest.fixture
def admin(event_session, signed_in):
    """Whose own visit is no entry any more, so that each test knows all there are."""
    browser = signed_in("admin")
    journal.forget(["signed_in", "staff_added"], before=app_clock.now())
    db.session.commit()
    return browser


def note(code, about, *, actor=journal.SYSTEM, scope=None, **facts):
    journal.note(code, actor=actor, thread=about, scope=scope, **facts)
    db.session.commit()


@pytest.fixture
def deeds(kim, event_session, clock, admin):
    """One of each kind of actor, a day apart, the last of them now."""
    scope = event_session.thread
    clock.shift(timedelta(days=-3))
    note(
        "registered",
        kim.thread,
        actor=journal.RESIDENT,
        scope=scope,
        party_size=1,
        status="confirmed",
    )
    clock.shift(timedelta(days=1))
    note("session_resized", scope, actor="staff:999", scope=scope, before=10, now=12)
    clock.shift(timedelta(days=1))
    me = accounts.by_address("admin@example.org").actor
    note("house_switched", "house", actor=me, switch="confirm-by-mail", before="off", now="on")
    clock.shift(timedelta(days=1))
    note("staff_removed", me)


def what(page):
    return [row[2] for row in cells(page, "eintraege") if len(row) > 1]


def test_everything_is_told_with_who_did_it_the_newest_first(admin, deeds, kim):
    page = admin.get(PAGE)

    assert cells(page, "eintraege") == [
        ["Mo 07.09.2026, 12 Uhr", "System", "Konto gelöscht", "–", "admin@example.org"],
        [
            "So 06.09.2026, 12 Uhr",
            "admin@example.org",
            "für alle Termine: Anmeldungen per E-Mail bestätigen, aus → an",
            "–",
            "–",
        ],
        ["Sa 05.09.2026, 12 Uhr", "gelöschtes Konto Nr. 999", "Plätze: 10 → 12", "Wohnen", "–"],
        [
            "Fr 04.09.2026, 12 Uhr",
            "Teilnehmende",
            "angemeldet, Personen: 1 – Platz sicher",
            "Wohnen",
            "Kim Muster",
        ],
    ]
    assert f'<a href="/verwaltung/termine/abend/personen/{kim.ulid}">Kim Muster</a>' in page.text
    assert '<a href="/verwaltung/termine/abend"><span>Wohnen</span></a>' in page.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"termin": "abend"}, ["Plätze: 10 → 12", "angemeldet, Personen: 1 – Platz sicher"]),
        ({"wer": "resident"}, ["angemeldet, Personen: 1 – Platz sicher"]),
        ({"wer": "system"}, ["Konto gelöscht"]),
        ({"tat": "session_resized"}, ["Plätze: 10 → 12"]),
        ({"von": "2026-09-05", "bis": "2026-09-05"}, ["Plätze: 10 → 12"]),
        ({"von": "2026-09-07"}, ["Konto gelöscht"]),
        ({"bis": "2026-09-04"}, ["angemeldet, Personen: 1 – Platz sicher"]),
        ({"termin": "abend", "wer": "system"}, []),
        ({"termin": "", "wer": "", "tat": "", "von": "", "bis": ""}, None),
        ({"anmeldung": "01K4GJ0000000000000000HEUT"}, []),
    ],
)
def test_entries_are_found_by_what_is_asked(admin, deeds, asked, found):
    everything = what(admin.get(PAGE))

    assert what(admin.get(PAGE, query_string=asked)) == (everything if found is None else found)
    assert len(everything) == 4


def test_entries_of_a_colleague_are_found(admin, deeds):
    me = accounts.by_address("admin@example.org").actor

    assert what(admin.get(f"{PAGE}?wer={me}")) == [
        "für alle Termine: Anmeldungen per E-Mail bestätigen, aus → an"
    ]


def test_page_of_a_person_leads_to_their_entries(admin, deeds, kim):
    person = admin.get(f"/verwaltung/termine/abend/personen/{kim.ulid}").text
    page = admin.get(f"{PAGE}?anmeldung={kim.ulid}")

    assert f'<a href="{PAGE}?anmeldung={kim.ulid}">' in person
    assert what(page) == ["angemeldet, Personen: 1 – Platz sicher"]
    assert "Einträge zu einer Anmeldung, das Neueste zuerst" in text_of(page)


def test_office_is_not_led_to_the_journal(signed_in, kim):
    office = signed_in("office")

    pages = [
        office.get(f"/verwaltung/termine/abend/personen/{kim.ulid}"),
        office.get("/verwaltung/"),
    ]

    assert [PAGE in page.text for page in pages] == [False, False]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"von": "gestern"}, "Geben Sie bei „von“ einen Tag an, zum Beispiel 01.10.2026"),
        ({"bis": "9999-99-99"}, "Geben Sie bei „bis“ einen Tag an, zum Beispiel 01.10.2026"),
        ({"bis": "0001-01-01"}, "Geben Sie bei „bis“ einen Tag an, zum Beispiel 01.10.2026"),
        ({"von": "2026-09-09", "bis": "2026-09-08"}, "Geben Sie bei „bis“ keinen Tag vor „von“ an"),
        ({"tat": "erfunden"}, "Wählen Sie eine der Möglichkeiten"),
        ({"wer": "staff:0"}, "Wählen Sie eine der Möglichkeiten"),
        ({"termin": "gibt-es-nicht"}, "Wählen Sie eine der Möglichkeiten"),
    ],
)
def test_what_cannot_be_looked_for_is_said_beside_the_field(admin, deeds, asked, said):
    page = admin.get(PAGE, query_string=asked)

    assert page.status_code == 422
    assert page.text.count(said) == 2  # on top, and there
    assert cells(page, "eintraege") == [["Dazu gibt es keinen Eintrag."]]


@pytest.mark.parametrize("number", ["-1", "0", "x", "99999999999999999999", ""])
def test_invented_number_of_a_page_breaks_nothing(admin, deeds, number):
    assert admin.get(f"{PAGE}?vor={number}").status_code == 200


def test_pages_of_fifty_follow_each_other_without_gap_or_repetition(admin, event_session):
    for number in range(120):
        note("session_resized", event_session.thread, before=number, now=number + 1)

    pages = [admin.get(f"{PAGE}?tat=session_resized")]
    while (rest := pages[-1].text.partition('">Ältere Einträge</a>'))[1]:
        pages.append(admin.get(rest[0].rpartition('href="')[2].replace("&amp;", "&")))

    told = [one for page in pages for one in what(page)]
    assert [len(what(page)) for page in pages] == [50, 50, 20]
    assert told == [f"Plätze: {number} → {number + 1}" for number in reversed(range(120))]
    assert ["Zum Neuesten" in page.text for page in pages] == [False, True, True]


def test_page_asks_as_often_for_fifty_as_for_one(admin, event_session, count_queries):
    kim = RegistrationFactory(event_session=event_session)
    note("comes", kim.thread, scope=event_session.thread, party_size=1)
    for_one = count_queries(admin, PAGE)
    for _ in range(60):
        other = RegistrationFactory()
        note("comes", other.thread, scope=other.event_session.thread, party_size=1)

    assert count_queries(admin, PAGE) == for_one


def test_reading_changes_nothing(admin, deeds):
    before = all_rows()

    admin.get(PAGE)

    assert all_rows() == before


def test_database_refuses_to_change_an_entry(deeds):
    first = db.session.scalar(select(JournalEntry.id))

    with pytest.raises(DBAPIError, match="never changed"):
        db.session.execute(
            update(JournalEntry).where(JournalEntry.id == first).values(actor="staff:1")
        )


def test_words_for_kinds_leave_facts_open(app):
    assert journal.kind("session_resized") == "Plätze: … → …"
    assert all("%(" not in journal.kind(code) for code in journal.SENTENCES)
