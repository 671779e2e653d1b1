"""What a calendar program gets when it asks: /kalender.ics and its neighbours."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.programme import planning
from chancendialog.programme.models import SessionStatus
from chancendialog.registration import booking, changes
from chancendialog.registration.models import Registration
from chancendialog.staff import accounts
from tests.calendars.specimens import line, lines, read, summaries
from tests.conftest import MONDAY
from tests.factories import (
    EventSessionFactory,
    HouseFactory,
    RegistrationFactory,
    TopicFactory,
    VenueFactory,
)

STAFF = "staff:1"
ADDRESSES = ["/kalender.ics", "/kalender/wohnen.ics", "/termine/abend.ics"]


@pytest.fixture
def evening(clock, app):
    """One published session, in the feed of its topic, too."""
    return EventSessionFactory(slug="abend", topics=[TopicFactory(slug="wohnen")])


def test_everybody_can_subscribe_to_what_is_published(client, clock):
    EventSessionFactory(title="Zweiter", starts_at=MONDAY + timedelta(days=20))
    EventSessionFactory(title="Erster", starts_at=MONDAY + timedelta(days=10))
    EventSessionFactory(
        title="Abgesagt", starts_at=MONDAY + timedelta(days=30), status=SessionStatus.CALLED_OFF
    )
    EventSessionFactory(
        title="Entwurf", starts_at=MONDAY + timedelta(days=5), status=SessionStatus.DRAFT
    )

    assert summaries(client.get("/kalender.ics").data) == [
        "Chancendialog Transformation: Erster",
        "Chancendialog Transformation: Zweiter",
        "ABGESAGT: Chancendialog Transformation: Abgesagt",
    ]


def test_one_can_subscribe_to_a_topic(client, evening):
    EventSessionFactory(topics=[TopicFactory(slug="klima", title="Klima")])

    answer = client.get("/kalender/wohnen.ics")

    assert [one.uid.value for one in read(answer.data).contents["vevent"]] == [evening.ical_uid]
    assert "NAME:Chancendialog Transformation: Wohnen" in lines(answer.data)
    assert "SOURCE;VALUE=URI:http://localhost:5000/kalender/wohnen.ics" in lines(answer.data)


def test_one_can_take_a_single_session_home(client, evening):
    answer = client.get("/termine/abend.ics")

    assert line(answer.data, "UID") == f"UID:{evening.ical_uid}"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="abend.ics"'


def test_a_topic_without_sessions_is_an_empty_calendar(client):
    TopicFactory(slug="klima")

    answer = client.get("/kalender/klima.ics")

    assert answer.status_code == 200
    assert [one.name for one in read(answer.data).components()] == ["VTIMEZONE"]


def test_a_calendar_without_a_programme_is_empty_and_valid(client):
    answer = client.get("/kalender.ics")

    assert answer.status_code == 200
    assert [one.name for one in read(answer.data).components()] == ["VTIMEZONE"]


@pytest.mark.parametrize(
    "address", ["/kalender/unbekannt.ics", "/termine/unbekannt.ics", "/termine/entwurf.ics"]
)
def test_what_does_not_exist_for_the_public_is_not_found(client, address):
    EventSessionFactory(slug="entwurf", status=SessionStatus.DRAFT)

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_answer_is_a_calendar_for_everybody_and_a_quarter_of_an_hour(client, evening, address):
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=900, must-revalidate"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Last-Modified"] == "Mon, 07 Sep 2026 10:00:00 GMT"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Google-Calendar-Importer"},  # sends no Accept header at all
        {"Accept": "text/html"},
        {"Accept": "text/calendar", "Accept-Language": "en"},
    ],
)
def test_nothing_is_negotiated(client, evening, address, headers):
    assert client.get(address, headers=headers).data == client.get(address).data


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": "W/{etag}"}, 304),
        ({"If-None-Match": '"another", {etag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"another"'}, 200),
        ({"If-Modified-Since": "Mon, 07 Sep 2026 10:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 07 Sep 2026 09:59:59 GMT"}, 200),
        (
            {
                "If-None-Match": '"another"',
                "If-Modified-Since": "Mon, 07 Sep 2026 10:00:00 GMT",
            },
            200,
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_has_it_already_is_told_so(client, evening, address, condition, status, method):
    etag = client.get(address).headers["ETag"]
    headers = {name: value.format(etag=etag) for name, value in condition.items()}

    answer = client.open(address, method=method, headers=headers)

    assert answer.status_code == status
    assert answer.headers["ETag"] == etag
    assert answer.headers["Cache-Control"] == "public, max-age=900, must-revalidate"
    assert bool(answer.data) is (status == 200 and method == "GET")


@pytest.mark.parametrize("address", ADDRESSES)
def test_HEAD_says_the_same_without_the_calendar(client, evening, address):
    asked, read_ = client.head(address), client.get(address)

    assert asked.status_code == 200
    assert dict(asked.headers) == dict(read_.headers)
    assert asked.data == b""


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_same_programme_gives_the_same_bytes_later(client, clock, evening, address):
    before = client.get(address)
    clock.shift(timedelta(days=3))

    after = client.get(address)

    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "change",
    [
        lambda one: changes.resize(one, 50, actor=STAFF),
        lambda one: RegistrationFactory(event_session=one),
        lambda one: booking.register(one, booking.Applicant(name="Erika", email="e@example.org")),
        lambda one: EventSessionFactory(
            status=SessionStatus.DRAFT, topics=one.topics, series=one.series
        ),
    ],
    ids=["larger room", "registration", "sign-up", "draft"],
)
def test_what_calendars_do_not_show_changes_nothing_for_them(
    client, clock, evening, address, change
):
    before = client.get(address)
    clock.shift(60)
    change(evening)
    db.session.commit()

    after = client.get(address)

    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("change", "sequence"),
    [
        (lambda one: planning.reword(one, actor=STAFF, title="Neu"), 0),
        (lambda one: planning.reword(one, actor=STAFF, description="Neu"), 0),
        (
            lambda one: changes.move(
                one,
                starts_at=one.starts_at + timedelta(hours=1),
                ends_at=one.ends_at + timedelta(hours=1),
                venue=one.venue,
                actor=STAFF,
            ),
            1,
        ),
        (
            lambda one: changes.move(
                one,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                venue=VenueFactory(),
                actor=STAFF,
            ),
            1,
        ),
        (lambda one: changes.call_off(one, actor=STAFF), 1),
    ],
    ids=["title", "description", "time", "place", "called off"],
)
def test_what_calendars_show_is_new_to_them(client, clock, evening, address, change, sequence):
    before = client.get(address)
    clock.shift(60)
    change(evening)
    db.session.commit()

    by_tag = client.get(address, headers={"If-None-Match": before.headers["ETag"]})
    by_date = client.get(address, headers={"If-Modified-Since": before.headers["Last-Modified"]})

    assert (by_tag.status_code, by_date.status_code) == (200, 200)
    assert by_tag.headers["Last-Modified"] == "Mon, 07 Sep 2026 10:01:00 GMT"
    assert line(by_tag.data, "SEQUENCE") == f"SEQUENCE:{sequence}"
    assert line(by_tag.data, "DTSTAMP") == "DTSTAMP:20260907T100100Z"
    assert line(by_tag.data, "LAST-MODIFIED") == "LAST-MODIFIED:20260907T100100Z"
    assert line(by_tag.data, "UID") == f"UID:{evening.ical_uid}"


def test_a_called_off_session_stays_until_the_day_after_and_leaves_then(client, clock, evening):
    changes.call_off(evening, actor=STAFF)
    db.session.commit()
    clock.move_to(evening.ends_at + timedelta(days=1, seconds=-1))
    struck_through = client.get("/kalender.ics")
    clock.shift(1)

    gone = client.get("/kalender.ics")
    by_date = client.get(
        "/kalender.ics", headers={"If-Modified-Since": struck_through.headers["Last-Modified"]}
    )

    assert summaries(struck_through.data) == [
        "ABGESAGT: Chancendialog Transformation: Wohnen der Zukunft"
    ]
    assert summaries(gone.data) == summaries(by_date.data) == []
    assert gone.headers["Last-Modified"] == "Thu, 08 Oct 2026 12:00:00 GMT"


def test_a_session_that_took_place_stays_for_90_days(client, clock, evening):
    clock.move_to(evening.ends_at + timedelta(days=90, seconds=-1))
    remembered = client.get("/kalender.ics")
    clock.shift(1)

    forgotten = client.get("/kalender.ics")

    assert summaries(remembered.data) == ["Chancendialog Transformation: Wohnen der Zukunft"]
    assert summaries(forgotten.data) == []


def test_a_hidden_session_is_gone_at_once_for_all_who_ask(client, clock, evening):
    EventSessionFactory(title="Bleibt", topics=evening.topics)
    before = client.get("/kalender.ics")
    clock.shift(60)
    changes.hide(evening, actor=STAFF)
    db.session.commit()

    by_tag = client.get("/kalender.ics", headers={"If-None-Match": before.headers["ETag"]})
    by_date = client.get(
        "/kalender.ics", headers={"If-Modified-Since": before.headers["Last-Modified"]}
    )

    assert summaries(by_tag.data) == ["Chancendialog Transformation: Bleibt"]
    assert by_date.status_code == 200
    assert summaries(by_date.data) == ["Chancendialog Transformation: Bleibt"]


def test_a_session_that_changes_its_topic_leaves_the_old_one_for_all_who_ask(
    client, clock, evening
):
    EventSessionFactory(title="Bleibt", topics=evening.topics)
    before = client.get("/kalender/wohnen.ics")
    clock.shift(60)
    planning.reword(evening, actor=STAFF, topics=[TopicFactory(slug="klima")])
    db.session.commit()

    by_tag = client.get("/kalender/wohnen.ics", headers={"If-None-Match": before.headers["ETag"]})
    by_date = client.get(
        "/kalender/wohnen.ics", headers={"If-Modified-Since": before.headers["Last-Modified"]}
    )

    assert summaries(by_tag.data) == ["Chancendialog Transformation: Bleibt"]
    assert by_date.status_code == 200
    assert summaries(by_date.data) == ["Chancendialog Transformation: Bleibt"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_who_takes_part_is_named_and_no_host_is_repeated(client, evening, address):
    registration = RegistrationFactory(event_session=evening, name="Geheim Geheimnis")

    content = client.get(address, headers={"Host": "127.0.0.1:9"}).text.replace("\r\n ", "")

    assert "Geheim" not in content
    assert registration.email not in content
    assert registration.ulid not in content
    assert "127.0.0.1" not in content
    assert "http://localhost:5000/termine/abend" in content


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_tag_is_another_one_exactly_when_the_bytes_are(client, clock, evening, address):
    deeds = [
        lambda: None,
        lambda: planning.touch(evening),  # moves the stamps
        lambda: planning.reword(evening, actor=STAFF, title="Neu"),
        lambda: changes.resize(evening, 50, actor=STAFF),
        lambda: booking.register(evening, booking.Applicant(name="E", email="e@example.org")),
        lambda: changes.call_off(evening, actor=STAFF),
        lambda: changes.reinstate(evening, actor=STAFF),
        lambda: EventSessionFactory(topics=evening.topics),
    ]
    answers = [client.get(address)]
    for deed in deeds:
        clock.shift(60)
        deed()
        db.session.commit()
        answers.append(client.get(address))

    tags, bodies = [one.headers["ETag"] for one in answers], [one.data for one in answers]
    assert [bodies.index(body) for body in bodies] == [tags.index(tag) for tag in tags]
    assert len(set(bodies)) > 4


def test_nothing_that_is_not_for_everybody_is_in_any_public_calendar(client, evening, sign_up):
    secret = "Geheimnis"
    EventSessionFactory(
        slug="entwurf", title=secret, status=SessionStatus.DRAFT, topics=evening.topics
    )
    HouseFactory(name=secret, email=f"{secret}@example.org")
    sign_up(evening, name=f"Erika {secret}", email=f"erika.{secret.lower()}@example.org")
    [registered] = db.session.scalars(select(Registration))
    booking.withdraw(registered)
    accounts.add(f"kim.{secret.lower()}@example.org", "admin", password=None)

    contents = [client.get(address).text.replace("\r\n ", "").lower() for address in ADDRESSES]

    stored = [registered.ulid, registered.ical_uid, registered.receipt, secret, "@example.org"]
    assert [word for word in stored for content in contents if word.lower() in content] == []
