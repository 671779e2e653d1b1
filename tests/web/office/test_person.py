"""One registration: what staff tell on the phone is what the person reads."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration import booking, letters
from chancendialog.registration.booking import Applicant
from chancendialog.registration.explanation import explain
from chancendialog.registration.models import Source, Status
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, RegistrationFactory


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen", capacity=4)


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def page_of(registration):
    return f"/verwaltung/termine/{registration.event_session.slug}/personen/{registration.ulid}"


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


def facts(page):
    """The page's list of facts."""
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page.text, re.DOTALL)
    return {name: " ".join(re.sub(r"<[^>]*>", " ", value).split()) for name, value in pairs}


def happened(page):
    """What the page tells, each with the moment that machines read."""
    return re.findall(r'<li>\s*<time datetime="([^"]*)">[^<]*</time>\s*([^<]*?)\s*</li>', page.text)


def test_page_shows_who_it_is_and_how_it_stands(office, event_session):
    kim = RegistrationFactory(
        event_session=event_session,
        name="Kim Muster",
        email="kim@example.org",
        party_size=3,
        ticket="7Q4K9XWM2HTR",
        source=Source.COUNTER,
    )

    page = office.get(page_of(kim))

    assert "<h1>Kim Muster</h1>" in page.text
    assert facts(page) == {
        "Termin": "Wohnen , Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr",
        "E-Mail-Adresse": "kim@example.org",
        "Personen": "3",
        "Code für den Einlass": "7Q4K-9XWM-2HTR",
        "Stand": "Platz sicher",
        "Angemeldet am": "Mo 07.09.2026, 12 Uhr , durch das Büro",
    }


@pytest.mark.parametrize(
    ("status", "hours", "stand"),
    [
        (Status.OFFERED, 22, "Platz angeboten bis Di 08.09.2026, 10 Uhr"),
        (Status.OFFERED, 0, "verfallen"),
        (Status.UNVERIFIED, 22, "noch nicht bestätigt bis Di 08.09.2026, 10 Uhr"),
        (Status.UNVERIFIED, 0, "verfallen"),
        (Status.UNVERIFIED, None, "noch nicht bestätigt, möchte auf die Warteliste"),
        (Status.WAITING, None, "Warteliste"),
        (Status.EXPIRED, -1, "verfallen"),
        (Status.WITHDRAWN, None, "abgemeldet"),
    ],
)
def test_stand_is_named_with_its_deadline(office, event_session, status, hours, stand):
    until = None if hours is None else app_clock.now() + timedelta(hours=hours)
    kim = RegistrationFactory(event_session=event_session, status=status, hold_until=until)

    assert facts(office.get(page_of(kim)))["Stand"] == stand


def test_staff_read_the_sentences_that_the_person_reads(office, event_session, client):
    RegistrationFactory(event_session=event_session, party_size=3)
    first = RegistrationFactory(event_session=event_session, party_size=2, status=Status.WAITING)
    kim = RegistrationFactory(event_session=event_session, party_size=4, status=Status.WAITING)
    explanation = explain(kim)

    page, own = office.get(page_of(kim)), client.get(letters.manage_url(kim))

    assert first.registered_at <= kim.registered_at
    assert explanation.because
    for sentence in (explanation.state, explanation.because, explanation.change):
        assert (sentence in words(page), sentence in words(own)) == (True, True)
    assert "Diese Sätze liest die Person auf ihrer eigenen Seite." in page.text


def test_history_tells_what_happened_in_order(office, event_session, clock):
    event_session.capacity = 2
    lou = booking.register(event_session, Applicant(name="Lou", email="lou@x.test", party_size=2))
    clock.shift(60)
    kim = booking.register(
        event_session, Applicant(name="Kim", email="kim@x.test", would_wait=True)
    )
    clock.shift(60)
    booking.withdraw(lou)

    page = office.get(page_of(kim))

    assert happened(page) == [
        ("2026-09-07T10:01:00+00:00", "angemeldet, Personen: 1 – Warteliste"),
        (
            "2026-09-07T10:02:00+00:00",
            "Platz angeboten bis Di 08.09.2026, 12:02 Uhr: 2 Plätze frei, 1 gewünscht",
        ),
    ]


def test_registration_of_which_nothing_was_noted_says_so(office, event_session):
    kim = RegistrationFactory(event_session=event_session)

    assert "Noch ist nichts notiert." in office.get(page_of(kim)).text


def test_letter_that_did_not_arrive_is_shown(office, event_session):
    kim = booking.register(event_session, Applicant(name="Kim", email="kim@x.test"))
    letter = db.session.query(OutgoingMail).one()
    letter.state, letter.last_error = MailState.FAILED, "550 no such user"

    assert "E-Mail kam nicht an Was der Mailserver sagt 550 no such user" in words(
        office.get(page_of(kim))
    )


def test_person_without_address_reads_no_page(office, event_session):
    kim = RegistrationFactory(event_session=event_session, email=None)

    page = office.get(page_of(kim))

    assert facts(page)["E-Mail-Adresse"] == "keine"
    assert "Diese Sätze liest die Person" not in page.text


def test_erased_person_is_a_page_without_a_name(office, event_session):
    gone = RegistrationFactory(
        event_session=event_session, name="", email=None, erased_at=app_clock.now()
    )

    assert "<h1>(gelöscht)</h1>" in office.get(page_of(gone)).text


def test_name_in_html_is_text(office, event_session):
    kim = RegistrationFactory(event_session=event_session, name="<b>Kim</b>")

    assert "<h1>&lt;b&gt;Kim&lt;/b&gt;</h1>" in office.get(page_of(kim)).text


@pytest.mark.parametrize("ulid", ["x", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "%00", "ü"])
def test_unknown_person_is_no_page(office, ulid):
    assert office.get(f"/verwaltung/termine/abend/personen/{ulid}").status_code == 404


def test_person_of_another_session_is_no_page_here(office, event_session):
    elsewhere = RegistrationFactory()

    page = office.get(f"/verwaltung/termine/abend/personen/{elsewhere.ulid}")

    assert page.status_code == 404


def test_opening_the_page_changes_nothing(office, event_session):
    kim = RegistrationFactory(
        event_session=event_session, status=Status.OFFERED, hold_until=app_clock.now()
    )
    before = all_rows()

    office.get(page_of(kim))

    assert all_rows() == before


def test_page_asks_the_database_as_often_after_much_as_after_little(
    office, event_session, count_queries
):
    kim = RegistrationFactory(event_session=event_session, party_size=4, status=Status.WAITING)

    def note(code, thread, **facts):
        journal.note(code, actor=journal.SYSTEM, thread=thread, scope=event_session.thread, **facts)

    note("registered", kim.thread, party_size=4, status=Status.WAITING)
    after_little = count_queries(office, page_of(kim))
    for number in range(5):
        note("offered", f"registration:{number}", free=1, party_size=1, until="2026-09-08T10:00")
        RegistrationFactory(event_session=event_session, status=Status.WAITING)

    assert len(happened(office.get(page_of(kim)))) == 6
    assert count_queries(office, page_of(kim)) == after_little
