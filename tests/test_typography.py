"""Lines of pages and letters end where people can go on reading."""

import pytest

from chancendialog.registration import letters
from chancendialog.typography import unbroken, unbroken_page
from tests.factories import EventSessionFactory, RegistrationFactory


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "Mittwoch, 7. Oktober 2026, 18 bis 20 Uhr",
            "Mittwoch, 7.␣Oktober␣2026, 18␣bis␣20␣Uhr",
        ),
        ("Mi 07.10.2026, 18 Uhr", "Mi␣07.10.2026, 18␣Uhr"),
        ("Wednesday 7 October 2026, 12pm to 2pm", "Wednesday 7␣October␣2026, 12pm␣to␣2pm"),
        ("in 3 Wochen, 12 Plätze", "in 3␣Wochen, 12␣Plätze"),
        ("Rufen Sie an: 0511 616-28899.", "Rufen Sie an: 0511␣616-28899."),
        ("Hildesheimer Straße 20, 30169 Hannover", "Hildesheimer Straße␣20, 30169␣Hannover"),
        ("§ 5, Artikel 6 Absatz 1", "§␣5, Artikel␣6␣Absatz␣1"),
        ("Region Hannover – Transformationsbüro", "Region Hannover␣– Transformationsbüro"),
        ("Wir sprechen über das Wohnen.", "Wir sprechen über das Wohnen."),
    ],
)
def test_what_belongs_together_stays_in_one_line(written, shown):
    assert unbroken(written).replace("\u00a0", "␣") == shown


@pytest.mark.parametrize(
    "element",
    [
        '<svg viewBox="0 0 24 24"></svg>',
        '<input value="um 18 Uhr">',
        "<pre>um 18 Uhr</pre>",
        "<textarea>um 18 Uhr\n\n<b>am 7. Mai</textarea>",
        '<script type="application/ld+json">{"name": "18 Uhr"}</script>',
    ],
)
def test_tags_and_what_people_typed_stay_as_they_are(element):
    assert unbroken_page(f"<p>18 Uhr</p>{element}<p>19 Uhr</p>") == (
        f"<p>18\u00a0Uhr</p>{element}<p>19\u00a0Uhr</p>"
    )


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("path", ["/", "/termine/abend", "/termine/abend/anmelden"])
def test_every_page_keeps_its_dates_together(app, path):
    EventSessionFactory(slug="abend")

    page = app.test_client().get(path).text

    assert "7.\u00a0Oktober\u00a02026, 12\u00a0bis\u00a014\u00a0Uhr" in page
    assert "7. Oktober" not in page.partition("<main")[2]


def test_letters_do_so_in_html_and_leave_their_text_alone(app, clock):
    letter = letters.confirmed(RegistrationFactory())

    assert "7.&nbsp;Oktober&nbsp;2026, 12&nbsp;bis&nbsp;14&nbsp;Uhr" in letter.html
    assert "7. Oktober 2026, 12 bis 14 Uhr" in letter.text
    assert "\u00a0" not in letter.text + letter.subject
