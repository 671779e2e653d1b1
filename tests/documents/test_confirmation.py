"""A confirmation on paper says what the letter says, for whoever has no mailbox."""

import subprocess
from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.documents.confirmation import confirmation
from chancendialog.registration import paper_codes, tickets
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, HouseFactory, RegistrationFactory, VenueFactory


@pytest.fixture
def registration(app, clock):
    HouseFactory(phone="0511 123456")
    venue = VenueFactory(name="Haus der Region", entrance="Eingang im Hof", access="Ohne Stufen")
    event_session = EventSessionFactory(title="Wohnen für „alle“", venue=venue, room="Raum N 003")
    return RegistrationFactory(
        event_session=event_session, name="Şule Groß-ẞträßner", email=None, party_size=2
    )


def words(pdf, tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "a.pdf"), "-"], capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def test_it_names_what_when_where_and_both_codes(registration, tmp_path):
    text = words(confirmation(registration), tmp_path)

    for expected in (
        "Guten Tag Şule Groß-ẞträßner,",
        "Ihre 2 Plätze sind sicher.",
        "Wohnen für „alle“",
        "Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr",
        "Haus der Region, Raum N 003",
        "Eingang im Hof",
        "Ohne Stufen",
        "Rufen Sie uns an: 0511 123456.",
        "/code",
        tickets.shown(registration.ticket),
        paper_codes.code_of(registration),
    ):
        assert expected in text


def test_whoever_waits_reads_that_the_ticket_is_not_valid_yet(registration, tmp_path):
    registration.status = Status.WAITING

    text = words(confirmation(registration), tmp_path)

    assert "Sie stehen auf der Warteliste." in text
    assert "Er gilt, sobald der Platz sicher ist." in text


def test_it_speaks_the_language_of_the_registration(registration, tmp_path):
    registration.language = "en"

    text = words(confirmation(registration), tmp_path)

    assert "Your 2 places are confirmed" in text or "Your 2 seats" in text


def test_hostile_words_stay_words(registration, tmp_path):
    registration.name = '#panic("x") $x$ *fett* @ref <label> \\ 👩‍🦽 שלום \u202e' + "x" * 60

    pdf = confirmation(registration)

    assert '#panic("x") $x$ *fett* @ref' in words(pdf, tmp_path)


def test_it_is_one_tagged_page(registration):
    registration.event_session.starts_at = app_clock.now() + timedelta(days=1)
    pdf = confirmation(registration)

    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type/Page/") == 1
    assert b"pdfuaid" in pdf
