"""Several dates in one go: proposed by a rhythm, ticked off, made once, an hour as clocks show it."""

from datetime import UTC, datetime

import pytest

from chancendialog.extensions import db
from chancendialog.programme.models import EventSession, SessionStatus
from tests.browser_client import all_rows
from tests.factories import EventSessionFactory, TopicFactory, VenueFactory
from tests.web.steps import as_shown, text_of

SESSION = "/verwaltung/termine/abend"
PAGE = f"{SESSION}/wiederholen"
WEEKLY = f"{PAGE}?starts_at=2026-10-14T18:00&rhythm=1&count=3"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(
        slug="abend",
        title="Wohnen",
        venue=VenueFactory(slug="haus"),
        room="Raum 1",
        topics=[TopicFactory(slug="wohnen")],
        capacity=33,
        party_limit=2,
        starts_at=datetime(2026, 10, 7, 16, tzinfo=UTC),
        ends_at=datetime(2026, 10, 7, 18, 30, tzinfo=UTC),
        registration_opens_at=datetime(2026, 9, 7, 6, tzinfo=UTC),
        translations={"en": {"title": "Living"}},
    )


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def proposed(page):
    return as_shown(page).get("dates", [])


def drafts():
    db.session.rollback()
    return (
        db.session.query(EventSession)
        .filter_by(status=SessionStatus.DRAFT)
        .order_by(EventSession.starts_at)
        .all()
    )


def test_rhythm_is_asked_for_first(office):
    page = office.get(PAGE)

    assert as_shown_or_none(page) is None
    assert 'value="2026-10-07T18:00"' in page.text


def as_shown_or_none(page):
    return None if "<fieldset" not in page.text else as_shown(page)


def test_all_dates_of_the_rhythm_are_ticked_at_first(office):
    assert proposed(office.get(WEEKLY)) == [
        "2026-10-14T18:00",
        "2026-10-21T18:00",
        "2026-10-28T18:00",
    ]


@pytest.mark.parametrize(
    ("rhythm", "first", "dates"),
    [
        ("2", "2026-10-14", ["2026-10-14", "2026-10-28", "2026-11-11"]),
        ("8", "2026-10-14", ["2026-10-14", "2026-12-09", "2027-02-03"]),
        ("month", "2026-10-14", ["2026-10-14", "2026-11-11", "2026-12-09"]),  # second Wednesday
        ("month", "2026-09-30", ["2026-09-30", "2026-10-28", "2026-11-25"]),  # the last one
    ],
)
def test_rhythms_count_weeks_or_weekdays_of_the_month(office, rhythm, first, dates):
    page = office.get(f"{PAGE}?starts_at={first}T18:00&rhythm={rhythm}&count=3")

    assert proposed(page) == [f"{day}T18:00" for day in dates]


def test_what_is_there_already_is_not_ticked_and_what_clocks_do_not_show_cannot_be(
    office, event_session
):
    there = office.get(f"{PAGE}?starts_at=2026-10-07T18:00&rhythm=1&count=2")
    night = office.get(f"{PAGE}?starts_at=2027-03-21T02:30&rhythm=1&count=2")

    assert proposed(there) == ["2026-10-14T18:00"]
    assert "da gibt es schon einen Termin" in text_of(there)
    assert proposed(night) == ["2027-03-21T02:30"]
    assert "28.03.2027, 02:30 – diese Uhrzeit gibt es nicht" in text_of(night)


def test_each_ticked_date_becomes_a_draft_like_the_session(office, event_session):
    answer = office.post(
        PAGE,
        data=as_shown(office.get(WEEKLY)) | {"dates": ["2026-10-14T18:00", "2026-10-28T18:00"]},
    )

    assert (answer.status_code, answer.location) == (303, "/verwaltung/#inhalt")
    assert "2 Entwürfe sind angelegt." in text_of(office.read(answer.location))
    october, after_the_clocks_went_back = drafts()
    assert (october.slug, october.starts_at, october.ends_at) == (
        "2026-10-14-wohnen",
        datetime(2026, 10, 14, 16, tzinfo=UTC),
        datetime(2026, 10, 14, 18, 30, tzinfo=UTC),
    )
    assert (after_the_clocks_went_back.starts_at, after_the_clocks_went_back.ends_at) == (
        datetime(2026, 10, 28, 17, tzinfo=UTC),
        datetime(2026, 10, 28, 19, 30, tzinfo=UTC),
    )
    assert after_the_clocks_went_back.registration_opens_at == datetime(2026, 9, 28, 6, tzinfo=UTC)
    for one in (october, after_the_clocks_went_back):
        assert (one.venue.slug, one.room, one.capacity, one.party_limit) == (
            "haus", "Raum 1", 33, 2,
        )  # fmt: skip
        assert [topic.slug for topic in one.topics] == ["wohnen"]
        assert one.translations == {"en": {"title": "Living"}}
        assert (one.ical_sequence, one.registration_closes_at) == (0, None)
    assert october.ical_uid != after_the_clocks_went_back.ical_uid


def test_double_click_makes_them_once(office):
    data = as_shown(office.get(WEEKLY))

    answers = [office.post(PAGE, data=data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(drafts()) == 3
    assert "Diese Entwürfe sind schon angelegt." in text_of(office.get("/verwaltung/"))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("starts_at=&rhythm=1&count=3", "Sagen Sie, wann der erste beginnt"),
        ("starts_at=2026-10-14T18:00&rhythm=9&count=3", "Wählen Sie, wie oft"),
        ("starts_at=2026-10-14T18:00&rhythm=1&count=53", "Geben Sie bei „Wie viele Termine“"),
        ("starts_at=2026-10-25T02:30&rhythm=1&count=3", "diese Uhrzeit gibt es in dieser Nacht"),
        ("starts_at=x", "Geben Sie bei „Erster neuer Termin“"),
    ],
)
def test_rhythm_that_is_none_is_explained(office, query, sentence):
    page = office.get(f"{PAGE}?{query}")

    assert page.status_code == 422
    assert sentence in text_of(page)


@pytest.mark.parametrize("url", [PAGE, WEEKLY])
@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ([], "Kreuzen Sie mindestens einen Termin an"),
        (["gestern"], "Wählen Sie unter diesen Terminen"),
        (["2027-03-28T02:30"], "Wählen Sie unter diesen Terminen"),
        (["2026-09-01T18:00"], "Einer dieser Termine liegt in der Vergangenheit"),
        ([f"2027-01-01T{n // 60:02}:{n % 60:02}" for n in range(53)], "höchstens 52 Termine"),
    ],
)
def test_dates_that_cannot_be_make_nothing(office, url, dates, sentence):
    data = as_shown(office.get(WEEKLY)) | {"dates": dates}
    before = all_rows()

    page = office.post(url, data=data)

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert all_rows() == before


def test_many_dates_take_as_many_queries_as_one(office, count_queries):
    for_one = count_queries(office, WEEKLY)
    EventSessionFactory.create_batch(4)

    assert count_queries(office, WEEKLY.replace("count=3", "count=52")) == for_one
