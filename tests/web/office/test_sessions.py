"""The overview: how full every session is, and what holds for all of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import house, journal
from chancendialog.extensions import db
from chancendialog.house import Switch
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells

PAGE, SWITCH = "/verwaltung/", "/verwaltung/bestaetigung"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(
        slug="abend", title="Wohnen", starts_at=app_clock.now() + timedelta(hours=7)
    )


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def press(browser, value):
    token = form_fields(browser.get(PAGE).text)["csrf_token"]
    return browser.post(SWITCH, data={"csrf_token": token, "on": value})


def is_on():
    db.session.rollback()
    return house.is_on(Switch.CONFIRM_BY_MAIL)


def test_held_seats_count_as_taken_until_their_time_is_over(office, event_session):
    until = app_clock.now() + timedelta(hours=1)
    for status, hold_until in (
        (Status.CONFIRMED, None),
        (Status.OFFERED, until),
        (Status.UNVERIFIED, until),
        (Status.UNVERIFIED, app_clock.now()),
        (Status.WAITING, None),
    ):
        RegistrationFactory(
            event_session=event_session, party_size=2, status=status, hold_until=hold_until
        )

    (row,) = cells(office.get(PAGE), "kommend")

    assert row[-4:] == ["10", "6", "2", "0"]


def test_overbooked_session_is_marked(office, event_session):
    RegistrationFactory(event_session=event_session, party_size=11)

    assert "überbucht" in office.get(PAGE).text


def test_office_finds_the_seats_of_each_session(office):
    assert '<a href="/verwaltung/termine/abend/plaetze">' in office.get(PAGE).text


def test_door_finds_neither_seats_nor_what_holds_for_all(event_session, at_the_door):
    page = at_the_door(event_session).get(PAGE)

    assert "Wohnen" in page.text
    assert ["plaetze" in page.text, "Für alle Termine" in page.text] == [False, False]


def test_switch_says_what_it_means_and_how_it_stands(office):
    off = office.get(PAGE)
    house.turn(Switch.CONFIRM_BY_MAIL, on=True, actor=journal.SYSTEM)
    on = office.get(PAGE)

    assert "Jede neue Anmeldung gilt erst, wenn jemand auf den Link" in off.text
    assert "Das ist zurzeit aus" in off.text
    assert "Bestätigen per E-Mail einschalten" in off.text
    assert "Das ist zurzeit an." in on.text
    assert "Bestätigen per E-Mail ausschalten" in on.text


def test_switch_is_turned_on_and_off_and_the_journal_knows_by_whom(office):
    answers, states = [], []
    for value in ("1", "0"):
        answers.append(press(office, value))
        states.append(is_on())

    entries = db.session.scalars(select(journal.JournalEntry).order_by(journal.JournalEntry.id))
    told = [
        (entry.actor[:6], journal.sentence(entry))
        for entry in entries
        if entry.thread == house.THREAD
    ]
    assert [(answer.status_code, answer.location) for answer in answers] == [
        (303, f"{PAGE}#inhalt")
    ] * 2
    assert states == [True, False]
    assert told == [
        ("staff:", "für alle Termine: Anmeldungen per E-Mail bestätigen, aus → an"),
        ("staff:", "für alle Termine: Anmeldungen per E-Mail bestätigen, an → aus"),
    ]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("1", "Neue Anmeldungen sind ab jetzt per E-Mail zu bestätigen."),
        ("0", "Ab jetzt gilt wieder, was bei jedem Termin eingestellt ist."),
    ],
)
def test_switch_says_what_it_did(office, value, sentence):
    assert sentence in office.read(press(office, value).location).text


def test_turning_it_on_twice_is_turning_it_on(office):
    assert [press(office, "1").status_code for _twice in range(2)] == [303, 303]
    assert is_on()


@pytest.mark.parametrize("value", ["", "an", "2"])
def test_value_that_is_neither_on_nor_off_is_not_understood(office, value):
    assert press(office, value).status_code == 400
    assert not is_on()


def test_switch_without_our_token_stays_as_it_is(office):
    assert office.post(SWITCH, data={"on": "1"}).status_code == 400
    assert not is_on()


def test_opening_its_address_changes_nothing(office):
    before = all_rows()

    assert office.get(SWITCH).status_code == 405
    assert all_rows() == before
