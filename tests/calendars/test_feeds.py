"""What calendar programs subscribe to, as pure bytes."""

from datetime import datetime, timedelta

import pytest

from chancendialog.calendars import feeds
from chancendialog.calendars.feeds import download, own_download
from chancendialog.clock import BERLIN
from tests.calendars.specimens import (
    MADE,
    PAGE,
    called_off,
    entry,
    event_lines,
    feed_of,
    line,
    lines,
    names,
    personal_feed_of,
    read,
    session,
    summaries,
)


def test_there_is_nothing_to_answer_in_a_feed_or_a_file():
    files = [
        feed_of(session(), called_off()),
        download(session(), url=PAGE),
        personal_feed_of(entry(), entry(waits=True), entry(called_off())),
        own_download(entry()),
    ]

    properties = {name for content in files for name in names(content)}
    assert {"METHOD", "ORGANIZER", "ATTENDEE"} & properties == set()


@pytest.mark.parametrize("file", [download(session(), url=PAGE), own_download(entry())])
def test_a_file_reminds_of_the_session_a_day_before(file):
    alarm = read(file).vevent.valarm

    assert alarm.action.value == "DISPLAY"
    assert alarm.trigger.value == timedelta(days=-1)
    assert alarm.description.value == "Chancendialog Transformation: Wohnen der Zukunft"


@pytest.mark.parametrize(
    "content",
    [
        feed_of(session()),
        personal_feed_of(entry()),
        download(called_off(), url=PAGE),
        own_download(entry(called_off())),
    ],
    ids=["feed", "personal feed", "called off", "own file, called off"],
)
def test_nothing_else_reminds_of_itself(content):
    assert "BEGIN:VALARM" not in names(content)


@pytest.mark.parametrize(
    ("facts", "seen_as"),
    [
        ({}, ("", "CONFIRMED", "OPAQUE", "BUSY")),
        ({"waits": True}, ("Warteliste: ", "TENTATIVE", "TRANSPARENT", "FREE")),
        (
            {"event_session": called_off()},
            ("ABGESAGT: ", "CANCELLED", "TRANSPARENT", "FREE"),
        ),
        (
            {"event_session": called_off(), "waits": True},
            ("ABGESAGT: ", "CANCELLED", "TRANSPARENT", "FREE"),
        ),
    ],
    ids=["seat", "waiting", "called off", "called off while waiting"],
)
@pytest.mark.parametrize(
    "write", [personal_feed_of, own_download], ids=["personal feed", "own file"]
)
def test_ones_own_calendar_tells_a_seat_from_waiting_and_from_nothing(write, facts, seen_as):
    event = read(write(entry(sequence=3, **facts))).vevent

    prefix = event.summary.value.removesuffix("Chancendialog Transformation: Wohnen der Zukunft")
    busy = event.contents["x-microsoft-cdo-busystatus"][0].value
    assert (prefix, event.status.value, event.transp.value, busy) == seen_as
    assert event.uid.value == "reg-1@termine.example.org"
    assert event.sequence.value == "3"
    assert event.dtstamp.value == event.last_modified.value == MADE + timedelta(days=1)


def test_a_personal_feed_does_not_say_where_it_comes_from():
    assert "SOURCE" in names(feed_of(session()))
    assert "SOURCE" not in names(personal_feed_of(entry()))


def test_an_unchanged_session_is_not_written_again():
    sessions = [session(ical_uid=f"session-{number}@termine.example.org") for number in range(3)]
    feed_of(*sessions)
    before = feeds._kept.cache_info()

    sessions[1].changed_at += timedelta(seconds=1)
    feed_of(*sessions)

    after = feeds._kept.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 1)


def test_a_feed_says_what_it_is_and_how_often_to_ask():
    content = lines(feed_of())

    assert sorted(content[: content.index("BEGIN:VTIMEZONE")]) == [
        "BEGIN:VCALENDAR",
        "CALSCALE:GREGORIAN",
        "COLOR:teal",
        "DESCRIPTION:Öffentliche Abende",
        "NAME:Chancendialog Transformation",
        "PRODID:-//Region Hannover//Chancendialog Transformation//DE",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "SOURCE;VALUE=URI:https://termine.example.org/kalender.ics",
        "URL:https://termine.example.org/kalender",
        "VERSION:2.0",
        "X-PUBLISHED-TTL:PT4H",
        "X-WR-CALDESC:Öffentliche Abende",
        "X-WR-CALNAME:Chancendialog Transformation",
        "X-WR-TIMEZONE:Europe/Berlin",
    ]


def test_an_empty_feed_is_valid():
    calendar = read(feed_of())

    assert [one.name for one in calendar.components()] == ["VTIMEZONE"]


def test_a_feed_keeps_the_order_it_is_given_and_one_zone_for_all():
    content = feed_of(session(title="B"), session(title="A"), session(title="C"))

    assert summaries(content) == [
        "Chancendialog Transformation: B",
        "Chancendialog Transformation: A",
        "Chancendialog Transformation: C",
    ]
    assert names(content).count("BEGIN:VTIMEZONE") == 1


def test_a_called_off_session_says_so_in_every_way_that_programs_understand():
    content = feed_of(called_off())

    assert line(content, "SUMMARY") == (
        "SUMMARY:ABGESAGT: Chancendialog Transformation: Wohnen der Zukunft"
    )
    assert line(content, "STATUS") == "STATUS:CANCELLED"
    assert line(content, "TRANSP") == "TRANSP:TRANSPARENT"
    assert line(content, "X-MICROSOFT-CDO-BUSYSTATUS") == "X-MICROSOFT-CDO-BUSYSTATUS:FREE"
    assert line(content, "SEQUENCE") == "SEQUENCE:1"


def test_the_stamp_is_when_the_session_last_changed():
    content = feed_of(session(changed_at=datetime(2026, 7, 1, 9, tzinfo=BERLIN)))

    assert line(content, "DTSTAMP") == "DTSTAMP:20260701T070000Z"
    assert line(content, "LAST-MODIFIED") == "LAST-MODIFIED:20260701T070000Z"
    assert line(content, "CREATED") == "CREATED:20260601T081530Z"


def test_a_file_and_the_feed_tell_the_same_of_a_session():
    url = "https://termine.example.org/termine/abend"

    assert event_lines(download(session(), url=url)) == event_lines(feed_of(session()))


def test_calendars_are_in_a_language_as_far_as_somebody_wrote_in_it():
    english = {"title": "Housing: of the future", "description": "How do we want to live?"}
    one = session(translations={"en": english})

    file = download(one, url=PAGE, language="en").decode()

    assert "Housing: of the future" in file
    assert "How do we want to live?" in file
    assert "Housing" not in download(one, url=PAGE).decode()
