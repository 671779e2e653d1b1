"""A film in German Sign Language, where the operator has one."""

import re

import pytest

from chancendialog.operations import doctor
from chancendialog.operations.doctor import Level
from tests.browser_client import browser_of

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.000\nGuten Tag!\n"
PAGE = "/gebaerdensprache"
LINK = 'href="/gebaerdensprache"'


@pytest.fixture
def film(app, tmp_path, monkeypatch):
    """A film of 1,000 bytes; one that can be played is tried in `tests/browser`."""
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(250)) * 4)
    monkeypatch.setitem(app.config, "SIGN_LANGUAGE_FILM", path)
    return path


@pytest.fixture
def captions(film):
    path = film.with_suffix(".vtt")
    path.write_text(CAPTIONS)
    return path


def finding():
    return [one for one in doctor.examine() if one.subject == "Film"]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/film", f"{PAGE}/untertitel.vtt"])
def test_without_a_film_there_is_no_page_and_no_way_to_it(client, path):
    assert client.get(path).status_code == 404
    assert LINK not in client.get("/").text
    assert PAGE not in client.get("/sitemap.xml").text
    assert [one.level for one in finding()] == [Level.OK]


@pytest.mark.usefixtures("captions")
def test_every_page_leads_to_the_film_in_its_language(client):
    assert LINK in client.get("/impressum").text
    assert 'href="/en/gebaerdensprache"' in client.get("/en/").text
    assert 'href="/einfach/gebaerdensprache"' in client.get("/einfach/").text
    assert f"http://localhost:5000{PAGE}<" in client.get("/sitemap.xml").text


@pytest.mark.usefixtures("captions")
def test_page_shows_the_film_with_captions_and_where_the_same_is_to_be_read(client):
    page = client.get(PAGE).text

    assert f'<source src="{PAGE}/film">' in page
    assert re.search(rf'<track kind="captions" src="{PAGE}/untertitel.vtt" srclang="de"', page)
    assert 'href="/einfach/"' in page


def test_player_asks_for_a_part_and_gets_it_without_a_cookie(app, film):
    part = browser_of(app).get(f"{PAGE}/film", headers={"Range": "bytes=10-19"})

    assert (part.status_code, part.data) == (206, film.read_bytes()[10:20])
    assert part.content_type == "video/mp4"
    assert part.headers["Content-Range"] == "bytes 10-19/1000"
    assert "Set-Cookie" not in part.headers


def test_captions_are_text_tracks(client, captions):
    answer = client.get(f"{PAGE}/untertitel.vtt")

    assert answer.text == CAPTIONS
    assert answer.mimetype == "text/vtt"


def test_film_without_captions_is_shown_and_the_doctor_asks_for_them(client, film):
    page = client.get(PAGE)

    assert page.status_code == 200
    assert "<track" not in page.text
    assert client.get(f"{PAGE}/untertitel.vtt").status_code == 404
    assert [(one.level, one.sentence) for one in finding()] == [
        (Level.WARNING, "Ohne Untertitel. Legen Sie film.vtt neben film.mp4.")
    ]


def test_film_that_has_gone_leaves_no_dead_link_and_the_doctor_says_so(client, film):
    film.unlink()

    assert LINK not in client.get("/").text
    assert client.get(PAGE).status_code == 404
    assert finding()[0].level is Level.WARNING
