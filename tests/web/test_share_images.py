"""The picture that messengers and other sites show beside a link."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from chancendialog.documents import typesetting
from chancendialog.extensions import db
from chancendialog.i18n import PREFIXES
from chancendialog.programme.models import SessionStatus
from tests.factories import EventSessionFactory, SeriesFactory, TopicFactory, VenueFactory
from tests.hostile import MARKUP

PNG = b"\x89PNG\r\n\x1a\n"
SIZE = struct.pack(">II", 1200, 630)
FACTS = {
    "language": "de",
    "series": "Chancendialog Transformation",
    "title": {"words": "Wohnen der Zukunft", "language": "de"},
    "called-off": "",
    "lines": ["Mittwoch, 7. Oktober 2026", "Stadtbibliothek"],
    "hexagon": "",
}


def is_share_image(answer):
    return (
        answer.status_code == 200
        and answer.mimetype == "image/png"
        and answer.data.startswith(PNG)
        and answer.data[16:24] == SIZE
        and answer.data.endswith(b"IEND\xaeB`\x82")
    )


def picture(**facts):
    return typesetting.picture("share_image.typ", FACTS | facts)


@pytest.fixture
def hexagon(app):
    """The six topics and what they stand on."""
    foundations = [TopicFactory(title=name, is_foundation=True) for name in ("Teilhabe", "Wissen")]
    return [TopicFactory(title=f"Thema {n}") for n in range(6)] + foundations


@pytest.mark.parametrize("path", ["/bild.png", "/termine/abend/bild.png"])
@pytest.mark.parametrize("prefix", ["", *(f"/{one}" for one in PREFIXES.values())])
def test_series_and_session_have_a_picture_in_every_language(client, hexagon, prefix, path):
    EventSessionFactory(
        slug="abend", topics=hexagon[:1], translations={"de-simple": {"title": "Gut wohnen"}}
    )

    assert is_share_image(client.get(prefix + path))


def test_series_has_a_picture_before_a_programme_is_loaded(client):
    assert is_share_image(client.get("/bild.png"))


def test_drafts_and_what_does_not_exist_have_none(client):
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT)

    answers = [client.get(f"/termine/{slug}/bild.png") for slug in ("entwurf", "gibt-es-nicht")]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Ein anderer Titel"},
        {"starts_at": datetime(2027, 3, 1, 18, tzinfo=UTC), "ends_at": None},
        {"status": SessionStatus.CALLED_OFF},
        {"venue": "elsewhere"},
        {"topics": "another"},
    ],
)
def test_what_changes_about_a_session_changes_its_picture(client, hexagon, other):
    one = EventSessionFactory(slug="abend", topics=hexagon[:1])
    before = client.get("/termine/abend/bild.png")
    rows = {"elsewhere": VenueFactory(name="Rathaus"), "another": hexagon[1:2]}
    one = db.session.merge(one)
    for name, value in other.items():
        setattr(one, name, rows.get(value, value) if isinstance(value, str) else value)
    db.session.commit()

    after = client.get("/termine/abend/bild.png")

    assert is_share_image(after)
    assert after.data != before.data


def test_words_and_topics_are_in_the_language_of_the_page(client, hexagon):
    EventSessionFactory(slug="abend", translations={"en": {"title": "Future housing"}})

    german, english = (client.get(f"{prefix}/termine/abend/bild.png") for prefix in ("", "/en"))

    assert german.data != english.data


def test_other_sites_may_show_it_and_caches_keep_it(client):
    EventSessionFactory(slug="abend")

    first = client.get("/termine/abend/bild.png")
    again = client.get("/termine/abend/bild.png", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["Cache-Control"], first.headers.get("Vary")) == (
        "public, max-age=3600",
        None,
    )
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (again.status_code, again.data) == (304, b"")


def test_it_is_set_once_however_often_it_is_asked_for(client):
    EventSessionFactory(slug="abend", title="Nur einmal gesetzt")
    typesetting._picture.cache_clear()

    answers = [client.get("/termine/abend/bild.png") for _ in range(3)]

    assert len({answer.data for answer in answers}) == 1
    assert typesetting._picture.cache_info().misses == 1


def test_it_is_set_while_the_database_is_free(client, monkeypatch):
    EventSessionFactory(slug="abend")
    is_open = []
    set_it = typesetting.picture

    def watched(*args):
        is_open.append(db.session.registry().in_transaction())
        return set_it(*args)

    monkeypatch.setattr(typesetting, "picture", watched)

    assert is_share_image(client.get("/termine/abend/bild.png"))
    assert is_open == [False]


@pytest.mark.parametrize(
    "title",
    [
        *MARKUP,
        "#panic() *fett* $x$ \\ @nichts ` [ ]",
        "Wohnungsbauförderungsgesellschaft " * 12,
        "x" * 400,
        "Łódź şğı Ελλάδα Москва 日本 العربية 🏠",
    ],
)
def test_whatever_a_title_and_a_topic_say_there_is_a_picture(client, hexagon, title):
    hexagon[0].title = title
    db.session.commit()
    EventSessionFactory(slug="abend", title=title, topics=hexagon[:1])

    assert is_share_image(client.get("/termine/abend/bild.png"))


def test_what_reads_like_typst_stays_text():
    assert picture(title={"words": "#upper[a]", "language": "de"}) != picture(
        title={"words": "A", "language": "de"}
    )


def test_umlauts_are_drawn_and_not_left_out():
    written = {"Ü", "U", "ß", "ẞ", "ş", "s"}

    assert len({picture(title={"words": w, "language": "de"}) for w in written}) == len(written)


def test_long_titles_shrink_before_they_are_cut():
    """Both ends still show, at a length that does not fit in the largest size."""
    long = "Wie wollen wir in der Region wohnen, wenn sich vieles ändert und Boden knapp wird"
    words = [f"{long} {end}" for end in ("A", "B")]

    a, b = (picture(title={"words": w, "language": "de"}, hexagon=COMB) for w in words)

    assert a != b


def test_page_asks_for_a_large_picture(client):
    EventSessionFactory(slug="abend")

    page = client.get("/termine/abend").text

    assert '<meta name="twitter:card" content="summary_large_image">' in page


def test_changed_session_has_another_address_for_its_picture(client, clock):
    """Other sites keep pictures by their address."""
    one = EventSessionFactory(slug="abend")
    before = image_of(client.get("/termine/abend"))
    db.session.merge(one).changed_at += timedelta(seconds=1)
    db.session.commit()

    after = image_of(client.get("/termine/abend"))

    assert before != after
    assert is_share_image(client.get(after.removeprefix("http://localhost:5000")))


def test_pictures_of_series_and_session_differ(client):
    EventSessionFactory(slug="abend", series=SeriesFactory())

    assert client.get("/bild.png").data != client.get("/termine/abend/bild.png").data


def image_of(page):
    (line,) = (line for line in page.text.splitlines() if '"og:image"' in line)
    return line.split('"')[3]


COMB = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 540"><text>x</text></svg>'
