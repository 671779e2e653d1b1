"""Pages that the law asks for say what the programme file says, and mark what it does not."""

import re

import pytest

from chancendialog import house, versions
from chancendialog.extensions import db
from chancendialog.house import Fact
from chancendialog.i18n import Text
from chancendialog.operations.loading import load
from chancendialog.operations.trial import SERIES
from chancendialog.programme.file import LegalEntry, read

PAGES = ["/impressum", "/datenschutz", "/barrierefreiheit"]
NOT_SIMPLE_YET = "Diese Seite gibt es noch nicht in Einfacher Sprache."
WHOLE = """
[series]
slug = "reihe"
title = "Reihe"

[legal]
controller = "Gemeinde Beispiel\\nWeg 1"
controller_phone = "0123 1"
controller_email = "post@example.org"
represented_by = "Bürgermeisterin Kim Beispiel"
supervision = "Landkreis"
vat_id = "keine"
source_code = "https://quelltext.example.org/"
image_credits = "Foto: Kim Beispiel"
privacy_officer = "dsb@example.org"
privacy_authority = "Behörde"
processors = "Rechenzentrum"
server_log = "Nichts."
accessibility_gaps = "Keine bekannt."
arbitration = "https://schlichtung.example.org/"
statement_made_on = 2026-09-01
assessed_on = 2026-09-02

[legal.en]
server_log = "Nothing."
"""


def gaps(page):
    return re.findall(r"\[Vom Betreiber zu ergänzen: ([^\]]*)\]", page.text)


def read_in(text, **options):
    report = load(read(text, venues=set(), topics=set()), **options)
    db.session.commit()
    return report


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        (
            "/impressum",
            [
                "Name und Anschrift",
                "Telefon",
                "E-Mail",
                "Amt und Name",
                "Umsatzsteuer-Identifikationsnummer",
                "Kommunalaufsicht",
                "wo der Quelltext steht",
                "von wem die Bilder sind",
            ],
        ),
        (
            "/datenschutz",
            [
                "Name und Anschrift",
                "E-Mail",
                "Datenschutzbeauftragte Person",
                "was der Webserver protokolliert, und wie lange",
                "Dienstleister",
                "Aufsichtsbehörde für den Datenschutz",
            ],
        ),
        (
            "/barrierefreiheit",
            [
                "bekannte Mängel mit Grund und Ausweg",
                "Tag der Erstellung",
                "Tag der letzten Prüfung",
                "Schlichtungsstelle",
            ],
        ),
    ],
)
def test_without_a_programme_every_gap_is_marked(client, page, missing):
    assert gaps(client.get(page)) == missing


def test_a_whole_file_leaves_no_gap(client):
    read_in(WHOLE)

    assert [gaps(client.get(page)) for page in PAGES] == [[], [], []]
    assert house.gaps() == []


def test_lines_stay_lines_addresses_are_links_and_days_are_written_out(client):
    read_in(WHOLE)

    imprint, accessibility = client.get("/impressum").text, client.get("/barrierefreiheit").text
    assert "Gemeinde Beispiel<br>Weg 1" in imprint
    assert '<a href="mailto:post@example.org">' in imprint
    assert '<a href="https://quelltext.example.org/"' in imprint
    assert '<a href="https://schlichtung.example.org/"' in accessibility
    assert "1. September 2026" in accessibility
    assert "2. September 2026" in accessibility
    assert "http://localhost:5000" in accessibility


@pytest.mark.parametrize("page", PAGES)
def test_a_translation_says_that_the_german_text_prevails(client, page):
    sentence = "The German version is legally binding."

    assert sentence in client.get(f"/en{page}").text
    assert "Übersetzung" not in client.get(page).text + client.get(f"/einfach{page}").text


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_there_in_simple_words_says_so_and_is_marked_as_german(client, page):
    simple, german = client.get(f"/einfach{page}").text, client.get(page).text

    assert '<html lang="de-simple">' in simple
    main = simple.partition("<main")[2]
    assert 'lang="de"' in main.partition(">")[0]
    assert main.index(NOT_SIMPLE_YET) < main.index("<h1>")
    assert NOT_SIMPLE_YET not in german
    assert "lang=" not in german.partition("<main")[2].partition(">")[0]


@pytest.mark.parametrize("language", ["", "/einfach"])
def test_the_accessibility_statement_is_summed_up_in_simple_words(client, language):
    page = client.get(f"{language}/barrierefreiheit").text

    summary = page.partition('lang="de-simple" aria-labelledby="einfach"')[2]
    assert (
        "Alle Menschen sollen diese Seiten benutzen können." in summary.partition("</section>")[0]
    )
    assert "Wir haben sie selbst geprüft: mit axe-core" in page


def test_the_privacy_notice_says_what_becomes_of_photos(client):
    notice = client.get("/datenschutz").text

    assert "veröffentlichen wir nur mit Ihrer Einwilligung" in notice
    assert "Die Einwilligung können Sie jederzeit widerrufen." in notice


def test_facts_are_in_the_readers_language_as_far_as_they_are_known_in_it(app):
    read_in(WHOLE)

    facts = house.facts("en")

    assert facts[Fact.SERVER_LOG] == Text("Nothing.", "en")
    assert facts[Fact.PROCESSORS] == Text("Rechenzentrum", "de")
    assert house.facts()[Fact.SERVER_LOG] == Text("Nichts.", "de")


def test_facts_are_asked_for_once(app, statements):
    house.contact()  # begins the transaction
    assert statements(lambda: [house.facts(one) for one in ("de", "en", "de")]) == 1


def test_the_real_file_says_what_is_publicly_known(client):
    read_in(SERIES.read_text())

    assert gaps(client.get("/impressum")) == [
        "Telefon",
        "Amt und Name",
        "Umsatzsteuer-Identifikationsnummer",
        "Kommunalaufsicht",
        "wo der Quelltext steht",
        "von wem die Bilder sind",
    ]
    assert "poststelle@lfd.niedersachsen.de" in client.get("/datenschutz").text


def test_changed_facts_are_listed_and_with_update_applied_or_taken_back(app):
    read_in(WHOLE)
    text = (
        WHOLE.replace('"Landkreis"', '"Land"')
        .replace('"Nothing."', '""')
        .replace("2026-09-02", "2026-10-01")
    )

    listed = read_in(text).differences
    before = house.facts("en")
    read_in(text, update=True)

    assert listed == [
        "[legal], supervision: „Landkreis“ → „Land“",
        "[legal], assessed_on: „2026-09-02“ → „2026-10-01“",
        "[legal], en.server_log: „Nothing.“ → „“",
    ]
    assert before[Fact.SUPERVISION].words == "Landkreis"
    after = house.facts("en")
    assert after[Fact.SUPERVISION].words == "Land"
    assert after[Fact.ASSESSED_ON].words == "2026-10-01"
    assert after[Fact.SERVER_LOG] == Text("Nichts.", "de")
    kept = versions.of(["fact:supervision", "fact:server_log"])
    assert [(one.language, one.before, one.after, one.actor) for one in kept] == [
        ("en", "Nothing.", "", "system"),
        ("de", "Landkreis", "Land", "system"),
    ]


def test_the_file_can_say_every_fact():
    assert {*LegalEntry.model_fields} - {"en"} == set(Fact)
