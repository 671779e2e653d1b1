"""Staff change the sentences of a letter, look at it before, and keep its facts."""

import html
import re

import pytest

from chancendialog.extensions import db
from chancendialog.operations.doctor import Level, wording
from chancendialog.registration import sentences
from chancendialog.registration.specimens import LETTERS, specimen
from tests.browser_client import all_rows
from tests.factories import HouseFactory
from tests.web.office.test_texts import TEXTS, put_back
from tests.web.steps import cells, follow, press, text_of

SEAT = "Sie haben einen Platz."
SUBJECT = "Angemeldet: %(title)s, %(when)s"


@pytest.fixture
def office(signed_in, clock):
    HouseFactory()
    return signed_in("office")


def address(kind="confirmed", language="de"):
    return f"{TEXTS}/e-mails/{kind}/{language}"


def fields(page):
    """What stands in the form's fields, by name."""
    found = re.findall(
        r'<textarea[^>]* name="([^"]*)"[^>]*>\r?\n(.*?)</textarea>', page.text, re.DOTALL
    )
    return {name: html.unescape(text) for name, text in found}


def field(page, text):
    """The name of the field in which this stands."""
    [name] = [name for name, stands in fields(page).items() if stands == text]
    return name


def send(browser, url, old, new, **more):
    """Write something else into the field where this stands, and press the button."""
    page = browser.get(url)
    return press(browser, page, "Speichern", **fields(page) | {field(page, old): new} | more)


def test_sentence_is_changed_and_read_in_the_specimen(office):
    answer = send(office, address(), SEAT, "Ein Platz ist für Sie da.")

    assert answer.status_code == 303
    assert "Ein Platz ist für Sie da." in office.get("/verwaltung/briefe/confirmed").text
    assert "1 Satz geändert" in dict(cells(office.get(TEXTS), "e-mails"))["Angemeldet"]


@pytest.mark.parametrize("language", ["en", "de-simple"])
def test_each_language_has_its_own(office, language):
    before = specimen("confirmed").text
    old = specimen("confirmed", language=language).subject.partition(":")[0]
    send(office, address(language=language), f"{old}: {{title}}, {{when}}", "{when} {title} ok")

    assert specimen("confirmed", language=language).subject.endswith("Wohnen der Zukunft ok")
    assert specimen("confirmed").text == before


def test_saving_what_stands_there_changes_nothing(office):
    before = all_rows()
    page = office.get(address())

    answer = press(office, page, "Speichern", **fields(page))

    assert answer.status_code == 303
    assert all_rows() == before


def test_empty_field_means_the_original(office):
    send(office, address(), SEAT, "Ein Platz ist für Sie da.")
    send(office, address(), "Ein Platz ist für Sie da.", "  ")

    assert sentences.said_in("de") == {}
    assert SEAT in fields(office.get(address())).values()


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Dabei: {title}", "Es fehlt {when}. Dort setzen wir etwas ein"),
        ("{title}, {when}, {name}", "{name} kennen wir in diesem Satz nicht"),
        ("{title}, {when}" + "x" * 1000, "Schreiben Sie hier höchstens 1000 Zeichen"),
        (
            "{title}, {when} https://example.org/anmeldung/abcdefgh",
            "steht ein persönlicher Link. Er gehört einer einzigen Person",
        ),
    ],
)
def test_places_of_facts_stay_and_the_rest_is_kept(office, new, sentence):
    old = "Angemeldet: {title}, {when}"

    page = send(office, address(), old, new)

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert new in fields(page).values()
    assert sentences.said_in("de") == {}


def test_letter_is_looked_at_and_not_saved(office):
    before = all_rows()

    pages = [
        send(office, address(), SEAT, "<b>Ein</b> Platz für Sie.", vorschau=size)
        for size in ("1", "3")
    ]

    frames = [html.unescape(re.search('srcdoc="([^"]*)"', page.text)[1]) for page in pages]
    assert ["&lt;b&gt;Ein&lt;/b&gt; Platz für Sie." in frame for frame in frames] == [True, False]
    assert "<b>Ein</b> Platz für Sie." in text_of(pages[0])
    assert "Sie haben 3 Plätze." in text_of(pages[1])
    assert "<b>Ein</b> Platz für Sie." in fields(pages[0]).values()
    assert all_rows() == before
    assert SEAT in specimen("confirmed").text


def test_only_a_page_with_a_letter_lets_its_styles_in(office):
    policies = [
        page.headers["Content-Security-Policy"]
        for page in (office.get(address()), send(office, address(), SEAT, "Da.", vorschau="1"))
    ]

    assert ["'unsafe-inline'" in policy for policy in policies] == [False, True]


def test_field_says_what_must_stay_where_else_it_stands_and_what_is_a_promise(office):
    page = text_of(office.get(address()))

    assert "Muss stehen bleiben: {title}, {when}." in page
    assert "Steht auch in: „Nachgerückt“" in page or "anderen E-Mails" in page
    assert "Das ist eine Zusage zum Datenschutz" in page


def test_who_saves_over_somebody_elses_words_is_asked(office):
    page = office.get(address())
    sentences.reword(SEAT, 0, "Von nebenan.", language="de", actor="staff:1")

    mine = fields(page) | {field(page, SEAT): "Von mir."}
    answer = press(office, page, "Speichern", **mine)

    assert answer.status_code == 422
    assert "Das hat inzwischen jemand anders geändert" in text_of(answer)
    assert sentences.said_in("de") == {(SEAT, 0): "Von nebenan."}


def test_what_a_colleague_has_reworded_stays_and_is_told(office):
    page = office.get(address())
    sentences.reword(SEAT, 0, "Von nebenan.", language="de", actor="staff:1")

    answer = press(office, page, "Speichern", **fields(page))

    assert sentences.said_in("de") == {(SEAT, 0): "Von nebenan."}
    assert "Inzwischen hat jemand anders geändert" in text_of(follow(office, answer))


def test_what_a_sentence_said_is_shown_and_put_back(office):
    send(office, address(), SEAT, "Ein Platz: {x}".replace(": {x}", "."))

    rows = cells(office.get(address()), "fassungen")
    answer = put_back(office, sentences.about(SEAT, 0))

    assert [row[1:4] for row in rows] == [[f"„{SEAT}“, Deutsch", "–", "Ein Platz."]]
    assert answer.status_code == 303
    assert sentences.said_in("de") == {}


def test_what_belongs_to_no_sentence_is_named_and_thrown_away(office):
    sentences.reword("So stand es früher da.", 0, "Anders", language="en", actor="staff:1")
    db.session.commit()
    findings = list(wording())

    page = office.get(TEXTS)
    press(office, page, "Alle verwerfen")

    assert [level for level, _sentence in findings] == [Level.WARNING]
    assert "English: „Anders“ (statt „So stand es früher da.“)" in text_of(page)
    assert sentences.stray() == []
    assert [level for level, _sentence in wording()] == [Level.OK]


@pytest.mark.parametrize("kind", LETTERS)
def test_every_letter_has_its_page(office, kind):
    for language in ("de", "en", "de-simple"):
        page = office.get(address(kind, language))
        assert page.status_code == 200
        assert len(fields(page)) > 10


def test_page_asks_as_often_for_many_changes_as_for_one(office, count_queries):
    send(office, address(), SEAT, "Da.")
    for_one = count_queries(office, address())
    for number in range(4):
        send(
            office,
            address(),
            "Freundliche Grüße" if not number else f"Gruß {number}",
            f"Gruß {number + 1}",
        )

    assert count_queries(office, address()) == for_one
