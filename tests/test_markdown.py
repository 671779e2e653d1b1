"""What staff write reads well as HTML and as plain text, and harms nobody."""

import re
import time

import pytest

from chancendialog import markdown
from tests.factories import EventSessionFactory, SeriesFactory
from tests.web.steps import text_of

RICH = """Worum es **geht**:

- *günstig* wohnen
- [Zahlen](https://example.org/a_b?c=1&d=2)

### Danach

1. reden
2. essen"""


def test_page_gets_paragraphs_lists_emphasis_links_and_headings():
    assert markdown.html(RICH).replace("\n", "") == (
        "<p>Worum es <strong>geht</strong>:</p>"
        "<ul><li><em>günstig</em> wohnen</li>"
        '<li><a href="https://example.org/a_b?c=1&amp;d=2">Zahlen</a></li></ul>'
        "<h2>Danach</h2>"
        "<ol><li>reden</li><li>essen</li></ol>"
    )


def test_all_else_gets_the_same_in_plain_words():
    assert markdown.plain(RICH) == (
        "Worum es geht:\n- günstig wohnen\n- Zahlen (https://example.org/a_b?c=1&d=2)\n\n"
        "Danach\n1. reden\n2. essen"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Wie wollen wir wohnen?",
        "Zwei\nZeilen.\n\nZwei Absätze.",
        "19. Juni 2024 um 19 Uhr",
        "1. Mai: Tag der Arbeit",
        "Teilnehmer*innen und Bürger*innen, Kolleg_innen und Bürger_innen",
        "5 * 3 * 2 = 30, a_b_c, 2 < 3 & 4 > 3",
        "<b>fett</b> &amp; <script>alert(1)</script>",
        "https://example.org/ und `Code` und | a | b |",
        "Ende mit \\",
        "C:\\Neu \\n \\\\n \\, \\.",
        "    viel Einzug".strip(),
        "=SUM(A1:A9)\u202e🎉",
    ],
)
def test_plain_words_stay_as_they_are_everywhere(text):
    html = markdown.html(text)

    assert markdown.plain(text) == text
    assert set(re.findall(r"<(\w+)", html)) == {"p"}
    assert "".join(re.split(r"</?p>", html)).replace("&lt;", "<").replace("&gt;", ">").replace(
        "&amp;", "&"
    ) == text.replace("\n\n", "\n")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[hier](javascript:alert(1))",
        "[hier](JaVaScRiPt:alert(1))",
        "[hier](data:text/html,<script>alert(1)</script>)",
        "[hier](/verwaltung/)",
        "<javascript:alert(1)>",
        "![Bild](https://example.org/spur.png)",
        '[hier](https://example.org/ "onmouseover=alert(1)")',
        "[a](https://example.org/%22onclick=alert(1))",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text):
    html = markdown.html(text)

    assert set(re.findall(r"<(\w+)", html)) <= {"p", "a"}
    assert set(re.findall(r"<a([^>]*)>", html)) <= {
        ' href="https://example.org/"',
        ' href="https://example.org/spur.png"',
        ' href="https://example.org/%22onclick=alert(1)"',
    }


def test_a_backslash_takes_the_meaning_from_a_mark():
    assert markdown.plain("5\\*3 \\*nicht kursiv\\*") == "5*3 *nicht kursiv*"


def test_links_lead_to_pages_and_mail_addresses():
    text = "[Mail](mailto:kim@example.org), <https://example.org/>, <kim@example.org>"

    assert re.findall(r'href="([^"]*)"', markdown.html(text)) == [
        "mailto:kim@example.org",
        "https://example.org/",
        "mailto:kim@example.org",
    ]
    assert markdown.plain(text) == "Mail (kim@example.org), https://example.org/, kim@example.org"


def test_headings_follow_the_pages_own_without_a_gap():
    levels = re.findall(r"<(h\d)", markdown.html("## Eins\n\n#### Zwei\n\n# Drei"))

    assert levels == ["h2", "h3", "h2"]


@pytest.mark.parametrize("piece", ["*", "[", "- ", "1. ", "**a", "[a](", "<", "\\", "> ", "a*b*"])
def test_ten_thousand_hostile_characters_take_no_time(piece):
    begun = time.perf_counter()

    markdown.html(piece * (10_000 // len(piece)))
    markdown.plain(piece * (10_000 // len(piece)))

    assert time.perf_counter() - begun < 5


def test_description_is_markdown_on_the_page_and_plain_elsewhere(client):
    EventSessionFactory(slug="abend", description="**Wohnen** für\n\n- alle")

    page = client.get("/termine/abend")

    assert "<strong>Wohnen</strong> für</p>" in page.text
    assert '"description": "Wohnen f\\u00fcr\\n- alle"' in page.text
    assert client.get("/api/termine/abend").json["description"] == "Wohnen für\n- alle"
    assert "Wohnen für\\n- alle" in client.get("/kalender.ics").text.replace("\r\n ", "")
    assert "Wohnen für\n- alle" in client.get("/termine.json").json["items"][0]["content_text"]


def test_what_the_series_is_about_is_markdown_too(client):
    EventSessionFactory(series=SeriesFactory(description="Für **alle**."))

    page = client.get("/")

    assert "<p>Für <strong>alle</strong>.</p>" in page.text
    assert "Für alle." in text_of(page).replace(" .", ".")
