"""Two colleagues with the same page open: what each has changed is kept, and told to the other."""

import json
import re

import pytest

from chancendialog.extensions import db
from chancendialog.programme.models import EventSession
from chancendialog.registration.models import Dispatch
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, VenueFactory
from tests.web.steps import as_shown, text_of

SESSION = "/verwaltung/termine/abend"
SEATS, MOVE = f"{SESSION}/plaetze", f"{SESSION}/verlegen"
ASKED_BACK = (
    "Das hat inzwischen jemand anders geändert. Lesen Sie nach, was jetzt gilt, und senden Sie das"
    " Formular noch einmal, wenn es dabei bleiben soll"
)


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", capacity=20, venue=VenueFactory(slug="haus"))


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


@pytest.fixture
def colleague(event_session, signed_in):
    return signed_in("admin")


def saved():
    return db.session.query(EventSession).populate_existing().one()


def summary(page):
    """The sentences on top of a form with faults."""
    top = page.text.partition('id="fehler"')[2].partition("</ul>")[0]
    return re.findall(r'<li>(?:<a href="#[^"]*">)?([^<]+)<', top)


def said(browser, answer):
    """What the page says after a deed."""
    return re.findall(r'<p class="kern-title">([^<]*)</p>', browser.read(answer.location).text)


def test_what_both_have_changed_is_asked_back_with_old_and_new(office, colleague):
    mine = form_fields(office.get(SEATS).text) | {"capacity": "40", "party_limit": "2"}
    colleague.fill_in(SEATS, capacity="50")
    before = all_rows()

    page = office.post(SEATS, data=mine)

    assert page.status_code == 422
    assert summary(page) == [
        ASKED_BACK,
        "Inzwischen geändert von Büro, Mo 07.09.2026, 12 Uhr: 20 → 50",
    ]
    assert all_rows() == before
    shown = form_fields(page.text)
    assert (shown["capacity"], shown["party_limit"]) == ("40", "2")


def test_who_sends_it_again_after_reading_means_it(office, colleague):
    mine = form_fields(office.get(SEATS).text) | {"capacity": "40"}
    colleague.fill_in(SEATS, capacity="50")

    answer = office.post(SEATS, data=form_fields(office.post(SEATS, data=mine).text))

    assert (answer.status_code, saved().capacity) == (303, 40)


def test_what_only_the_other_has_changed_stays_and_is_told(office, colleague):
    mine = form_fields(office.get(SEATS).text) | {"party_limit": "6"}
    colleague.fill_in(SEATS, capacity="50", waiting_list="off")

    answer = office.post(SEATS, data=mine)

    assert said(office, answer) == [
        "Gespeichert. Höchstens so viele Personen je Anmeldung: 6",
        "Inzwischen hat jemand anders geändert, und das bleibt so: Plätze: 20 → 50;"
        " Warteliste: offen → geschlossen",
    ]
    assert (saved().capacity, saved().party_limit, saved().waiting_list) == (50, 6, False)


def test_the_same_change_by_both_is_none(office, colleague):
    mine = form_fields(office.get(SEATS).text) | {"capacity": "50"}
    colleague.fill_in(SEATS, capacity="50")

    assert said(office, office.post(SEATS, data=mine)) == ["Es war nichts zu ändern."]


def test_a_slip_does_not_hide_what_the_other_has_changed(office, colleague):
    mine = form_fields(office.get(SEATS).text) | {"capacity": "viele"}
    colleague.fill_in(SEATS, capacity="50")

    page = office.post(SEATS, data=mine)

    assert summary(page)[0] == ASKED_BACK
    assert form_fields(page.text)["capacity"] == "viele"
    assert "Inzwischen geändert von Büro" not in summary(page)[1]  # the slip comes first


def test_rules_are_held_against_what_comes_of_both(office, colleague):
    mine = form_fields(office.get(SEATS).text) | {"registration_closes_at": "2026-09-20T12:00"}
    colleague.fill_in(SEATS, registration_opens_at="2026-09-25T12:00")

    page = office.post(SEATS, data=mine)

    assert summary(page) == ["Die Anmeldung muss enden, nachdem sie begonnen hat"]
    assert form_fields(page.text)["registration_opens_at"] == "2026-09-25T12:00"


def test_time_and_place_are_one_thing_that_both_have_to_mean(office, colleague):
    VenueFactory(slug="rathaus", name="Rathaus")
    mine = form_fields(office.get(MOVE).text) | {"venue": "rathaus"}
    colleague.fill_in(MOVE, venue="haus", starts_at="2026-10-07T13:00")

    page = office.post(MOVE, data=mine)

    assert summary(page) == [
        ASKED_BACK,
        "Inzwischen geändert von Büro, Mo 07.09.2026, 12 Uhr: Mi 07.10.2026, 12 Uhr →"
        " Mi 07.10.2026, 13 Uhr",
    ]
    shown = form_fields(page.text) | {"venue": "rathaus"}
    assert shown["starts_at"] == "2026-10-07T13:00"
    assert office.post(MOVE, data=shown).status_code == 303
    assert (saved().venue.slug, saved().starts_at.hour) == ("rathaus", 11)


def test_nobody_is_bothered_who_has_changed_nothing(office, colleague):
    mine = form_fields(office.get(MOVE).text) | {"venue": "haus"}
    colleague.fill_in(MOVE, venue="haus", room="Raum 2")

    answer = office.post(MOVE, data=mine)

    assert (answer.status_code, saved().room) == (303, "Raum 2")


def test_long_text_is_told_as_it_is_now(office, colleague, event_session):
    words = {"audience": "seated", "subject": "Neues", "text": "Wort " * 50}
    one = Dispatch(event_session=event_session, kind="message", actor="staff:1", **words)
    db.session.add(one)
    db.session.commit()
    page = f"{SESSION}/e-mails/{one.ulid}/bearbeiten"
    mine = form_fields(office.get(page).text) | words | {"text": "Anders."}
    colleague.fill_in(page, **words | {"text": "Ganz kurz."})

    answer = office.post(page, data=mine)

    assert "Inzwischen geändert von jemand anders: Ganz kurz." in text_of(answer)


@pytest.mark.parametrize(
    "before", ["x", [], {}, {"long": "x"}, None, True, 7, "2026-13-01", "\x00", "\ud800", ["a", {}]]
)
def test_whatever_a_browser_claims_was_shown_is_no_fault_of_ours(office, before):
    names = ("capacity", "waiting_list", "registration_opens_at")

    page = office.fill_in(
        SEATS,
        shown=json.dumps(dict.fromkeys(names, before)),
        capacity="30",
        registration_opens_at="2026-09-20T12:00",
    )

    assert page.status_code in (303, 422)


def test_what_is_written_by_itself_is_not_undone_either(office, colleague):
    page = f"{SESSION}/e-mails"
    mine = form_fields(office.get(page).text) | {"thanks": "off"}
    colleague.fill_in(page, reminder_days="5")

    office.post(page, data=mine)

    assert (saved().reminder_days, saved().thanks) == (5, False)


def test_very_long_text_is_told_in_brief(office, colleague, event_session):
    page = f"{SESSION}/bearbeiten"
    mine = as_shown(office.get(page)) | {"description_de": "Von mir."}
    colleague.post(page, data=as_shown(colleague.get(page)) | {"description_de": "lang " * 1000})

    answer = office.post(page, data=mine)

    assert [len(sentence) < 300 for sentence in summary(answer)] == [True, True]
    assert f'href="{SESSION}/vorschau"' in answer.text
