"""What search engines read in a page: schema.org's words as JSON-LD."""

import json
from datetime import UTC, datetime, timedelta

import html5lib
import pytest

from chancendialog import clock as app_clock
from chancendialog import markdown
from chancendialog.programme.models import SessionStatus
from tests.factories import (
    EventSessionFactory,
    HouseFactory,
    RegistrationFactory,
    SeriesFactory,
    TopicFactory,
)
from tests.hostile import MARKUP

HERE = "http://localhost:5000"
PLACE = {
    "@type": "Place",
    "name": "Stadtbibliothek",
    "address": {
        "@type": "PostalAddress",
        "streetAddress": "Am Markt 1",
        "postalCode": "12345",
        "addressLocality": "Musterstadt",
        "addressCountry": "DE",
    },
}
OFFICE = {
    "@type": "GovernmentOrganization",
    "name": "Büro für Beispiele",
    "telephone": "0123 456-789",
    "email": "buero@example.org",
    "address": PLACE["address"],
}
OCTOBER = {
    "starts_at": datetime(2026, 10, 14, 17, tzinfo=UTC),
    "ends_at": datetime(2026, 10, 14, 19, 30, tzinfo=UTC),
}
EVENT = {
    "@type": "Event",
    "name": "Wohnen der Zukunft",
    "url": f"{HERE}/termine/wohnen",
    "startDate": "2026-10-14T19:00:00+02:00",
    "endDate": "2026-10-14T21:30:00+02:00",
    "eventStatus": "https://schema.org/EventScheduled",
    "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
    "location": PLACE,
}


def data_of(page):
    """What a search engine finds: the one data block of the page, as its parser reads it."""
    tree = html5lib.parse(page.text, namespaceHTMLElements=False)
    (found,) = tree.iter("script")
    assert found.attrib == {"type": "application/ld+json"}
    return json.loads(found.text)


def test_place_tells_what_somebody_has_said_of_the_way_in_and_guesses_nothing(client):
    EventSessionFactory(slug="abend", venue__step_free=True, venue__hearing_loop=False)

    german, english = (
        data_of(client.get(f"{prefix}/termine/abend"))["location"]["amenityFeature"]
        for prefix in ("", "/en")
    )

    feature = {"@type": "LocationFeatureSpecification"}
    assert german == [
        feature | {"name": "Zugang ohne Stufen", "value": True},
        feature | {"name": "Höranlage", "value": False},
    ]
    assert [one["name"] for one in english] == ["Step-free access", "Hearing loop"]


def test_session_tells_what_when_where_who_invites_and_that_it_is_free(client, clock):
    HouseFactory()
    event_session = EventSessionFactory(
        slug="wohnen", topics=[TopicFactory(title="Wohnen")], capacity=10, **OCTOBER
    )
    RegistrationFactory(event_session=event_session, party_size=3)

    assert data_of(client.get("/termine/wohnen")) == EVENT | {
        "@context": "https://schema.org",
        "description": "Wie wollen wir wohnen?",
        "image": f"{HERE}/termine/wohnen/bild.png?v=1788775200",
        "inLanguage": "de",
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": 10,
        "remainingAttendeeCapacity": 7,
        "organizer": OFFICE,
        "offers": {
            "@type": "Offer",
            "price": 0,
            "priceCurrency": "EUR",
            "url": f"{HERE}/termine/wohnen/anmelden",
            "availability": "https://schema.org/InStock",
            "validThrough": "2026-10-14T19:00:00+02:00",
        },
        "about": [{"@type": "Thing", "name": "Wohnen"}],
        "superEvent": {
            "@type": "EventSeries",
            "name": "Chancendialog Transformation",
            "url": f"{HERE}/",
        },
    }


def test_the_place_is_the_room_in_the_house(client):
    EventSessionFactory(slug="wohnen", room="Raum 1", **OCTOBER)

    assert data_of(client.get("/termine/wohnen"))["location"] == PLACE | {
        "name": "Stadtbibliothek, Raum 1"
    }


def test_programme_is_a_series_of_what_is_to_come(client, clock):
    HouseFactory()
    series = SeriesFactory()
    EventSessionFactory(slug="wohnen", series=series, **OCTOBER)
    EventSessionFactory(series=series, starts_at=app_clock.now() - timedelta(days=2))
    EventSessionFactory(series=series, status=SessionStatus.DRAFT)

    assert data_of(client.get("/")) == {
        "@context": "https://schema.org",
        "@type": "EventSeries",
        "name": "Chancendialog Transformation",
        "description": "Abende zum Mitreden.",
        "url": f"{HERE}/",
        "image": f"{HERE}/bild.png",
        "isAccessibleForFree": True,
        "organizer": OFFICE,
        "subEvent": [
            {name: EVENT[name] for name in ("@type", "name", "url", "startDate", "eventStatus")}
            | {"location": EVENT["location"]["name"]}
        ],
    }


def test_before_a_programme_is_loaded_there_is_nothing_to_tell(client):
    assert "<script" not in client.get("/").text


def test_winter_has_another_offset(client, clock):
    EventSessionFactory(slug="abend", starts_at=datetime(2026, 11, 14, 18, tzinfo=UTC))

    assert data_of(client.get("/termine/abend"))["startDate"] == "2026-11-14T19:00:00+01:00"


def test_end_that_nobody_has_said_is_left_out(client):
    EventSessionFactory(slug="abend", ends_at=None)

    assert "endDate" not in data_of(client.get("/termine/abend"))


def test_until_an_office_is_named_nobody_is_said_to_invite(client):
    EventSessionFactory(slug="abend")

    assert "organizer" not in data_of(client.get("/termine/abend"))


@pytest.mark.parametrize(
    ("facts", "availability"),
    [
        ({"capacity": 0}, "SoldOut"),
        ({"capacity": 0, "waiting_list": False}, "SoldOut"),
        ({"capacity": 1}, "InStock"),
    ],
)
def test_offer_says_whether_there_is_a_seat(client, facts, availability):
    EventSessionFactory(slug="abend", **facts)

    offer = data_of(client.get("/termine/abend"))["offers"]

    assert offer["availability"] == f"https://schema.org/{availability}"


def test_offer_says_from_when_to_when_one_can_sign_up(client, clock):
    EventSessionFactory(
        slug="abend",
        registration_opens_at=datetime(2026, 9, 10, 6, tzinfo=UTC),
        registration_closes_at=datetime(2026, 9, 20, 6, tzinfo=UTC),
    )

    offer = data_of(client.get("/termine/abend"))["offers"]

    assert {name: offer[name] for name in ("availability", "validFrom", "validThrough")} == {
        "availability": "https://schema.org/PreOrder",
        "validFrom": "2026-09-10T08:00:00+02:00",
        "validThrough": "2026-09-20T08:00:00+02:00",
    }


def test_called_off_session_says_so_and_offers_nothing(client):
    EventSessionFactory(slug="abend", status=SessionStatus.CALLED_OFF)

    data = data_of(client.get("/termine/abend"))

    assert data["eventStatus"] == "https://schema.org/EventCancelled"
    assert (data["remainingAttendeeCapacity"], data.get("offers")) == (0, None)


@pytest.mark.parametrize("text", [*MARKUP, "</script><script>alert(1)</script>", "\u2028 & '"])
def test_whatever_a_title_says_stays_data(client, text):
    EventSessionFactory(slug="abend", title=text, description=text)

    data = data_of(client.get("/termine/abend"))

    assert (data["name"], data["description"]) == (text, markdown.plain(text))
    assert data_of(client.get("/"))["subEvent"][0]["name"] == text
