"""What somebody's own calendar shows, to whom, and since when."""

import logging
import re
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, text

from chancendialog import clock as app_clock
from chancendialog.extensions import db
from chancendialog.programme import planning
from chancendialog.registration import booking, changes, personal_calendar
from chancendialog.registration.models import HELD, PersonalCalendar, Status
from tests.browser_client import all_rows
from tests.calendars.specimens import lines, names, read, summaries
from tests.factories import EventSessionFactory, RegistrationFactory, TopicFactory
from tests.web.steps import own_page

STAFF, ERIKA = "staff:1", "erika@example.org"
TITLE = "Chancendialog Transformation: Wohnen der Zukunft"
PREFIX = {Status.CONFIRMED: "", Status.WAITING: "Warteliste: ", Status.OFFERED: "Warteliste: "}
SEAT = ("CONFIRMED", "OPAQUE")
MAYBE = ("TENTATIVE", "TRANSPARENT")


@pytest.fixture
def evening(clock, app):
    return EventSessionFactory(slug="abend", topics=[TopicFactory()])


@pytest.fixture
def registration(evening):
    return RegistrationFactory(event_session=evening, email=ERIKA)


@pytest.fixture
def address(registration):
    """Where Erika's calendar is, as she was told on her page."""
    return address_of(registration)


def address_of(registration):
    personal_calendar.begin(registration)
    db.session.commit()
    key = db.session.scalar(
        select(PersonalCalendar.key).where(PersonalCalendar.email == registration.email)
    )
    return f"/kalender/mein/{key}.ics"


def events(answer):
    return read(answer.data).contents.get("vevent", [])


@pytest.mark.parametrize("status", Status)
def test_each_state_is_shown_as_what_it_is_worth(client, evening, status):
    registration = RegistrationFactory(
        event_session=evening,
        email=ERIKA,
        status=status,
        hold_until=app_clock.now() + timedelta(hours=1) if status in HELD else None,
    )

    answer = client.get(address_of(registration))

    seen = [
        (one.summary.value, one.status.value, one.transp.value, one.uid.value)
        for one in events(answer)
    ]
    worth = {Status.CONFIRMED: SEAT, Status.WAITING: MAYBE, Status.OFFERED: MAYBE}
    assert seen == [
        (prefix + TITLE, *worth[shown], registration.ical_uid)
        for shown, prefix in PREFIX.items()
        if shown is status
    ]


def test_it_shows_everything_of_this_address_and_nothing_of_another(client, clock):
    own = [
        RegistrationFactory(
            email=ERIKA,
            event_session=EventSessionFactory(
                title=title, starts_at=app_clock.now() + timedelta(days=days)
            ),
        )
        for days, title in [(20, "Zweiter"), (10, "Erster"), (-10, "Früher")]
    ]
    RegistrationFactory(email="kim@example.org", event_session=own[0].event_session)
    EventSessionFactory(title="Ohne sie")

    answer = client.get(address_of(own[0]))

    assert summaries(answer.data) == [
        "Chancendialog Transformation: Früher",
        "Chancendialog Transformation: Erster",
        "Chancendialog Transformation: Zweiter",
    ]


def test_it_names_nobody_and_holds_neither_key_nor_link(client, registration, address):
    registration.name = "Geheim Geheimnis"

    content = client.get(address).text.replace("\r\n ", "")

    assert "Geheim" not in content
    assert ERIKA not in content
    assert registration.ulid not in content
    assert address.rpartition("/")[2].removesuffix(".ics") not in content
    assert own_page(registration) not in content
    assert {"ORGANIZER", "ATTENDEE", "METHOD", "SOURCE", "BEGIN:VALARM"}.isdisjoint(
        names(content.encode())
    )
    assert "NAME:Chancendialog Transformation: Meine Anmeldungen" in lines(content.encode())


def test_the_answer_is_for_one_person_and_asked_for_anew_each_time(client, address):
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Last-Modified"] == "Mon, 07 Sep 2026 10:00:00 GMT"
    assert not re.match("W/", answer.headers["ETag"])
    assert {"Set-Cookie", "Vary", "Access-Control-Allow-Origin"}.isdisjoint(answer.headers.keys())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": "W/{etag}"}, 304),
        ({"If-None-Match": '"another"'}, 200),
        ({"If-Modified-Since": "{date}"}, 304),
        ({"If-Modified-Since": "Mon, 07 Sep 2026 09:59:59 GMT"}, 200),
        ({"If-None-Match": '"another"', "If-Modified-Since": "{date}"}, 200),
    ],
)
def test_who_has_it_already_is_told_so(client, address, condition, status, method):
    first = client.get(address).headers
    headers = {
        name: value.format(etag=first["ETag"], date=first["Last-Modified"])
        for name, value in condition.items()
    }

    answer = client.open(address, method=method, headers=headers)

    assert answer.status_code == status
    assert answer.headers["ETag"] == first["ETag"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert bool(answer.data) is (status == 200 and method == "GET")


def test_HEAD_says_the_same_without_the_calendar(client, address):
    asked, read_ = client.head(address), client.get(address)

    assert dict(asked.headers) == dict(read_.headers)
    assert asked.data == b""


@pytest.mark.parametrize("key", ["erfunden", "a" * 32, "%00", "..", "ä"])
def test_a_key_that_never_was_is_not_found(client, address, key):
    answer = client.get(f"/kalender/mein/{key}.ics")

    assert answer.status_code == 404
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_key_that_was_given_up_is_gone_and_the_new_one_shows_the_same(
    client, registration, address
):
    before = client.get(address)
    personal_calendar.renew(registration)

    gone = client.get(address)
    after = client.get(address_of(registration))

    assert gone.status_code == 410
    assert after.data == before.data


def test_nothing_but_a_fingerprint_is_left_of_a_key_that_was_given_up(registration, address):
    personal_calendar.renew(registration)
    db.session.flush()

    old, new = db.session.scalars(select(PersonalCalendar).order_by(PersonalCalendar.id))
    assert (old.email, old.key) == (None, None)
    assert old.revoked_at == app_clock.now()
    assert (new.email, new.revoked_at) == (ERIKA, None)
    assert f"/kalender/mein/{new.key}.ics" != address


def test_keys_are_long_random_and_the_same_for_all_of_an_address(registration):
    keys = set()
    for _ in range(20):
        keys.add(address_of(registration))
        personal_calendar.renew(registration)
    other = RegistrationFactory(email=ERIKA)

    assert len(keys) == 20
    assert all(re.fullmatch(r"/kalender/mein/[a-z2-7]{32}\.ics", key) for key in keys)
    assert address_of(other) == address_of(registration)


def test_the_key_is_in_no_log_whatever_happens(client, registration, address, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    key = address.rpartition("/")[2].removesuffix(".ics")

    client.get(address)
    monkeypatch.setattr(personal_calendar, "shown", lambda _: 1 / 0)
    broken = client.get(address)
    personal_calendar.renew(registration)
    gone = client.get(address)

    assert (broken.status_code, gone.status_code) == (500, 410)
    assert "unforeseen trouble" in caplog.text
    assert key not in caplog.text


def test_a_key_is_stored_so_that_a_copy_of_the_database_does_not_give_it_away(address):
    key = address.rpartition("/")[2].removesuffix(".ics")

    stored = db.session.execute(text("SELECT * FROM personal_calendar")).all()

    assert len(stored) == 1
    assert key not in str(stored)


def moved(one):
    changes.move(
        one.event_session,
        starts_at=one.event_session.starts_at + timedelta(hours=1),
        ends_at=None,
        venue=one.event_session.venue,
        actor=STAFF,
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda one: planning.reword(one.event_session, actor=STAFF, title="Neu"), 1),
        (moved, 1),
        (lambda one: changes.call_off(one.event_session, actor=STAFF), 1),
        (booking.withdraw, 0),
        (lambda _: RegistrationFactory(email=ERIKA), 2),
    ],
    ids=["title", "time", "called off", "withdrawn", "one more"],
)
def test_what_changes_in_it_is_new_to_whoever_asks(
    client, clock, registration, address, change, shown
):
    before = client.get(address).headers
    clock.shift(60)
    change(registration)
    db.session.commit()

    by_tag = client.get(address, headers={"If-None-Match": before["ETag"]})
    by_date = client.get(address, headers={"If-Modified-Since": before["Last-Modified"]})

    assert (by_tag.status_code, by_date.status_code) == (200, 200)
    assert by_tag.headers["Last-Modified"] == "Mon, 07 Sep 2026 10:01:00 GMT"
    assert len(events(by_tag)) == shown


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda one: changes.resize(one.event_session, 50, actor=STAFF),
        lambda one: RegistrationFactory(event_session=one.event_session),
        lambda one: EventSessionFactory(series=one.event_session.series),
        lambda one: planning.touch(EventSessionFactory(series=one.event_session.series)),
    ],
    ids=["nothing", "larger room", "somebody else", "another session", "touched"],
)
def test_what_it_does_not_show_changes_nothing(client, clock, registration, address, change):
    before = client.get(address)
    clock.shift(60)
    change(registration)
    db.session.commit()

    after = client.get(address)

    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


def test_moves_and_the_end_reach_it_with_a_higher_sequence(client, clock, registration, address):
    answers = [client.get(address)]
    for change in (moved, lambda one: changes.call_off(one.event_session, actor=STAFF)):
        clock.shift(60)
        change(registration)
        answers.append(client.get(address))

    seen = [events(answer)[0] for answer in answers]
    assert [int(one.sequence.value) for one in seen] == [0, 1, 2]
    assert all(before.dtstamp.value < after.dtstamp.value for before, after in pairwise(seen))
    assert {one.uid.value for one in seen} == {registration.ical_uid}
    assert seen[-1].status.value == "CANCELLED"


def test_a_called_off_session_stays_until_the_day_after_and_leaves_then(
    client, clock, evening, registration, address
):
    changes.call_off(evening, actor=STAFF)
    db.session.commit()
    clock.move_to(evening.ends_at + timedelta(days=1, seconds=-1))
    struck_through = client.get(address)
    clock.shift(1)

    gone = client.get(
        address, headers={"If-Modified-Since": struck_through.headers["Last-Modified"]}
    )

    assert summaries(struck_through.data) == [f"ABGESAGT: {TITLE}"]
    assert (gone.status_code, summaries(gone.data)) == (200, [])


@pytest.mark.parametrize("status", HELD)
def test_what_nobody_answered_in_time_is_gone_before_anybody_notes_it(
    client, clock, evening, status
):
    registration = RegistrationFactory(
        event_session=evening,
        email=ERIKA,
        status=status,
        hold_until=app_clock.now() + timedelta(hours=1),
    )
    address = address_of(registration)
    before = client.get(address).headers
    clock.shift(timedelta(hours=1))

    after = client.get(address, headers={"If-Modified-Since": before["Last-Modified"]})

    assert (after.status_code, events(after)) == (200, [])
    assert after.headers["Last-Modified"] == "Mon, 07 Sep 2026 11:00:00 GMT"


def test_the_uid_is_that_of_the_invitation_also_after_it_took_place_after_all(
    client, evening, registration, address
):
    changes.call_off(evening, actor=STAFF)
    changes.reinstate(evening, actor=STAFF)

    answer = client.get(address)

    assert [(one.uid.value, one.status.value) for one in events(answer)] == [
        (registration.ical_uid, "CONFIRMED")
    ]


def test_an_empty_one_is_valid(client, registration, address):
    booking.withdraw(registration)

    answer = client.get(address)

    assert answer.status_code == 200
    assert [one.name for one in read(answer.data).components()] == ["VTIMEZONE"]


def test_asking_changes_nothing(client, address):
    before = all_rows()

    client.get(address)
    client.head(address)

    assert all_rows() == before


def test_many_registrations_take_as_many_queries_as_one(
    client, registration, address, count_queries
):
    alone = count_queries(client, address)
    for _ in range(5):
        RegistrationFactory(
            email=ERIKA, event_session=EventSessionFactory(topics=[TopicFactory(), TopicFactory()])
        )

    assert count_queries(client, address) == alone
