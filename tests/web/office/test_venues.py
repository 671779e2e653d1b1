"""Places: said in each language, and another address is a move that is shown beforehand."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry, sentence
from chancendialog.mailing import delivery
from chancendialog.programme.models import SessionStatus, Venue
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory, VenueFactory
from tests.web.steps import buttons, cells, press, text_of

VENUES, NEW, HOUSE = "/verwaltung/orte", "/verwaltung/orte/neu", "/verwaltung/orte/haus"
HALL = {
    "name": "Rathaus Süd",
    "street": "Marktstraße 2",
    "postcode": "30880",
    "city": "Laatzen",
}


@pytest.fixture
def venue(app, clock):
    return VenueFactory(slug="haus", name="Haus")


@pytest.fixture
def office(venue, signed_in):
    return signed_in("office")


@pytest.fixture
def event_session(venue):
    return EventSessionFactory(slug="abend", title="Wohnen", venue=venue)


def saved(slug="haus"):
    return db.session.scalar(
        select(Venue).where(Venue.slug == slug).execution_options(populate_existing=True)
    )


def edit(browser, **values):
    return press(browser, browser.get(HOUSE), "Weiter", **values)


def add(browser, **values):
    return press(browser, browser.get(NEW), "Speichern", **HALL | values)


def said(browser, answer):
    """What the page says after a deed."""
    page = browser.read(answer.location)
    return re.findall(r'<p class="kern-title">([^<]*)</p>', page.text)


def summary(page):
    """The sentences on top of a form with faults."""
    return re.findall(
        r'<li>(?:<a href="#[^"]*">)?([^<]+)<',
        page.text.partition('id="fehler"')[2].partition("</ul>")[0],
    )


def noted():
    return [
        sentence(one)
        for one in db.session.scalars(
            select(JournalEntry)
            .where(JournalEntry.thread.startswith("venue:"))
            .order_by(JournalEntry.id)
        )
    ]


def test_place_is_added_with_all_that_is_known_of_it(office):
    answer = add(
        office,
        rooms="Raum 1\n\n  Großer   Saal \nRaum 1",
        step_free="yes",
        hearing_loop="no",
        stop="Markt",
        stop_en="Market",
        notes_einfach="Der Aufzug fährt nicht.",
    )

    assert (answer.status_code, answer.location) == (303, f"{VENUES}#inhalt")
    assert said(office, answer) == ["Der Ort ist angelegt."]
    hall = saved("rathaus-sued")
    assert hall.address == "Marktstraße 2, 30880 Laatzen"
    assert hall.rooms == ["Raum 1", "Großer Saal"]
    assert (hall.step_free, hall.hearing_loop, hall.stop) == (True, False, "Markt")
    assert hall.translations == {
        "en": {"stop": "Market"},
        "de-simple": {"notes": "Der Aufzug fährt nicht."},
    }
    assert noted() == ["Ort angelegt: rathaus-sued"]


def test_place_of_which_nothing_is_known_guesses_nothing(office):
    add(office)

    hall = saved("rathaus-sued")
    assert (hall.step_free, hall.hearing_loop, hall.rooms) == (None, None, [])


def test_double_click_adds_one_place(office):
    page = office.get(NEW)

    answers = [press(office, page, "Speichern", **HALL) for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert [row[0] for row in cells(office.get(VENUES), "orte")] == [
        "Haus Am Markt 1, 12345 Musterstadt",
        "Rathaus Süd Marktstraße 2, 30880 Laatzen",
    ]


def test_place_that_is_there_with_other_details_is_not_added_again(office):
    add(office)

    page = add(office, stop="Markt")

    assert page.status_code == 422
    assert summary(page) == [
        "Diesen Ort gibt es schon, mit anderen Angaben. Ändern Sie ihn in der Liste"
    ]


def test_two_houses_of_one_name_have_addresses_of_their_own(office):
    add(office, name="Neu")
    add(office, name="Neu", city="Lehrte")
    add(office, name="بيت")

    assert sorted(db.session.scalars(select(Venue.slug))) == ["haus", "neu-2", "neu-3", "ort"]


def test_form_shows_what_is_known(office, venue):
    venue.rooms, venue.step_free, venue.stop = ["Raum 1", "Saal"], False, "Markt"
    venue.translations = {"en": {"stop": "Market"}}

    page = office.get(HOUSE)

    assert "Raum 1\nSaal</textarea>" in page.text
    assert re.search(r'<input[^>]* checked[^>]*name="step_free"[^>]* value="no"', page.text)
    assert re.search(r'<input[^>]* checked[^>]*name="hearing_loop"[^>]* value="unknown"', page.text)
    assert re.search(r'name="stop_en"[^>]* value="Market"', page.text)


def test_what_is_missing_in_a_language_is_marked(office, venue):
    venue.stop, venue.entrance = "Markt", "Tor 1"
    venue.translations = {"en": {"stop": "Market", "entrance": "Gate 1"}}

    form = office.get(HOUSE).text
    [row] = cells(office.get(VENUES), "orte")

    assert re.findall(r"<label[^>]*>([^<]+?)\s*<span[^>]*>\(fehlt\)", form) == [
        "Nächste Haltestelle in Einfacher Sprache",
        "Eingang in Einfacher Sprache",
    ]
    assert row[2] == "fehlt: Einfache Sprache"


def test_words_reach_pages_and_calendars_and_nobody_is_written_to(
    office, client, event_session, letters, clock
):
    RegistrationFactory(event_session=event_session)
    kept = client.get("/kalender.ics").headers["ETag"]
    clock.shift(60)

    answer = edit(office, entrance="Tor 1", entrance_en="Gate 1", step_free="yes")

    assert said(office, answer) == ["Der Ort ist geändert. Niemand bekommt eine E-Mail."]
    assert "Gate 1" in text_of(client.get("/en/termine/abend"))
    assert client.get("/kalender.ics").headers["ETag"] != kept
    assert letters() == []
    assert noted() == ["Ort haus geändert: en.entrance, entrance, step_free"]


def test_emptied_translation_is_gone(office, venue):
    venue.stop, venue.translations = "Markt", {"en": {"stop": "Market"}}

    edit(office, stop_en="")

    assert saved().translations == {}


def test_another_address_is_shown_as_the_move_that_it_is(office, venue, event_session):
    RegistrationFactory.create_batch(2, event_session=event_session)
    RegistrationFactory(event_session=event_session, email=None)
    later = EventSessionFactory(
        title="Bauen", venue=venue, starts_at=event_session.starts_at + timedelta(days=1)
    )
    RegistrationFactory(event_session=later, status=Status.WAITING)
    EventSessionFactory(title="Vorbei", venue=venue, starts_at=app_clock.now() - timedelta(9))
    EventSessionFactory(title="Woanders")
    before = all_rows()

    page = edit(office, street="Am Markt 2", step_free="yes")

    assert page.status_code == 200
    assert cells(page, "tabelle") == [
        ["Straße und Hausnummer", "Am Markt 1", "Am Markt 2"],
        ["Kommt man ohne Stufen in die Räume?", "nicht bekannt", "ja"],
    ]
    text = text_of(page)
    assert "Das betrifft 2 Termine Wohnen: Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr Bauen:" in text
    assert "3 Anmeldungen bekommen eine E-Mail." in text
    assert "1 Anmeldung ist ohne Adresse" in text
    assert all_rows() == before


def test_another_address_is_a_move_for_everybody_once_it_is_confirmed(
    office, event_session, letters, post_office
):
    booking.register(event_session, Applicant(name="Kim", email="kim@example.org"))
    db.session.commit()
    delivery.deliver_due()
    page = edit(office, street="Am Markt 2")

    told = [said(office, press(office, page, "Ort ändern")) for _click in range(2)]

    assert told == [
        ["Der Ort ist geändert. 1 Anmeldung bekommt eine E-Mail."],
        ["Es war nichts zu ändern."],
    ]
    assert saved().street == "Am Markt 2"
    assert letters()[1:] == [("moved", "kim@example.org")]


def test_whoever_goes_back_finds_the_form_as_they_filled_it_in(office, event_session):
    RegistrationFactory(event_session=event_session)
    page = edit(office, name="Rathaus", rooms="Raum 1\nRaum 2", access="Zwei\n\nAbsätze")

    form = press(office, page, "Zurück zum Formular")

    assert re.search(r'name="name"[^>]* value="Rathaus"', form.text)
    assert "Raum 1\nRaum 2</textarea>" in form.text
    assert "Zwei\n\nAbsätze</textarea>" in form.text
    assert saved().name == "Haus"


@pytest.mark.parametrize("status", [SessionStatus.DRAFT, SessionStatus.CALLED_OFF])
def test_address_of_what_does_not_take_place_changes_at_once(office, event_session, status):
    RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)
    event_session.status = status

    answer = edit(office, city="Lehrte")

    assert said(office, answer) == ["Der Ort ist geändert. Niemand bekommt eine E-Mail."]
    assert saved().city == "Lehrte"


def test_what_a_file_wrote_with_odd_blanks_is_no_move_when_something_else_changes(
    office, venue, event_session
):
    RegistrationFactory(event_session=event_session)
    venue.name = "Haus  der Region"

    answer = edit(office, entrance="Tor 1")

    assert said(office, answer) == ["Der Ort ist geändert. Niemand bekommt eine E-Mail."]
    assert saved().name == "Haus  der Region"


def test_colleague_who_changed_it_meanwhile_is_not_undone(office, signed_in, venue):
    old_page = office.get(HOUSE)
    edit(signed_in("admin"), entrance="Tor 1")

    page = press(office, old_page, "Weiter", entrance="Tor 2")

    assert page.status_code == 422
    assert "Das hat inzwischen jemand anders geändert" in text_of(page)
    assert saved().entrance == "Tor 1"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "  "}, "Geben Sie dem Ort einen Namen"),
        ({"name": "x" * 121}, "„Name“ darf höchstens 120 Zeichen lang sein"),
        ({"street": ""}, "Geben Sie Straße und Hausnummer ein"),
        ({"postcode": "3016"}, "Eine Postleitzahl hat fünf Ziffern"),
        ({"postcode": "٣٠١٦٩"}, "Eine Postleitzahl hat fünf Ziffern"),
        ({"city": "\u202e"}, "Geben Sie Stadt oder Gemeinde ein"),
        ({"rooms": "x" * 121}, "Der Name eines Raums darf höchstens 120 Zeichen lang sein"),
        ({"rooms": "\n".join(map(str, range(51)))}, "Nennen Sie höchstens 50 Räume"),
        ({"step_free": "vielleicht"}, "Wählen Sie eine der Möglichkeiten"),
        ({"stop_en": "x" * 121}, "„Nächste Haltestelle auf Englisch“ darf höchstens 120 Zeichen lang sein"),
        ({"access_einfach": "x" * 2001}, "„Barrierefreiheit vor Ort in Einfacher Sprache“ darf höchstens 2.000 Zeichen lang sein"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_the_rest_kept(office, values, sentence):
    before = all_rows()

    page = edit(office, **{"notes": "Bleibt stehen"} | values)

    assert page.status_code == 422
    assert summary(page) == [sentence]
    assert "Bleibt stehen</textarea>" in page.text
    assert all_rows() == before


def test_rooms_are_proposed_where_one_is_typed(office, venue, event_session):
    venue.rooms = ["Raum 1"]
    VenueFactory(name="Rathaus", rooms=["Saal <1>"])

    page = office.get("/verwaltung/termine/abend/verlegen")

    assert re.findall(r'<option value="([^"]*)">([^<]*)</option>', page.text)[-2:] == [
        ("Raum 1", "Haus"),
        ("Saal &lt;1&gt;", "Rathaus"),
    ]
    assert 'list="raeume"' in page.text


def test_place_that_no_session_needs_is_deleted(office):
    page = office.get(f"{HOUSE}/loeschen")

    answer = press(office, page, "Endgültig löschen")

    assert said(office, answer) == ["Der Ort ist gelöscht."]
    assert saved() is None
    assert noted() == ["Ort gelöscht: haus"]
    assert press(office, page, "Endgültig löschen").status_code == 404


def test_place_of_a_session_is_not_deleted(office, event_session, venue):
    page = office.get(f"{HOUSE}/loeschen")
    event_session.venue = VenueFactory()
    asked = office.get(f"{HOUSE}/loeschen")
    event_session.venue = venue
    refused = press(office, asked, "Endgültig löschen")

    assert "1 Termin steht noch damit im Programm" in text_of(page)
    assert buttons(page) == []
    assert refused.status_code == 409
    assert "1 Termin steht noch damit im Programm. Löschen geht erst" in text_of(refused)
    assert saved() is not None


def test_unknown_place_is_no_page(office):
    statuses = [office.get(f"{VENUES}/gibt-es-nicht{end}").status_code for end in ("", "/loeschen")]

    assert statuses == [404, 404]


@pytest.mark.parametrize("url", [VENUES, HOUSE, f"{HOUSE}/loeschen"])
def test_pages_ask_the_database_as_often_for_five_as_for_one(
    office, event_session, count_queries, url
):
    for_one = count_queries(office, url)
    EventSessionFactory.create_batch(4, venue=event_session.venue)
    VenueFactory.create_batch(4, rooms=["Raum 1"])

    assert count_queries(office, url) == for_one
