"""One registration: what staff tell on the phone is what the person reads."""

import re
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.privacy import erasure
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
        "Sprache der E-Mails": "Deutsch",
        "Vorher fragen: „Kommen Sie?“": "ja",
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


@pytest.fixture
def kim(event_session):
    """Somebody with a confirmation on its way."""
    registration = booking.register(event_session, Applicant(name="Kim", email="kim@x.test"))
    db.session.commit()
    return registration


def letter_of(registration):
    return db.session.query(OutgoingMail).filter_by(thread=registration.thread).one()


def lines(page):
    """The history as people read it, without times."""
    items = re.findall(r"<li>\s*<time[^>]*>[^<]*</time>(.*?)</li>", page.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", item).split()) for item in items]


@pytest.mark.parametrize(
    ("state", "became"),
    [
        (MailState.QUEUED, "wartet"),
        (MailState.SENDING, "wird gerade verschickt"),
        (MailState.SENT, "verschickt am Mo 07.09.2026, 12 Uhr"),
        (MailState.FAILED, "kam nicht an"),
        (MailState.REFUSED, "kam nicht an"),
        (MailState.SUPERSEDED, "durch eine neuere ersetzt, nicht verschickt"),
    ],
)
def test_history_names_every_letter_with_what_became_of_it(office, kim, state, became):
    letter = letter_of(kim)
    letter.state, letter.sent_at = state, app_clock.now() if state is MailState.SENT else None

    page = office.get(page_of(kim))

    assert lines(page) == [
        "angemeldet, Personen: 1 – Platz sicher",
        f"E-Mail: Angemeldet: Wohnen, Mi 07.10.2026, 12 Uhr ({became})",
    ]
    assert f'href="{page_of(kim)}/e-mails/{letter.id}"' in page.text


def test_letter_is_shown_word_for_word_as_it_was_sent(office, kim, event_session):
    letter = letter_of(kim)
    letter.state, letter.sent_at, letter.last_error = MailState.SENT, app_clock.now(), "451 later"
    kim.name, event_session.title = "Kim Anders", "Etwas anderes"

    page = office.get(f"{page_of(kim)}/e-mails/{letter.id}")

    assert facts(page) == {
        "An": "kim@x.test",
        "Geschrieben am": "Mo 07.09.2026, 12 Uhr",
        "Was daraus wurde": "verschickt am Mo 07.09.2026, 12 Uhr",
        "Was der Mailserver zuletzt sagte": "451 later",
        "Kalender-Eintrag": "trägt den Termin ein: Kalender-Datei",
    }
    assert "Guten Tag Kim," in words(page)
    assert "Etwas anderes" not in page.text.partition("Als Text")[2]
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


def test_frame_holds_the_html_alone_and_lets_nothing_run(office, kim):
    page = office.get(f"{page_of(kim)}/e-mails/{letter_of(kim).id}.html")

    assert "Guten Tag Kim" in page.text
    assert "sandbox" in page.headers["Content-Security-Policy"]


def test_calendar_entry_is_the_one_that_went_along(office, kim):
    letter = letter_of(kim)

    file = office.get(f"{page_of(kim)}/e-mails/{letter.id}.ics")

    assert (file.data, file.content_type) == (letter.calendar, "text/calendar; charset=utf-8")


def test_letter_without_a_calendar_entry_has_no_such_file(office, event_session):
    event_session.capacity = 0
    applicant = Applicant(name="Kim", email="kim@x.test", would_wait=True)
    kim = booking.register(event_session, applicant)
    letter = f"{page_of(kim)}/e-mails/{letter_of(kim).id}"

    assert facts(office.get(letter))["Kalender-Eintrag"] == "keiner"
    assert office.get(f"{letter}.ics").status_code == 404


@pytest.mark.parametrize("end", ["", ".html"])
def test_staff_read_no_link_that_is_the_persons_alone(office, kim, end):
    """Whoever has it can act as the person."""
    own = letters.own_token(kim)

    page = office.get(f"{page_of(kim)}/e-mails/{letter_of(kim).id}{end}")

    assert own in letter_of(kim).html
    assert "/anmeldung/…" in page.text
    assert own not in page.text


@pytest.mark.parametrize("end", ["", ".html", ".ics"])
def test_letter_to_somebody_else_is_no_page_here(office, kim, event_session, end):
    lou = booking.register(event_session, Applicant(name="Lou", email="lou@x.test"))

    page = office.get(f"{page_of(kim)}/e-mails/{letter_of(lou).id}{end}")

    assert page.status_code == 404


def test_page_and_letter_of_an_erased_person_are_gone_with_the_name(office, kim):
    letter = f"{page_of(kim)}/e-mails/{letter_of(kim).id}"
    erasure.erase(kim, actor=journal.SYSTEM)

    assert office.get(letter).status_code == 404
    assert lines(office.get(page_of(kim)))[-2:-1] == ["Name und Adresse auf Wunsch gelöscht"]
