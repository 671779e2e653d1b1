"""A session's people by how they stand now, each with a way to their page."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import cells

PAGE = "/verwaltung/termine/abend"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=10)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def guest(event_session, name, status=Status.CONFIRMED, **facts):
    return RegistrationFactory(event_session=event_session, name=name, status=status, **facts)


def groups(page):
    """The names in each table, in the order of the page."""
    tables = re.findall(r"<caption[^>]*>\s*<span>([^<]*)</span>(.*?)</table>", page.text, re.DOTALL)
    return [(caption, re.findall(r'personen/\w+">([^<]*)</a>', rows)) for caption, rows in tables]


def test_everybody_stands_in_the_group_of_their_state(office, event_session):
    later = app_clock.now() + timedelta(hours=22)
    guest(event_session, "Gabi Geht", Status.WITHDRAWN)
    guest(event_session, "Ute Unklar", Status.UNVERIFIED, hold_until=later)
    guest(event_session, "Willi Wartet", Status.WAITING)
    guest(event_session, "Anna Sitzt")
    guest(event_session, "Olga Offen", Status.OFFERED, hold_until=later)
    guest(event_session, "Vera Verfallen", Status.EXPIRED, hold_until=app_clock.now())

    assert groups(office.get(PAGE)) == [
        ("Platz sicher", ["Anna Sitzt"]),
        ("Platz angeboten", ["Olga Offen"]),
        ("noch nicht bestätigt", ["Ute Unklar"]),
        ("Warteliste", ["Willi Wartet"]),
        ("verfallen", ["Vera Verfallen"]),
        ("abgemeldet", ["Gabi Geht"]),
    ]


def test_hold_that_has_run_out_has_expired_before_anybody_noted_it(office, event_session):
    guest(event_session, "Olga Offen", Status.OFFERED, hold_until=app_clock.now())
    guest(event_session, "Ute Unklar", Status.UNVERIFIED, hold_until=app_clock.now())

    assert groups(office.get(PAGE)) == [
        ("Platz sicher", []),
        ("Warteliste", []),
        ("verfallen", ["Olga Offen", "Ute Unklar"]),
    ]


def test_who_waits_stands_in_the_order_of_the_queue_with_their_place(office, event_session):
    hours = app_clock.now() - timedelta(hours=5)
    guest(event_session, "Zweite", Status.WAITING, email="b@x.test", registered_at=hours)
    guest(
        event_session,
        "Erster",
        Status.WAITING,
        email="a@x.test",
        party_size=3,
        registered_at=hours - timedelta(hours=1),
    )

    assert cells(office.get(PAGE), "waiting") == [
        ["Erster Stelle 1", "a@x.test", "3", "Mo 07.09.2026, 6 Uhr", "0"],
        ["Zweite Stelle 2", "b@x.test", "1", "Mo 07.09.2026, 7 Uhr", "0"],
    ]


def test_deadline_stands_beside_who_must_still_click(office, event_session):
    until = app_clock.now() + timedelta(hours=22)
    guest(event_session, "Olga", Status.OFFERED, email="o@x.test", hold_until=until)
    guest(event_session, "Ute", Status.UNVERIFIED, email="u@x.test", hold_until=None)

    page = office.get(PAGE)

    assert [row[0] for row in cells(page, "offered")] == [
        "Olga Platz angeboten bis Di 08.09.2026, 10 Uhr"
    ]
    assert [row[0] for row in cells(page, "unverified")] == [
        "Ute noch nicht bestätigt, möchte auf die Warteliste"
    ]


def test_offer_that_no_letter_tells_of_asks_for_a_call(office, event_session):
    until = app_clock.now() + timedelta(hours=22)
    guest(event_session, "Mit", Status.OFFERED, email="m@x.test", hold_until=until)
    guest(event_session, "Ohne", Status.OFFERED, email=None, hold_until=until)
    guest(event_session, "Sitzt", email=None)

    page = office.get(PAGE)

    assert [row[1] for row in cells(page, "offered")] == ["m@x.test", "– bitte anrufen"]
    assert [row[1] for row in cells(page, "confirmed")] == ["–"]


def test_groups_have_the_same_columns_so_that_the_eye_finds_them(office, event_session):
    guest(event_session, "Olga", Status.OFFERED, hold_until=app_clock.now() + timedelta(hours=1))
    guest(event_session, "Willi", Status.WAITING)

    heads = re.findall(r"<thead.*?</thead>", office.get(PAGE).text, re.DOTALL)

    assert (len(heads), len(set(heads))) == (3, 1)


def test_what_a_mail_server_said_is_for_who_asks(office, event_session):
    booking.register(event_session, Applicant(name="Kim", email="kim@x.test"))
    letter = db.session.query(OutgoingMail).one()
    letter.state, letter.last_error = MailState.REFUSED, "550 no such user"

    page = office.get(PAGE)

    assert [row[1] for row in cells(page, "confirmed")] == [
        "kim@x.test E-Mail kam nicht an Was der Mailserver sagt 550 no such user"
    ]
    assert "550" in page.text.partition("<details>")[2].partition("</details>")[0]


def test_name_leads_to_the_person(office, event_session):
    kim = guest(event_session, "Kim")

    assert f'<a href="{PAGE}/personen/{kim.ulid}">Kim</a>' in office.get(PAGE).text


def test_erased_person_has_a_link_that_can_be_seen(office, event_session):
    guest(event_session, "", email=None)

    assert ">(gelöscht)</a>" in office.get(PAGE).text


@pytest.mark.parametrize("page", ["einlass", "anmelden", "plaetze", "verlauf"])
def test_page_leads_to_what_can_be_done(office, event_session, page):
    assert f'href="{PAGE}/{page}"' in office.get(PAGE).text


def test_people_are_counted_by_state(office, event_session):
    guest(event_session, "Anna", party_size=3)
    guest(event_session, "Willi", Status.WAITING, party_size=2)
    guest(event_session, "Walli", Status.WAITING, party_size=4)

    figures = re.findall(r"<dt>([^<]*)</dt>\s*<dd>(\d+)</dd>", office.get(PAGE).text)

    assert figures == [("Plätze", "10"), ("Platz sicher", "3"), ("Warteliste", "6"), ("da", "0")]
