"""Moving a session, calling it off and on again: who hears of it is said, and it happens once."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import dispatches
from chancendialog.registration.models import Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory, VenueFactory
from tests.web.steps import buttons, cells, press, text_of

SESSION = "/verwaltung/termine/abend"
MOVE, CALL_OFF = f"{SESSION}/verlegen", f"{SESSION}/absagen"
MAILS = f"{SESSION}/e-mails#inhalt"
HALL = {"slug": "rathaus", "name": "Rathaus"}


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(
        slug="abend", title="Wohnen", venue=VenueFactory(slug="haus", name="Haus")
    )


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def saved(event_session):
    return db.session.get(EventSession, event_session.id, populate_existing=True)


def fields(browser):
    """The form as a browser shows it."""
    return form_fields(browser.get(MOVE).text) | {"venue": "haus"}


def move(browser, **values):
    """Fill in the form, and say yes if it is asked first."""
    page = browser.post(MOVE, data=fields(browser) | values)
    return press(browser, page, "Verlegen") if "Noch ist nichts geändert" in page.text else page


def consequences(page):
    """What the page says that would happen to people."""
    items = re.findall(r"<li>(.*?)</li>", page.text.partition("<main")[2], re.DOTALL)
    return [" ".join(item.split()) for item in items if "<" not in item]


def summary(page):
    """The sentences on top of a form with faults."""
    return re.findall(
        r'<li>(?:<a href="#[^"]*">)?([^<]+)<',
        page.text.partition('id="fehler"')[2].partition("</ul>")[0],
    )


def said(browser, answer):
    """What the page says after a deed."""
    page = browser.read(answer.location)
    return re.findall(r'<p class="kern-title">([^<]*)</p>', page.text)


def test_form_shows_when_and_where_it_is(office, event_session):
    VenueFactory(**HALL)

    page = office.get(MOVE)

    assert form_fields(page.text).items() >= {
        "starts_at": "2026-10-07T12:00",
        "ends_at": "2026-10-07T14:00",
    }.items()  # fmt: skip
    assert '<option selected value="haus">Haus, Am Markt 1, 12345 Musterstadt</option>' in page.text
    assert "Rathaus, Am Markt 1" in page.text


def test_session_gets_another_time_and_place_and_its_people_a_letter(
    office, event_session, letters
):
    hall = VenueFactory(**HALL)
    kim = RegistrationFactory(event_session=event_session)

    answer = move(office, starts_at="2026-10-08T19:00", ends_at="2026-10-08T21:00", venue="rathaus")

    assert (answer.status_code, answer.location) == (303, MAILS)
    assert said(office, answer) == ["Der Termin ist verlegt. 1 Anmeldung bekommt eine E-Mail."]
    one = saved(event_session)
    assert (one.starts_at, one.ends_at, one.venue_id) == (
        datetime(2026, 10, 8, 17, tzinfo=UTC),
        datetime(2026, 10, 8, 19, tzinfo=UTC),
        hall.id,
    )
    assert letters() == [("confirmed", kim.email)]


def test_another_room_is_a_move_too(office, event_session, letters):
    kim = RegistrationFactory(event_session=event_session)
    event_session.room = "Raum 1"

    assert said(office, move(office)) == ["Es war nichts zu ändern."]
    answer = move(office, room="  Raum  2 ")

    assert said(office, answer) == ["Der Termin ist verlegt. 1 Anmeldung bekommt eine E-Mail."]
    assert saved(event_session).room == "Raum 2"
    assert letters() == [("confirmed", kim.email)]


def test_a_room_does_not_move_along_to_another_place(office, event_session):
    VenueFactory(**HALL)
    event_session.room = "Raum 1"

    refused = move(office, venue="rathaus")
    answer = move(office, venue="rathaus", room="")

    assert refused.status_code == 422
    assert summary(refused) == ["Nennen Sie den Raum am neuen Ort, oder leeren Sie das Feld"]
    assert (answer.status_code, saved(event_session).room) == (303, "")


def test_a_colleague_who_named_another_room_meanwhile_is_not_undone(
    office, event_session, signed_in
):
    old_page = fields(office)
    move(signed_in("admin"), room="Raum 2")

    page = office.post(MOVE, data=old_page | {"starts_at": "2026-10-07T13:00"})

    assert page.status_code == 422
    assert "Das hat inzwischen jemand anders geändert." in text_of(page)
    assert saved(event_session).room == "Raum 2"


def test_form_sent_unchanged_moves_nothing(office, event_session, letters):
    RegistrationFactory(event_session=event_session)

    answer = move(office)

    assert said(office, answer) == ["Es war nichts zu ändern."]
    assert letters() == []
    assert saved(event_session).ical_sequence == 0


def test_double_click_is_one_move(office, event_session):
    RegistrationFactory(event_session=event_session)
    data = fields(office) | {"starts_at": "2026-10-07T13:00"}

    answers = [office.post(MOVE, data=data | {"sure": "1"}).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(dispatches.of_session(event_session)) == 1


def test_colleague_who_moved_it_meanwhile_is_not_undone(office, event_session, signed_in):
    VenueFactory(**HALL)
    old_page = fields(office)
    move(signed_in("admin"), starts_at="2026-10-07T13:00")

    page = office.post(MOVE, data=old_page | {"venue": "rathaus"})

    assert page.status_code == 422
    assert "Das hat inzwischen jemand anders geändert." in text_of(page)
    assert "13 bis 14 Uhr" in text_of(page)
    assert saved(event_session).starts_at.hour == 11
    meant = form_fields(page.text) | {"venue": "rathaus", "starts_at": "2026-10-07T13:00"}
    assert office.post(MOVE, data=meant).status_code == 303


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"starts_at": ""}, "Sagen Sie, wann es beginnt"),
        (
            {"starts_at": "morgen"},
            "Geben Sie bei „Beginn“ Tag und Uhrzeit an, zum Beispiel 01.10.2026, 18:00",
        ),
        ({"starts_at": "2026-09-07T11:59", "ends_at": ""}, "Der Beginn liegt in der Vergangenheit"),
        ({"ends_at": "2026-10-07T12:00"}, "Das Ende muss nach dem Beginn liegen"),
        ({"starts_at": "2026-10-01T12:00"}, "Das Ende liegt mehr als einen Tag nach dem Beginn"),
        ({"venue": "woanders"}, "Wählen Sie einen Ort"),
        ({"venue": "\x00"}, "Wählen Sie einen Ort"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_moves(office, event_session, values, sentence):
    before = all_rows()

    page = move(office, **values)

    assert page.status_code == 422
    assert summary(page) == [sentence]
    assert all_rows() == before


def test_hour_that_no_clock_shows_is_explained(office, event_session):
    page = move(office, starts_at="2027-03-28T02:30", ends_at="")

    assert "Beginn: diese Uhrzeit gibt es nicht" in text_of(page)


def test_move_is_shown_before_it_is_made(office, event_session):
    VenueFactory(**HALL)
    RegistrationFactory.create_batch(2, event_session=event_session)
    RegistrationFactory.create_batch(3, event_session=event_session, status=Status.WAITING)
    RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)
    RegistrationFactory(event_session=event_session, email=None)
    event_session.capacity = 3
    db.session.commit()
    before = all_rows()

    page = office.post(
        MOVE, data=fields(office) | {"starts_at": "2026-10-07T13:00", "venue": "rathaus"}
    )

    assert page.status_code == 200
    assert cells(page, "tabelle") == [
        ["Beginn", "Mi 07.10.2026, 12 Uhr", "Mi 07.10.2026, 13 Uhr"],
        ["Ort", "Haus, Am Markt 1, 12345 Musterstadt", "Rathaus, Am Markt 1, 12345 Musterstadt"],
    ]
    assert consequences(page) == [
        "5 Anmeldungen bekommen eine E-Mail.",
        "1 Anmeldung ist ohne Adresse: Rufen Sie dort bitte an.",
        "2 Kalendereinträge ändern sich oder verschwinden.",
        "3 Anmeldungen warten weiter.",
    ]
    assert all_rows() == before


def test_whoever_goes_back_finds_the_form_as_they_filled_it_in(office, event_session):
    RegistrationFactory(event_session=event_session)
    page = office.post(MOVE, data=fields(office) | {"room": "Raum 2"})

    form = press(office, page, "Zurück zum Formular")

    assert form_fields(form.text)["room"] == "Raum 2"
    assert saved(event_session).room == ""


def test_what_touches_nobody_is_done_at_once(office, event_session):
    RegistrationFactory(event_session=event_session, status=Status.WITHDRAWN)

    answer = office.post(MOVE, data=fields(office) | {"room": "Raum 2"})

    assert said(office, answer) == ["Der Termin ist verlegt. Niemand bekommt eine E-Mail."]


def test_what_a_colleague_changes_while_one_reads_the_consequences_is_told(
    office, event_session, signed_in
):
    RegistrationFactory(event_session=event_session)
    page = office.post(MOVE, data=fields(office) | {"room": "Raum 2"})
    move(signed_in("admin"), room="Raum 3")

    answer = press(office, page, "Verlegen")

    assert "Das hat inzwischen jemand anders geändert." in text_of(answer)
    assert saved(event_session).room == "Raum 3"


def test_calling_off_says_what_it_does_and_does_nothing_yet(office, event_session):
    RegistrationFactory.create_batch(2, event_session=event_session)
    RegistrationFactory(event_session=event_session, email=None)
    before = all_rows()

    page = office.get(CALL_OFF)

    assert consequences(page) == [
        "2 Anmeldungen bekommen eine E-Mail.",
        "1 Anmeldung ist ohne Adresse: Rufen Sie dort bitte an.",
        "2 Kalendereinträge ändern sich oder verschwinden.",
    ]
    assert all_rows() == before


def test_what_is_called_off_moves_without_a_letter_and_says_so(office, event_session, letters):
    RegistrationFactory(event_session=event_session)
    event_session.status = SessionStatus.CALLED_OFF

    page = office.get(MOVE)
    answer = move(office, starts_at="2026-10-07T13:00")

    assert "Von der Verlegung hört niemand, bis er doch stattfindet." in text_of(page)
    assert said(office, answer) == ["Der Termin ist verlegt. Niemand bekommt eine E-Mail."]
    assert letters() == []


def test_session_is_called_off_once(office, event_session, letters):
    kim = RegistrationFactory(event_session=event_session)
    page = office.get(CALL_OFF)

    answer = press(office, page, "Termin absagen")

    assert (answer.status_code, answer.location) == (303, MAILS)
    assert said(office, answer) == ["Der Termin ist abgesagt. 1 Anmeldung bekommt eine E-Mail."]
    assert said(office, press(office, page, "Termin absagen")) == ["Es war nichts zu ändern."]
    assert saved(event_session).is_called_off
    assert letters() == [("called_off", kim.email)]


def test_way_out_of_calling_off_answers_the_question(office, event_session):
    before = office.get(CALL_OFF)
    press(office, before, "Termin absagen")

    assert "Nein, nicht absagen" in text_of(before)
    assert "Nein, es bleibt bei der Absage" in text_of(office.get(CALL_OFF))


def test_session_takes_place_after_all(office, event_session, letters):
    kim = RegistrationFactory(event_session=event_session)
    press(office, office.get(CALL_OFF), "Termin absagen")
    letters()

    page = office.get(CALL_OFF)
    answer = press(office, page, "Termin findet doch statt")

    assert "Doch stattfinden lassen Wohnen" in text_of(page)
    assert said(office, answer) == [
        "Der Termin findet doch statt. 1 Anmeldung bekommt eine E-Mail."
    ]
    assert letters() == [("confirmed", kim.email)]


def test_nobody_hears_of_what_has_begun(office, event_session, letters):
    RegistrationFactory(event_session=event_session)
    event_session.starts_at = app_clock.now() - timedelta(minutes=1)

    page = office.get(CALL_OFF)
    answer = press(office, page, "Termin absagen")

    assert consequences(page) == ["Niemand bekommt eine E-Mail."]
    assert said(office, answer) == ["Der Termin ist abgesagt. Niemand bekommt eine E-Mail."]
    assert letters() == []


def test_draft_is_not_called_off(office, event_session):
    event_session.status = SessionStatus.DRAFT
    token = form_fields(office.get(MOVE).text)["csrf_token"]

    page = office.get(CALL_OFF)
    answer = office.post(CALL_OFF, data={"csrf_token": token})

    assert "Das ist ein Entwurf. Niemand weiß davon, also ist nichts abzusagen." in text_of(page)
    assert buttons(page) == []
    assert said(office, answer) == ["Es war nichts zu ändern."]
    assert saved(event_session).status is SessionStatus.DRAFT


def test_draft_moves_without_a_letter(office, event_session, letters):
    event_session.status = SessionStatus.DRAFT

    answer = move(office, starts_at="2026-10-07T13:00")

    assert said(office, answer) == ["Der Termin ist verlegt. Niemand bekommt eine E-Mail."]


def test_what_takes_place_is_not_reinstated(office, event_session):
    token = form_fields(office.get(MOVE).text)["csrf_token"]
    before = saved(event_session).ical_sequence

    answer = office.post(f"{SESSION}/ansetzen", data={"csrf_token": token})

    assert said(office, answer) == ["Es war nichts zu ändern."]
    assert saved(event_session).ical_sequence == before
