"""Staff tell, correct and delete for who asks, and see what is kept and why."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import house
from chancendialog.clock import now as clock_now
from chancendialog.extensions import db
from chancendialog.house import Fact, HouseText, Period
from chancendialog.journal import JournalEntry
from chancendialog.operations import worker
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import letters
from chancendialog.registration.models import Registration, Status
from chancendialog.staff import accounts
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory
from tests.web.steps import own_page, press, take_list, text_of

DESK = "/verwaltung/datenschutz"


@pytest.fixture
def kim(app, clock):
    kim = RegistrationFactory(
        event_session=EventSessionFactory(slug="abend", title="Wohnen der Zukunft"),
        name="Kim Muster",
        email="kim@example.org",
    )
    letters.tell(kim, letters.state)
    db.session.commit()
    return kim


def person(kim, page=""):
    return f"/verwaltung/termine/abend/personen/{kim.ulid}{page}"


def codes():
    return db.session.scalars(select(JournalEntry.code).order_by(JournalEntry.id)).all()


def test_desk_finds_all_registrations_of_an_address_in_any_spelling(signed_in, kim):
    RegistrationFactory(
        event_session=EventSessionFactory(title="Zweiter Abend"),
        email="kim@example.org",
        status=Status.WITHDRAWN,
    )

    page = signed_in("office").fill_in(DESK, email=" KIM@example.org")

    assert page.status_code == 200
    read = text_of(page)
    assert "2 Anmeldungen gefunden" in read
    assert "Kim Muster: Wohnen der Zukunft" in read


def test_desk_says_that_nothing_is_kept(signed_in, kim):
    page = signed_in("office").fill_in(DESK, email="jo@example.org")

    assert "Zu dieser Adresse gibt es keine Anmeldung." in text_of(page)


def test_desk_asks_again_for_what_is_no_address(signed_in, kim):
    page = signed_in("office").fill_in(DESK, email="kim")

    assert page.status_code == 422
    assert "Geben Sie eine E-Mail-Adresse im Format" in page.text


def test_desk_says_what_is_kept_until_when_and_why(signed_in, kim):
    past = EventSessionFactory(
        title="Voriger Abend", starts_at=app_clock.now() - timedelta(days=5), ends_at=None
    )
    off = EventSessionFactory(
        title="Abgesagt", status=SessionStatus.CALLED_OFF, called_off_at=app_clock.now()
    )
    draft = EventSessionFactory(title="Entwurf", status=SessionStatus.DRAFT, contact_days=9)
    for one in (past, off, draft):
        RegistrationFactory(event_session=one)

    read = text_of(signed_in("office").get(DESK))

    reasons = (
        "findet noch statt",
        "für Rückfragen nach dem Termin",
        "(ohne Ende: es zählen zwei Stunden)",
        "abgesagt; es zählt ab der Absage",
        "(Entwurf)",
    )
    assert [reason for reason in reasons if reason not in read] == []
    assert read.index("Voriger Abend") < read.index("Abgesagt") < read.index("Wohnen der Zukunft")


def test_desk_raises_the_alarm_when_the_worker_is_late(signed_in, kim, clock):
    clock.move_to(kim.event_session.ends_at + timedelta(days=30, hours=2))
    browser = signed_in("office")

    late = text_of(browser.get(DESK))
    worker.erase()
    done = text_of(browser.get(DESK))

    alarm = "Es ist nicht alles gelöscht, was gelöscht sein müsste"
    assert [alarm in late, alarm in done] == [True, False]
    assert "Wohnen der Zukunft" in done.partition("Was gelöscht ist")[2]


def test_desk_says_who_took_which_list(signed_in, kim):
    browser = signed_in("office")
    take_list(browser, "csv")

    browser.get(person(kim, "/daten.json"))
    listed = text_of(browser.get(DESK)).partition("Listen und Auskünfte, die")[2]

    assert "office@example.org Wohnen der Zukunft" in listed
    assert re.search("Auskunft über eine Anmeldung .* CSV$", listed)


def test_whoever_is_new_is_not_taken_for_who_has_left(signed_in, kim):
    take_list(signed_in("office"), "csv")
    accounts.remove(accounts.by_address("office@example.org"))
    accounts.add("neu@example.org", "admin", password=None)
    db.session.commit()

    listed = text_of(signed_in("admin").get(DESK)).partition("Listen und Auskünfte, die")[2]

    assert "neu@example.org" not in listed
    assert "Konto gelöscht" in listed


def test_disclosure_is_noted_at_every_registration_it_tells_of(signed_in, kim):
    RegistrationFactory(email=kim.email)

    signed_in("office").get(person(kim, "/daten"))

    assert codes().count("disclosed") == 2


def test_desk_costs_the_same_for_any_number_of_sessions(signed_in, count_queries, kim):
    browser = signed_in("office")
    few = count_queries(browser, DESK)
    for _number in range(5):
        RegistrationFactory()

    assert count_queries(browser, DESK) == few


def test_disclosure_is_noted_and_keeps_the_persons_own_links_from_staff(signed_in, kim):
    own = own_page(kim).rpartition("/")[2]
    browser = signed_in("office")

    page = browser.get(person(kim, "/daten"))
    file = browser.get(person(kim, "/daten.json"))

    assert "kim@example.org" in text_of(page)
    assert "Angemeldet: Wohnen der Zukunft" in text_of(page)
    assert json.loads(file.data)["registrations"][0]["name"] == "Kim Muster"
    assert [own in answer.text for answer in (page, file)] == [False, False]
    assert codes().count("disclosed") == 2


def test_only_who_has_a_seat_is_told_when_they_said_yes(signed_in, kim):
    kim.said_yes_at = clock_now()
    browser = signed_in("office")
    seated = browser.get(person(kim, "/daten")).text
    kim.status = Status.WAITING

    waiting = browser.get(person(kim, "/daten")).text

    assert ["Zuletzt zugesagt am" in page for page in (seated, waiting)] == [True, False]


def test_whoever_deletes_reads_before_of_which_session(signed_in, kim):
    page = text_of(signed_in("office").get(person(kim, "/loeschen")))

    assert "Daten löschen Kim Muster Termin Wohnen der Zukunft , Mittwoch, 7. Oktober 2026" in page
    assert "Nein, nicht löschen" in page


def test_desk_and_notice_have_different_names(signed_in, client, kim):
    notice = '<a href="/datenschutz">{}</a>'

    assert notice.format("Datenschutz-Hinweise") in signed_in("office").get(DESK).text
    assert notice.format("Datenschutz") in client.get("/").text


def test_name_is_put_right(signed_in, kim):
    browser = signed_in("office")

    empty = browser.fill_in(person(kim, "/name"), name=" ")
    answer = browser.fill_in(person(kim, "/name"), name="Kim Müller")

    assert (empty.status_code, answer.status_code) == (422, 303)
    assert db.session.scalars(select(Registration.name)).all() == ["Kim Müller"]


def test_staff_delete_for_somebody_without_an_address(signed_in, app, clock):
    kim = RegistrationFactory(
        event_session=EventSessionFactory(slug="abend"), name="Kim Muster", email=None
    )
    browser = signed_in("office")
    page = browser.get(person(kim, "/loeschen"))

    answer = press(browser, page, "Endgültig löschen")

    assert "Ohne Adresse gibt es keine E-Mail" in text_of(page)
    assert answer.status_code == 303
    assert "Kim Muster" not in browser.read(answer.location).text
    assert codes()[-2:] == ["withdrawn", "erased_on_request"]


def test_page_of_who_was_deleted_offers_nothing_more(signed_in, kim):
    browser = signed_in("office")
    press(browser, browser.get(person(kim, "/loeschen")), "Endgültig löschen")

    page = browser.get(person(kim))

    assert [label in page.text for label in ("Auskunft geben", "Daten löschen")] == [False, False]


def test_admin_sets_periods_for_all_sessions(signed_in, kim):
    browser = signed_in("admin")

    answer = browser.fill_in(
        f"{DESK}/fristen", contact_days="14", needs_days="3", unconfirmed_days="1"
    )

    assert answer.status_code == 303
    assert {one: house.days(one) for one in Period} == {
        Period.CONTACT: 14,
        Period.NEEDS: 3,
        Period.UNCONFIRMED: 1,
    }
    for page in ("/datenschutz", "/termine/abend/anmelden"):
        assert "14 Tage" in browser.get(page).text


@pytest.mark.parametrize("url", [f"{DESK}/fristen", "/verwaltung/termine/abend/fristen"])
def test_period_that_deletes_at_once_is_asked_about_first(signed_in, kim, clock, url):
    clock.move_to(kim.event_session.ends_at + timedelta(days=10))
    browser = signed_in("admin")

    asked = browser.fill_in(url, contact_days="3")
    worker.erase()
    kept = db.session.scalars(select(Registration.name)).all()
    press(browser, asked, "Speichern und löschen")
    worker.erase()

    assert asked.status_code == 409
    assert "1 Anmeldung mit Name, Adresse und E-Mails ist älter" in text_of(asked)
    assert kept == ["Kim Muster"]
    assert db.session.scalars(select(Registration.name)).all() == [""]


def test_yes_to_one_period_is_none_to_another(signed_in, kim, clock):
    kim.event_session.contact_days = None
    other = RegistrationFactory()
    clock.move_to(other.event_session.ends_at + timedelta(days=10))
    other.event_session.starts_at = clock_now() - timedelta(days=5)
    other.event_session.ends_at = None
    browser = signed_in("admin")

    asked = browser.fill_in(f"{DESK}/fristen", contact_days="8")
    again = press(browser, asked, "Speichern und löschen", contact_days="3")

    assert "1 Anmeldung mit Name" in text_of(asked)
    assert again.status_code == 409
    assert "2 Anmeldungen mit Namen" in text_of(again)
    assert house.days(Period.CONTACT) == 30


def test_period_of_unconfirmed_sign_ups_is_asked_about_too(signed_in, kim, clock):
    RegistrationFactory(
        event_session=kim.event_session, status=Status.EXPIRED, hold_until=clock_now()
    )
    clock.shift(timedelta(days=1))

    asked = signed_in("admin").fill_in(f"{DESK}/fristen", unconfirmed_days="0")

    assert asked.status_code == 409
    assert "<title>Nachfrage: Löschfristen" in asked.text


def test_period_that_deletes_nothing_at_once_is_simply_saved(signed_in, kim, clock):
    clock.move_to(kim.event_session.ends_at + timedelta(days=2))

    answer = signed_in("admin").fill_in(f"{DESK}/fristen", contact_days="3")

    assert answer.status_code == 303


def test_admin_finds_the_periods_of_a_session_that_nobody_has_signed_up_for(signed_in, app):
    EventSessionFactory(slug="leer")

    pages = [signed_in(role).get("/verwaltung/termine/leer").text for role in ("admin", "office")]

    assert ["/verwaltung/termine/leer/fristen" in page for page in pages] == [True, False]


def test_admin_sets_periods_for_one_session_and_takes_them_back(signed_in, kim):
    browser = signed_in("admin")
    form = "/verwaltung/termine/abend/fristen"

    browser.fill_in(form, contact_days="60")
    set_to = db.session.scalars(select(EventSession.contact_days)).all()
    page = browser.get("/termine/abend/anmelden").text
    browser.fill_in(form, contact_days="")

    assert set_to == [60]
    assert "60 Tage danach" in page
    db.session.expire_all()
    assert db.session.scalars(select(EventSession.contact_days)).all() == [None]


@pytest.mark.parametrize("days", ["0", "2", "366", "-1", "bald", ""])
def test_period_that_is_none_is_asked_again_and_kept(signed_in, kim, days):
    answer = signed_in("admin").fill_in(f"{DESK}/fristen", contact_days=days)

    assert answer.status_code == 422
    assert f'value="{days}"' in answer.text
    assert house.days(Period.CONTACT) == 30


def test_letters_say_the_period_of_their_session(signed_in, kim):
    kim.event_session.contact_days = 5

    assert "5 Tage nach der Veranstaltung" in letters.state(kim).text


def test_notice_says_what_the_registry_and_the_settings_say(client, app):
    HouseFactory(name="Büro für Beispiele")
    db.session.add(HouseText(name=Fact.PRIVACY_OFFICER, text="datenschutz@region-hannover.de"))
    db.session.add(HouseText(name=Fact.PRIVACY_AUTHORITY, text="poststelle@lfd.niedersachsen.de"))
    house.set_days(Period.UNCONFIRMED, 1, actor="staff:1")
    db.session.commit()

    read = text_of(client.get("/datenschutz"))

    for known in (
        "Ihr Name, Ihre E-Mail-Adresse und, wenn Sie am Telefon eine nennen, Ihre Nummer",
        "30 Tage nach der Veranstaltung",
        "löschen wir sie einen Tag nach der Frist",
        "mit Ihrer letzten Anmeldung",
        "mit dem Konto",
        "Büro für Beispiele",
        "datenschutz@region-hannover.de",
        "poststelle@lfd.niedersachsen.de",
        "[Vom Betreiber zu ergänzen: Dienstleister]",
        "„session“",
    ):
        assert known in read
