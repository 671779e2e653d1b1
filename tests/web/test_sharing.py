"""What a page tells of itself when somebody passes its address on."""

import html5lib
import pytest

from chancendialog.programme.models import SessionStatus
from chancendialog.registration import letters
from tests.browser_client import token_of
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.hostile import MARKUP

HERE = "http://localhost:5000"


def told(page):
    """Canonical address and Open Graph, as their readers find them."""
    head = html5lib.parse(page.text, namespaceHTMLElements=False).find("head")
    found = {one.get("property"): one.get("content") for one in head.iter("meta")}
    found["canonical"] = next(
        (one.get("href") for one in head.iter("link") if one.get("rel") == "canonical"), None
    )
    return {name: value for name, value in found.items() if name and value is not None}


def test_session_tells_what_it_is_and_where(client, clock):
    EventSessionFactory(slug="wohnen")

    assert told(client.get("/termine/wohnen")) == {
        "canonical": f"{HERE}/termine/wohnen",
        "og:url": f"{HERE}/termine/wohnen",
        "og:type": "website",
        "og:site_name": "Chancendialog Transformation",
        "og:locale": "de_DE",
        "og:title": "Wohnen der Zukunft",
        "og:description": (
            "Wohnen der Zukunft: Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr, Stadtbibliothek"
        ),
        "og:image": f"{HERE}/termine/wohnen/bild.png?v=1788775200",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": (
            "Wohnen der Zukunft."
            " Mittwoch, 7. Oktober 2026, 12 bis 14 Uhr. Stadtbibliothek, Musterstadt"
        ),
    }


def test_called_off_session_says_so_beside_its_picture(client):
    EventSessionFactory(slug="wohnen", status=SessionStatus.CALLED_OFF)

    alt = told(client.get("/termine/wohnen"))["og:image:alt"]

    assert alt.startswith("Diese Veranstaltung ist abgesagt. Wohnen der Zukunft. ")


def test_pages_that_are_not_of_one_session_show_the_series(client):
    german, english = (told(client.get(path)) for path in ("/", "/en/impressum"))

    assert [(page["og:image"], page["og:image:alt"]) for page in (german, english)] == [
        (
            f"{HERE}/bild.png",
            "Chancendialog Transformation."
            " 6 Themen bilden ein Sechseck. Es steht auf einem Fundament.",
        ),
        (
            f"{HERE}/en/bild.png",
            "Chancendialog Transformation. Six topics form a hexagon. It stands on a foundation.",
        ),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/kalender",
        "/impressum",
        "/datenschutz",
        "/barrierefreiheit",
        "/termine/abend/anmelden",
    ],
)
def test_page_has_one_address_however_it_was_asked_for(client, path):
    EventSessionFactory(slug="abend")

    page = told(client.get(f"{path}?utm_source=brief"))

    assert (page["canonical"], page["og:url"]) == (f"{HERE}{path}", f"{HERE}{path}")


def test_nobody_is_told_of_pages_that_belong_to_one_person_or_do_not_exist(client, sign_up, clock):
    event_session = EventSessionFactory(slug="abend")
    token = token_of(letters.manage_url(RegistrationFactory(event_session=event_session)))
    pages = [
        client.get(f"/anmeldung/{token}"),
        client.get(f"/anmeldung/{token}/daten"),
        client.read(sign_up(event_session).location),
        client.get("/anmeldung/erfunden"),
        client.get("/termine/gibt-es-nicht"),
        client.get("/gibt-es-nicht"),
        client.get("/verwaltung/anmelden"),
    ]
    mailbox = client.get("/postfach/")  # there is one in a trial only

    assert [page.status_code for page in pages] == [200, 200, 200, 404, 404, 404, 200]
    assert [told(page) for page in [*pages, mailbox]] == [{}] * 8
    assert [page.text.count('<meta name="robots" content="noindex">') for page in pages] == [1] * 7


def test_form_that_comes_back_tells_nothing(sign_up):
    answer = sign_up(EventSessionFactory(), name="")

    assert (answer.status_code, told(answer)) == (422, {})


@pytest.mark.parametrize("title", MARKUP)
def test_whatever_a_title_says_stays_a_title(client, title):
    EventSessionFactory(slug="abend", title=title)

    page = told(client.get("/termine/abend"))

    assert page["og:title"] == title
    assert page["og:description"].startswith(f"{title}: ")
