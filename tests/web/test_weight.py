"""What travels compressed, and what browsers keep."""

import pytest

from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import own_page

ACCEPTS = {"Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize("path", ["/", "/termine/abend", "/datenschutz", "/transformation"])
def test_pages_without_token_are_compressed(client, path):
    EventSessionFactory(slug="abend")

    answer = client.head(path, headers=ACCEPTS)  # the test client reads no compressed pages

    assert answer.headers["Content-Encoding"] == "br"
    assert "csrf_token" not in client.get(path).text


def test_pages_with_a_token_are_not(client):
    """Their length would tell of it (BREACH)."""
    event_session = EventSessionFactory(slug="abend")
    registration = RegistrationFactory(event_session=event_session)
    own = own_page(registration)
    pages = [
        "/termine/abend/anmelden", "/meine-anmeldungen", "/code", "/barriere-melden", own, f"{own}/daten",
        f"{own}/bedarf",
        f"{own}/abmelden",
        "/verwaltung/anmelden", f"/t/{registration.ticket}",
    ]  # fmt: skip

    assert {
        path: client.head(path, headers=ACCEPTS).headers.get("Content-Encoding") for path in pages
    } == (dict.fromkeys(pages))


def test_a_file_with_its_fingerprint_is_kept_for_ever(client):
    page = client.get("/").text
    [stylesheet] = [part for part in page.split('"') if part.startswith("/static/site.css")]

    kept = client.get(stylesheet).headers["Cache-Control"]
    asked_again = client.get("/static/site.css").headers["Cache-Control"]

    assert "?v=" in stylesheet
    assert kept == "public, max-age=31536000, immutable"
    assert "immutable" not in asked_again


def test_fonts_are_kept_under_the_name_that_the_stylesheet_knows(client):
    font = "/static/vendor/fira-sans/fira-sans-latin-400-normal.woff2"

    assert f'href="{font}"' in client.get("/").text
    assert "immutable" in client.get(font).headers["Cache-Control"]
