"""What calendar programs subscribe to, as pure bytes."""

from datetime import datetime

from chancendialog.calendars.feeds import download
from chancendialog.clock import BERLIN
from tests.calendars.specimens import (
    PAGE,
    called_off,
    event_lines,
    feed_of,
    line,
    lines,
    names,
    read,
    session,
    summaries,
)


def test_there_is_nothing_to_answer_in_a_feed_or_a_file():
    everything = [*names(feed_of(session(), called_off())), *names(download(session(), url=PAGE))]

    assert {"METHOD", "ORGANIZER", "ATTENDEE", "BEGIN:VALARM"} & set(everything) == set()


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
