"""Our rules for Hannover's clocks against the system's own, around every change."""

from calendar import monthcalendar
from datetime import UTC, datetime, timedelta

from chancendialog.calendars.objects import BERLIN_RULES
from chancendialog.clock import BERLIN
from tests.calendars.specimens import feed_of, read

LAST_SUNDAYS = [
    datetime(year, month, max(week[6] for week in monthcalendar(year, month)), tzinfo=UTC)
    for year in range(1997, 2046)
    for month in (3, 10)
]
MOMENTS = [
    sunday + timedelta(minutes=minutes)
    for sunday in LAST_SUNDAYS
    for minutes in range(-120, 241, 30)  # clocks change at 1:00 UTC
]
MIDDAYS = [
    datetime(year, month, 1, 12, tzinfo=UTC) for year in (1997, 2045) for month in range(1, 13)
]


def as_written():
    """The zone as vobject and dateutil understand our rules."""
    return read(feed_of()).vtimezone.tzinfo


def test_a_moment_is_the_same_hour_by_our_rules():
    zone = as_written()

    by_our_rules = [moment.astimezone(zone).isoformat() for moment in MOMENTS + MIDDAYS]

    assert by_our_rules == [moment.astimezone(BERLIN).isoformat() for moment in MOMENTS + MIDDAYS]


def test_an_hour_on_the_clock_is_the_same_moment_by_our_rules():
    zone = as_written()
    clocks = [moment.astimezone(BERLIN).replace(tzinfo=None) for moment in MOMENTS + MIDDAYS]

    by_our_rules = [hour.replace(tzinfo=zone).utcoffset() for hour in clocks]

    assert by_our_rules == [hour.replace(tzinfo=BERLIN).utcoffset() for hour in clocks]


def test_the_rules_are_rules_and_not_lists_of_dates():
    assert b"RDATE" not in BERLIN_RULES
    assert BERLIN_RULES.count(b"RRULE:FREQ=YEARLY;") == 2
