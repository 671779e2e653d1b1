"""Staff read every letter beforehand, as it arrives."""

import pytest

from chancendialog.mailing.message import with_pictures
from chancendialog.registration.specimens import LETTERS, specimen
from tests.browser_client import all_rows
from tests.factories import HouseFactory


@pytest.fixture
def office(signed_in, clock):
    """Somebody from the office, at their browser."""
    HouseFactory()
    return signed_in("office")


def test_every_letter_is_listed_with_who_gets_it(office):
    page = office.get("/verwaltung/briefe").text

    assert [kind for kind in LETTERS if f'href="/verwaltung/briefe/{kind}"' not in page] == []
    assert [
        str(known.occasion) for known in LETTERS.values() if str(known.occasion) not in page
    ] == []


@pytest.mark.parametrize("kind", LETTERS)
@pytest.mark.parametrize("people", [1, 3])
def test_a_letter_is_shown_as_it_arrives(office, kind, people):
    page = office.get(f"/verwaltung/briefe/{kind}?personen={people}")
    html = office.get(f"/verwaltung/briefe/{kind}.html?personen={people}")

    letter = specimen(kind, party_size=people)
    assert f"<dd>{letter.subject}</dd>" in page.text
    assert f'<pre class="letter">{letter.text}</pre>' in page.text.replace("&#34;", '"')
    assert f'src="/verwaltung/briefe/{kind}.html?personen={people}"' in page.text
    assert html.text == with_pictures(letter.html)
    assert ("data:image/png;base64," in html.text) is ("qr:" in letter.html)


def test_wide_text_of_a_letter_is_reached_by_keyboard_and_has_a_name(office):
    page = office.get("/verwaltung/briefe/moved")

    assert (
        '<div class="letter-scroll" role="group" aria-label="Wortlaut der E-Mail" tabindex="0">'
    ) in page.text


@pytest.mark.parametrize(
    ("kind", "sentence", "method"),
    [
        ("confirmed", "geht mit und trägt den Termin ein:", "REQUEST"),
        ("moved", "geht mit und trägt den Termin ein:", "REQUEST"),
        ("called_off", "geht mit und nimmt den Termin heraus:", "CANCEL"),
    ],
)
def test_it_says_which_calendar_entry_goes_with_it(office, kind, sentence, method):
    page = office.get(f"/verwaltung/briefe/{kind}")
    calendar = office.get(f"/verwaltung/briefe/{kind}.ics")

    assert sentence in page.text
    assert calendar.mimetype == "text/calendar"
    assert f"METHOD:{method}\r\n" in calendar.text


def test_no_calendar_entry_is_offered_where_none_goes(office):
    assert "Kalender-Datei" not in office.get("/verwaltung/briefe/reminder").text
    assert office.get("/verwaltung/briefe/reminder.ics").status_code == 404


def test_the_frame_holds_a_letter_and_nothing_else(office):
    page = office.get("/verwaltung/briefe/confirmed").headers["Content-Security-Policy"]
    html = office.get("/verwaltung/briefe/confirmed.html").headers["Content-Security-Policy"]
    other = office.get("/verwaltung/briefe").headers["Content-Security-Policy"]

    assert page == f"{other}; frame-src 'self'"
    assert html == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'self'; sandbox"
    )


def test_the_links_of_a_specimen_lead_to_no_registration(office, client):
    page = office.get("/verwaltung/briefe/confirmed").text

    own_page = page.partition("http://localhost:5000/anmeldung/")[2].partition("\n")[0]
    assert client.get(f"/anmeldung/{own_page}").status_code == 410


def test_reading_letters_leaves_nothing_behind(office):
    before = all_rows()

    for kind in LETTERS:
        office.get(f"/verwaltung/briefe/{kind}")

    assert all_rows() == before


def test_no_such_letter_is_no_page(office):
    statuses = [
        office.get(f"/verwaltung/briefe/{kind}").status_code
        for kind in ("none", "none.html", "none.ics", "staff_link", "_layout")
    ]

    assert statuses == [404] * 5


@pytest.mark.parametrize(("role", "shown"), [("office", True), ("admin", True), ("door", False)])
def test_only_who_may_read_letters_is_led_there(signed_in, role, shown):
    assert ('href="/verwaltung/briefe"' in signed_in(role).get("/verwaltung/").text) is shown
