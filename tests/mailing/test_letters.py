"""Every letter, written for one specimen: complete as text, correct as HTML."""

import re

import html5lib
import pytest

from chancendialog.mailing.outbox import Left
from chancendialog.registration import letters
from chancendialog.registration.models import Status
from tests.browser_client import check_page
from tests.factories import HouseFactory, RegistrationFactory

BEFORE = {
    "starts_at": "2026-10-01T17:00:00+00:00",
    "ends_at": "2026-10-01T19:00:00+00:00",
    "place": "Altes Haus",
}
INVITED, TOLD = Left(BEFORE, invited=True), Left(BEFORE, invited=False)
KINDS = {
    "confirmed": letters.confirmed,
    "promoted": letters.promoted,
    "waiting": letters.waiting,
    "withdrawn after an invitation": lambda one: letters.withdrawn(one, INVITED),
    "withdrawn before": lambda one: letters.withdrawn(one, None),
    "moved with a seat": lambda one: letters.moved(one, INVITED),
    "moved while waiting": lambda one: letters.moved(one, TOLD),
    "called off after an invitation": lambda one: letters.called_off(one, INVITED),
    "called off before": lambda one: letters.called_off(one, None),
    "already registered": letters.already_registered,
    "address corrected": lambda one: letters.address_corrected(one, INVITED),
}
WAITING = {"waiting", "moved while waiting"}
WITH_THE_PERSONAL_LINK = [
    "confirmed",
    "promoted",
    "waiting",
    "moved with a seat",
    "moved while waiting",
    "already registered",
]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def write(clock, app):
    """Write a letter of a kind to the specimen."""

    def compose(kind, **facts):
        HouseFactory()
        usual = {
            "event_session__slug": "abend",
            "event_session__venue__directions": "Eingang im Hof",
            "status": Status.WAITING if kind in WAITING else Status.CONFIRMED,
        }
        registration = RegistrationFactory(**(usual | facts))
        return KINDS[kind](registration), letters.manage_url(registration)

    return compose


@pytest.mark.parametrize(
    ("kind", "subject", "method"),
    [
        ("confirmed", "Angemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", "REQUEST"),
        (
            "promoted",
            "Sie haben jetzt einen Platz: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "REQUEST",
        ),
        ("waiting", "Warteliste: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "withdrawn after an invitation",
            "Abgemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "CANCEL",
        ),
        ("withdrawn before", "Abgemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        ("moved with a seat", "Geändert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", "REQUEST"),
        ("moved while waiting", "Geändert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr", None),
        (
            "called off after an invitation",
            "Fällt aus: Wohnen der Zukunft am Mi 07.10.2026, 12 Uhr",
            "CANCEL",
        ),
        ("called off before", "Fällt aus: Wohnen der Zukunft am Mi 07.10.2026, 12 Uhr", None),
        (
            "already registered",
            "Sie sind schon angemeldet: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            None,
        ),
        (
            "address corrected",
            "Adresse korrigiert: Wohnen der Zukunft, Mi 07.10.2026, 12 Uhr",
            "CANCEL",
        ),
    ],
)
def test_the_subject_says_what_and_when_and_the_calendar_what_to_do(write, kind, subject, method):
    letter, _ = write(kind)

    assert letter.subject == subject
    assert letter.calendar_method == method
    assert (letter.calendar is None) is (method is None)


@every_kind
def test_the_text_is_complete_without_the_html(write, kind):
    letter, _ = write(kind)

    assert [fact for fact in FACTS if fact not in letter.text] == []
    assert [fact for fact in FACTS if fact not in in_words(letter.html)] == []
    assert links(letter.text) == links(letter.html)


@every_kind
def test_the_personal_link_is_where_it_is_promised_and_nowhere_else(write, kind):
    letter, link = write(kind)

    assert (link in letter.text) is (kind in WITH_THE_PERSONAL_LINK)
    assert (link in letter.html) is (kind in WITH_THE_PERSONAL_LINK)
    assert ("Dieser Link ist nur für Sie" in letter.text) is (kind in WITH_THE_PERSONAL_LINK)


@every_kind
def test_the_html_is_a_page_without_fault(write, kind):
    letter, _ = write(kind)

    check_page(letter.html)
    assert '<html lang="de" dir="ltr">' in letter.html


@every_kind
def test_nothing_of_the_template_shows(write, kind):
    letter, _ = write(kind)

    written = letter.subject + letter.text + letter.html
    assert re.findall(r"\{[{%#]|[}%#]\}|%\(|\bNone\b|\bUndefined\b|&amp;(?:lt|gt|#)", written) == []
    assert not re.search(r"\n{3}|[ \t]\n", letter.text)
    assert letter.text.endswith("\n")
    assert "\n" not in letter.subject


@every_kind
def test_lines_of_text_fit_into_78_columns(write, kind):
    letter, _ = write(
        kind,
        name="Dr. Erika " + "von und zu " * 8 + "Mustermann",
        party_size=4,
        event_session__title="Wie wollen wir in der Region wohnen, arbeiten und leben? " * 3,
        event_session__series__title="Chancendialog Transformation in der Region " * 2,
        event_session__venue__name="Haus der Wirtschaft und der Wissenschaft, großer Saal " * 2,
        event_session__venue__directions="Vom Bahnhof mit der Bahn, dann zu Fuß durch den Park "
        * 5,
    )

    long = [line for line in letter.text.splitlines() if len(line) > 78]
    assert [line for line in long if not line.startswith("http://localhost:5000/")] == []


@every_kind
def test_what_people_wrote_is_text_and_never_html(write, kind):
    letter, _ = write(
        kind,
        name="Erika <script>alert(1)</script> & Max",
        event_session__title="<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}",
    )

    assert "<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}" in letter.subject
    assert "<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}" in letter.text
    assert "<b>Wohnen</b> & Leben – 100 % „gut“ {{ 7 * 7 }}" in in_words(letter.html)
    assert "<script" not in letter.html
    assert "<b>" not in letter.html
    check_page(letter.html)


@every_kind
def test_a_letter_is_written_even_if_the_house_is_not_known(clock, app, kind):
    letter = KINDS[kind](RegistrationFactory())

    check_page(letter.html)
    assert "Chancendialog Transformation, Region Hannover" in letter.text


@pytest.mark.parametrize("kind", ["confirmed", "promoted", "moved with a seat"])
def test_a_party_reads_how_many_seats_it_has(write, kind):
    letter, _ = write(kind, party_size=3)

    assert re.search(r"\b3 Plätze\b", letter.text)
    assert re.search(r"\b3 Plätze\b", in_words(letter.html))


@pytest.mark.parametrize("kind", ["moved with a seat", "moved while waiting"])
def test_who_is_moved_reads_the_old_and_the_new(write, kind):
    letter, _ = write(kind)

    assert (
        "Bisher:  Donnerstag, 1. Oktober 2026, 19 bis 21 Uhr\n         Altes Haus\n" in letter.text
    )
    assert "Neu:     Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr\n         Stadtbibl" in letter.text


def test_the_wrong_recipient_learns_nothing_about_the_person(write):
    letter, _ = write("address corrected", name="Erika Geheim")

    assert "Geheim" not in letter.subject + letter.text + letter.html


FACTS = [
    "Wohnen der Zukunft",
    "Chancendialog Transformation",
    "Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr",
    "Stadtbibliothek",
    "Am Markt 1, 12345 Musterstadt",
    "Büro für Beispiele",
    "0123 456-789",
    "buero@example.org",
]


def in_words(html):
    """What somebody reads who sees the HTML."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    return " ".join(" ".join(body.itertext()).split())


def links(text):
    return sorted(set(re.findall(r"https?://[^\s\"<]+", text)))
