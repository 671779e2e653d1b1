"""What the office prints: PDF/UA-1 that says each name right, however it is spelled."""

import random
import re
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO

import pytest

from chancendialog.documents import lists, sheets
from chancendialog.documents.attendees import Sorting, Whom
from chancendialog.documents.choices import Choice
from chancendialog.documents.lists import Kind, Wish
from chancendialog.documents.sheets import TooManyForPaper
from chancendialog.documents.tables import Mark
from chancendialog.documents.typesetting import printed
from chancendialog.extensions import db
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.hostile import TEXTS

MARK = Mark("kim@example.org", datetime(2026, 9, 7, 10, tzinfo=UTC), "Montag, 12 Uhr")
NAMES = [
    "Çağla Öztürk-Großmann",
    "GROẞ IŞIK ılgaz",
    "Nguyễn Thị Đào",
    "Łukasz Żółć",
    "Иван Петров",
    "Ελένη Παπαδοπούλου",
    "#let x = 1; $a$ *fett* @wer",
    "<script>alert(1)</script>",
]
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")


@pytest.fixture
def event_session(app):
    return EventSessionFactory(title="Wohnen der Zukunft", room="Raum 2")


def made(event_session, kind, whom=Whom.SEATED, *, companions=False):
    db.session.flush()
    file = BytesIO()
    wish = Wish(kind, whom, Choice(sorting=Sorting.NAME), companions)
    lists.write(file, event_session, wish, MARK)
    return file.getvalue()


def text_of(pdf, *options):
    """What a reader finds in it, page by page."""
    program = ["pdftotext", *options, "-", "-"]
    read = subprocess.run(program, input=pdf, capture_output=True, check=True)
    pages = read.stdout.decode().replace("\u200b", "").split("\f")[:-1]
    return [" ".join(page.split()) for page in pages]


def facts_of(pdf):
    read = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True)
    return dict(re.findall(r"^(.+?): +(.+)$", read.stdout.decode(), re.MULTILINE))


@pytest.mark.parametrize("kind", [Kind.SIGN_IN_SHEET, Kind.BADGES])
def test_paper_is_pdf_ua_1_in_german_with_a_title(event_session, kind):
    RegistrationFactory(event_session=event_session)

    pdf = made(event_session, kind)

    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"/Lang(de)" in pdf
    assert b"/StructTreeRoot" in pdf
    assert b"/DisplayDocTitle true" in pdf


@needs_poppler
def test_every_name_can_be_read_on_the_sheet_and_on_its_badge(event_session):
    for name in NAMES:
        RegistrationFactory(event_session=event_session, name=name)

    sheet = " ".join(text_of(made(event_session, Kind.SIGN_IN_SHEET)))
    badges = " ".join(text_of(made(event_session, Kind.BADGES), "-raw"))

    assert [name for name in NAMES if name not in sheet] == []
    assert [name for name in NAMES if name.replace(" ", "") not in badges.replace(" ", "")] == []


@needs_poppler
def test_sheet_says_what_it_is_who_made_it_and_what_becomes_of_it(event_session):
    for name in ("Öz Anna", "Oz Berta", "Kim", "42"):
        RegistrationFactory(event_session=event_session, name=name, party_size=3)

    pdf = made(event_session, Kind.SIGN_IN_SHEET)
    [page] = text_of(pdf, "-layout")

    assert facts_of(pdf)["Title"] == "Anwesenheitsliste: Wohnen der Zukunft"
    assert "Stadtbibliothek, Raum 2" in page
    assert "4 42 3 K Kim 3 O Öz Anna 3 Oz Berta 3" in page
    assert "Enthält personenbezogene Daten: nach der Veranstaltung vernichten" in page
    assert "Erstellt von kim@example.org, Montag, 12 Uhr" in page
    assert "Seite 1 von 1" in page
    assert "erika" not in page  # nobody's address


@needs_poppler
def test_headings_and_letters_are_there_on_every_page(event_session):
    RegistrationFactory.create_batch(70, event_session=event_session, name="Anna Muster")

    pages = text_of(made(event_session, Kind.SIGN_IN_SHEET))

    assert [page.count("Anna Muster") for page in pages].count(0) == 0
    assert sum(page.count("Anna Muster") for page in pages) == 70
    assert [page.count("Unterschrift") for page in pages] == [1] * len(pages)
    assert [f"Seite {number} von {len(pages)}" in page for number, page in enumerate(pages, 1)] == [
        True
    ] * len(pages)


@needs_poppler
def test_sheet_of_others_says_how_they_stand(event_session):
    RegistrationFactory(event_session=event_session, name="Willi", status=Status.WAITING)

    assert "Willi Warteliste" in text_of(made(event_session, Kind.SIGN_IN_SHEET, Whom.WAITING))[0]
    assert "Niemand steht auf dieser Liste" in text_of(made(event_session, Kind.SIGN_IN_SHEET))[0]


@needs_poppler
def test_24_badges_fill_a_sheet_of_labels(event_session):
    RegistrationFactory.create_batch(25, event_session=event_session, name="Kim Muster")

    pdf = made(event_session, Kind.BADGES)

    assert facts_of(pdf)["Page size"] == "595.276 x 841.89 pts (A4)"
    assert [page.count("Kim Muster") for page in text_of(pdf)] == [24, 1]


@needs_poppler
def test_whoever_comes_along_gets_an_empty_badge_if_wanted(event_session):
    RegistrationFactory(event_session=event_session, party_size=3)

    sheets = [
        text_of(made(event_session, Kind.BADGES, companions=companions))[0].count("Wohnen der")
        for companions in (False, True)
    ]

    assert sheets == [1, 3]


@needs_poppler
@pytest.mark.parametrize("name", ["x" * 120, "Mustermann-" * 10 + "Muster", "Wilhelmine " * 10])
def test_long_names_stay_whole(event_session, name):
    RegistrationFactory(event_session=event_session, name=name.strip())

    for kind in (Kind.SIGN_IN_SHEET, Kind.BADGES):
        [page] = text_of(made(event_session, kind), "-raw")
        assert name.replace(" ", "") in page.replace(" ", "")


@needs_poppler
def test_from_right_to_left_names_are_whole_too(event_session):
    RegistrationFactory(event_session=event_session, name="محمد")

    assert "محمد" in text_of(made(event_session, Kind.SIGN_IN_SHEET))[0]


@pytest.mark.parametrize(
    ("name", "on_paper"),
    [
        ("王小明 Wang", "□ Wang"),
        ("👩\u200d👩\u200d👧 Kim", "□ Kim"),
        ("Z\u0334\u0342\u0334öe", "Zöe"),
        ("o\u0308z", "öz"),
        ("\u202egnp\u202c\u200f", "□gnp□"),
        ("नमस्ते", "□"),
    ],
)
def test_what_no_font_has_is_a_square(name, on_paper):
    assert printed(name) == on_paper


def test_all_that_is_printed_is_in_our_fonts_in_any_order(event_session):
    """Typst refuses a PDF/UA-1 with a sign that no font has, and nobody gets a list."""
    signs = [chr(number) for number in range(0x20, 0x3000) if printed(chr(number)) == chr(number)]
    chance = random.Random(7)
    mixed = ["".join(chance.choices(signs, k=12)) for _ in range(500)]

    assert len(signs) > 1500
    names = ["".join(signs[start : start + 8]) for start in range(0, len(signs), 8)]
    assert sheets.name_badges(event_session, [*names, *mixed], MARK).startswith(b"%PDF-")


def test_hostile_names_are_set_without_a_fault(event_session):
    for text in TEXTS:
        RegistrationFactory(event_session=event_session, name=text.replace("\x00", ""))

    for kind in (Kind.SIGN_IN_SHEET, Kind.BADGES):
        assert made(event_session, kind).startswith(b"%PDF-")


@pytest.mark.parametrize("kind", [Kind.SIGN_IN_SHEET, Kind.BADGES])
def test_more_than_paper_is_good_for_is_refused(event_session, monkeypatch, kind):
    monkeypatch.setattr(sheets, "MOST", 2)
    RegistrationFactory.create_batch(2, event_session=event_session, party_size=2)

    assert made(event_session, kind)
    RegistrationFactory(event_session=event_session)
    with pytest.raises(TooManyForPaper):
        made(event_session, kind)


def test_more_badges_than_paper_is_good_for_are_refused(event_session, monkeypatch):
    monkeypatch.setattr(sheets, "MOST", 2)
    RegistrationFactory(event_session=event_session, party_size=3)

    with pytest.raises(TooManyForPaper):
        made(event_session, Kind.BADGES, companions=True)
