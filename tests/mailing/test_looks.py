"""How letters look: styles that survive mail programs, light and dark, in Outlook too."""

import re

import html5lib
import pytest
from css_inline import CSSInliner

from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.message import as_bytes
from chancendialog.registration import letters
from chancendialog.registration.models import Registration
from chancendialog.registration.specimens import LETTERS, ULID, specimen
from config import ROOT
from tests.browser_client import check_page

# What a letter says does not depend on where it is kept: one database is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True, scope="session")
LEAST_CONTRAST = 4.5  # WCAG 1.4.3
NOT_OF_A_REGISTRATION = {
    "_layout", "staff_invitation", "staff_link", "brake", "barrier_report", "needs_reported",
}  # fmt: skip
INLINER = CSSInliner(
    keep_at_rules=True,
    remove_inlined_selectors=True,
    minify_css=True,
    load_remote_stylesheets=False,
)
MAY_COME = [
    kind
    for kind in LETTERS
    if kind not in ("called_off", "withdrawn", "address_corrected", "thanks", "erased")
]
every_kind = pytest.mark.parametrize("kind", LETTERS)


def test_every_letter_can_be_previewed(app):
    folders = {folder.name for folder in (ROOT / "templates/mail").iterdir()}

    assert {specimen(kind).kind for kind in LETTERS} == folders - NOT_OF_A_REGISTRATION


@every_kind
@pytest.mark.parametrize("party_size", [1, 3])
def test_no_specimen_gets_into_the_database(app, kind, party_size):
    specimen(kind, party_size=party_size)

    assert list(db.session) == []


@every_kind
def test_styles_are_written_into_the_elements(app, kind):
    html = specimen(kind).html

    unstyled = [one for one in body_of(html).iter() if one.get("class") and not one.get("style")]
    assert unstyled == []
    assert elements(INLINER.inline(html)) == elements(html)  # the head has nothing to add


@every_kind
def test_what_cannot_be_written_into_elements_stays_in_the_head(app, kind):
    html = specimen(kind).html

    head = html.partition("<body")[0]
    assert '<meta name="color-scheme" content="light dark">' in head
    assert "@media (prefers-color-scheme: dark)" in head
    assert "@media (max-width: 480px)" in head


@every_kind
def test_outlook_finds_its_comments_and_others_a_page_without_fault(app, kind):
    html = specimen(kind).html

    check_page(html)
    assert html.startswith('<!DOCTYPE html><html lang="de" dir="ltr">')
    assert re.findall(r"<!--\[if mso\]>\s*<(\w+)|<!--\[if mso\]><(/\w+)", html) == [
        ("style", ""),
        ("table", ""),
        ("", "/td"),
    ]
    assert html.count("<![endif]-->") == 3
    first = next(one for one in body_of(html) if isinstance(one.tag, str))
    assert (first.get("lang"), first.get("dir")) == ("de", "ltr")


@every_kind
def test_tables_are_for_the_looks_only(app, kind):
    tables = re.findall("<table[^>]*>", specimen(kind).html)

    assert [one for one in tables if 'role="presentation"' not in one] == []


@every_kind
def test_a_letter_is_large_to_read_and_narrow_enough(app, kind):
    html = specimen(kind).html

    assert min(map(int, re.findall(r"font-size:\s?(\d+)px", html))) >= 16
    assert "font-size:17px;line-height:1.5;" in html
    assert "max-width:600px" in html


@every_kind
def test_a_letter_loads_nothing(app, kind):
    """Its one picture, a QR code, goes with it."""
    html = re.sub(r'<img src="qr:http://localhost:5000/t/7Q4K9XWM2HTR"', "", specimen(kind).html)

    assert re.findall(r"<(?:img|link|script|iframe|object)|url\(|@import|\bsrc=", html) == []


@every_kind
def test_a_letter_is_small_with_all_its_parts(app, kind):
    row = outbox.post(specimen(kind, party_size=3), thread="registration:A", first=True)
    db.session.flush()

    size = len(as_bytes(row))
    db.session.rollback()
    assert size < 40_000  # bytes; programs cut from 100 kB on


@every_kind
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_apart(app, kind, scheme):
    html = specimen(kind).html

    seen = set(colours(body_of(html if scheme == "light" else in_the_dark(html))))
    assert {pair for pair in seen if contrast(*pair) < LEAST_CONTRAST} == set()
    assert len(seen) >= 3  # text, link, small print
    assert not {"#ffffff", "#000000"} & {colour for pair in seen for colour in pair}


def test_dark_is_not_light(app):
    html = specimen("moved").html

    light, dark = colours(body_of(html)), colours(body_of(in_the_dark(html)))
    assert set(light) & set(dark) == set()


@pytest.mark.parametrize("kind", MAY_COME)
def test_who_may_come_reads_how_to_get_there_and_how_to_give_it_up(app, kind):
    letter = specimen(kind)

    own_page = letters.manage_url(Registration(ulid=ULID, link_version=0))
    assert f"\n{own_page}\n" in letter.text
    assert "\nWeg:     Stadtbahn bis „Aegidientorplatz“" in letter.text
    assert "Stadtbahn bis „Aegidientorplatz“" in letter.html


def body_of(html):
    return html5lib.parse(html, namespaceHTMLElements=False).find("body")


def elements(html):
    return [(one.tag, one.attrib) for one in body_of(html).iter()]


def in_the_dark(html):
    """The same letter as a program shows it that knows of dark colours."""
    dark = re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", html, re.DOTALL)[1]
    return INLINER.inline(html.replace("<style>", f"<style>{dark}</style><style>", 1))


def colours(element, colour=None, ground=None):
    """Of all text: its colour and what is behind it."""
    style = dict(re.findall(r"(?:^|;)\s*([\w-]+):\s*([^;!]+)", element.get("style") or ""))
    colour, ground = style.get("color", colour), style.get("background-color", ground)
    if (element.text or "").strip() and isinstance(element.tag, str):
        yield colour.strip(), ground.strip()
    for child in element:
        yield from colours(child, colour, ground)
        if (child.tail or "").strip():
            yield colour.strip(), ground.strip()


def contrast(*pair):
    """WCAG 2.2, „contrast ratio“."""
    dark, light = sorted(map(luminance, pair))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
