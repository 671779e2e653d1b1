"""Sessions for other sites, and the description that they can rely on."""

from datetime import UTC, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from tests.factories import EventSessionFactory, RegistrationFactory, TopicFactory
from tests.hostile import MARKUP

HERE = "http://localhost:5000"
KINDS = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


@pytest.fixture
def description(client):
    return client.get("/api/openapi.json").json


def differences(answer, schema, description, at=""):
    """Where an answer is not what the description says: a field too many or too few, another kind."""
    if name := schema.get("$ref"):
        schema = description["components"]["schemas"][name.rpartition("/")[2]]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(answer, tuple(KINDS[kind] for kind in kinds)):
        return [f"{at} is no {kinds}"]
    if "enum" in schema and answer not in schema["enum"]:
        return [f"{at} is none of {schema['enum']}"]
    if isinstance(answer, list):
        return [
            fault
            for number, one in enumerate(answer)
            for fault in differences(one, schema["items"], description, f"{at}/{number}")
        ]
    if not isinstance(answer, dict):
        return []
    fields = schema["properties"]
    return [
        *(f"{at}/{name}" for name in sorted(answer.keys() ^ fields.keys())),
        *(f"{at}/{name} may lack" for name in fields if name not in schema["required"]),
        *(
            fault
            for name in answer.keys() & fields.keys()
            for fault in differences(answer[name], fields[name], description, f"{at}/{name}")
        ),
    ]


def slugs(client):
    return [one["slug"] for one in client.get("/api/termine").json["sessions"]]


def test_session_tells_all_that_another_site_needs(client, clock):
    event_session = EventSessionFactory(
        slug="wohnen",
        starts_at=datetime(2026, 10, 14, 17, tzinfo=UTC),
        ends_at=datetime(2026, 10, 14, 19, 30, tzinfo=UTC),
        topics=[TopicFactory(slug="wohnen", title="Wohnen")],
        capacity=10,
        venue__entrance="Tor 1",
        venue__notes="Der Aufzug ist außer Betrieb.",
        venue__stop="Markt",
        venue__step_free=True,
        room="Raum 1",
        speakers="Team Transformation",
        interpreters="Deutsche Gebärdensprache",
        photos=True,
    )
    RegistrationFactory(event_session=event_session, party_size=3)

    answer = client.get("/api/termine/wohnen")

    assert answer.mimetype == "application/json"
    assert answer.json == {
        "slug": "wohnen",
        "url": f"{HERE}/termine/wohnen",
        "registration_url": f"{HERE}/termine/wohnen/anmelden",
        "title": "Wohnen der Zukunft",
        "description": "Wie wollen wir wohnen?",
        "language": "de",
        "starts_at": "2026-10-14T19:00:00+02:00",
        "ends_at": "2026-10-14T21:30:00+02:00",
        "venue": {
            "name": "Stadtbibliothek",
            "street": "Am Markt 1",
            "postcode": "12345",
            "city": "Musterstadt",
            "stop": "Markt",
            "directions": "",
            "entrance": "Tor 1",
            "step_free": True,
            "hearing_loop": None,
            "access": "",
            "notes": "Der Aufzug ist außer Betrieb.",
        },
        "room": "Raum 1",
        "speakers": "Team Transformation",
        "interpreters": "Deutsche Gebärdensprache",
        "notes": "",
        "photos": True,
        "topics": [{"slug": "wohnen", "title": "Wohnen"}],
        "status": "published",
        "registration": "open",
        "places_free": 7,
        "changed_at": "2026-09-07T12:00:00+02:00",
    }
    assert client.get("/api/termine").json == {"sessions": [answer.json]}


@pytest.mark.parametrize(
    ("facts", "registration", "places_free"),
    [
        ({"capacity": 2}, "open", 2),
        ({"capacity": 0}, "waiting_list", 0),
        ({"capacity": 0, "waiting_list": False}, "full", 0),
        ({"registration_opens_at": timedelta(days=1)}, "not_yet", 10),
        ({"registration_closes_at": timedelta(days=-1)}, "closed", 10),
        ({"starts_at": timedelta(hours=-1)}, "closed", 0),
        ({"starts_at": timedelta(hours=-1), "registration_opens_at": timedelta(1)}, "closed", 0),
        ({"status": SessionStatus.CALLED_OFF}, "closed", 0),
    ],
)
def test_one_word_says_how_somebody_new_gets_in(client, clock, facts, registration, places_free):
    moments = {
        name: app_clock.now() + value if isinstance(value, timedelta) else value
        for name, value in facts.items()
    }
    EventSessionFactory(slug="abend", **moments)

    answer = client.get("/api/termine/abend").json

    assert (answer["registration"], answer["places_free"]) == (registration, places_free)


def test_free_seats_are_not_offered_while_somebody_waits_for_them(client):
    event_session = EventSessionFactory(slug="abend", capacity=2)
    RegistrationFactory(event_session=event_session, party_size=3, status=Status.WAITING)

    answer = client.get("/api/termine/abend").json

    assert (answer["registration"], answer["places_free"]) == ("waiting_list", 0)


def test_list_shows_what_calendars_show_the_earliest_first(client, clock):
    now = app_clock.now()
    EventSessionFactory(slug="spaeter", starts_at=now + timedelta(days=2))
    EventSessionFactory(slug="morgen", starts_at=now + timedelta(days=1))
    EventSessionFactory(slug="gestern", starts_at=now - timedelta(days=1))
    EventSessionFactory(slug="vor-langem", starts_at=now - timedelta(days=91))
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT)

    assert slugs(client) == ["gestern", "morgen", "spaeter"]
    assert client.get("/api/termine/vor-langem").status_code == 200


def test_before_a_programme_is_loaded_the_list_is_empty(client):
    assert client.get("/api/termine").json == {"sessions": []}


@pytest.mark.parametrize("slug", ["entwurf", "gibt-es-nicht", "%FF", "a" * 3000])
def test_what_does_not_exist_is_said_in_data(client, slug, description):
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT)

    answer = client.get(f"/api/termine/{slug}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json == {"title": "Diesen Termin gibt es nicht.", "status": 404}
    assert "public" not in answer.headers["Cache-Control"]  # it may be published in a moment


def test_every_field_is_described_and_every_description_is_answered(client, description):
    EventSessionFactory(slug="abend", topics=[TopicFactory()])
    EventSessionFactory(slug="offen", ends_at=None, status=SessionStatus.CALLED_OFF)

    faults = [
        fault
        for path, url in [
            ("/api/termine", "/api/termine"),
            ("/api/termine/{slug}", "/api/termine/abend"),
            ("/api/termine/{slug}", "/api/termine/offen"),
            ("/api/termine/{slug}", "/api/termine/gibt-es-nicht"),
        ]
        for answer in [client.get(url)]
        for described in [
            description["paths"][path]["get"]["responses"][str(answer.status_code)]["content"]
        ]
        for fault in differences(
            answer.json, described[answer.mimetype]["schema"], description, url
        )
    ]

    assert faults == []


def test_description_names_nothing_that_is_not_there(client, description):
    EventSessionFactory(slug="abend")
    (server,) = description["servers"]
    addresses = [path.replace("{slug}", "abend") for path in description["paths"]]

    assert (description["openapi"], server) == ("3.1.1", {"url": HERE})
    assert [client.get(address).status_code for address in addresses] == [200, 200]


def test_any_site_may_ask_and_keep_it_for_a_minute(client):
    event_session = EventSessionFactory(slug="abend")
    for url in ("/api/termine", "/api/termine/abend", "/api/openapi.json"):
        first = client.get(url)
        again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})

        assert again.status_code == 304
        assert [
            (
                one.headers["Access-Control-Allow-Origin"],
                one.headers["Cache-Control"],
                one.headers.get("Vary"),
            )
            for one in (first, again)
        ] == [("*", "public, max-age=60", None)] * 2

    etag = client.get("/api/termine").headers["ETag"]
    RegistrationFactory(event_session=event_session)
    assert client.get("/api/termine", headers={"If-None-Match": etag}).status_code == 200


def test_list_asks_the_database_as_often_for_five_sessions_as_for_one(client, count_queries):
    EventSessionFactory(topics=[TopicFactory()])
    for_one = count_queries(client, "/api/termine")
    EventSessionFactory.create_batch(4, topics=[TopicFactory()])

    assert count_queries(client, "/api/termine") == for_one


def test_nobody_who_comes_is_named(client):
    event_session = EventSessionFactory(slug="abend")
    RegistrationFactory(event_session=event_session, name="Erika", email="erika@example.org")

    answers = [client.get(url).text for url in ("/api/termine", "/api/termine/abend")]

    assert [word in text for text in answers for word in ("Erika", "erika@")] == [False] * 4


@pytest.mark.parametrize("text", MARKUP)
def test_whatever_a_title_says_stays_a_title(client, text):
    EventSessionFactory(slug="abend", title=text)

    answer = client.get("/api/termine/abend")

    assert answer.json["title"] == text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
