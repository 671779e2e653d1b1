"""Lines, text and times as every calendar program reads them."""

import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from chancendialog.calendars.feeds import download
from chancendialog.calendars.invitations import invitation
from chancendialog.calendars.objects import address, clean
from chancendialog.clock import BERLIN
from config import ROOT
from tests.calendars.specimens import (
    PAGE,
    called_off,
    event_lines,
    every_kind,
    feed_of,
    line,
    names,
    read,
    seat,
    session,
    summaries,
)
from tests.factories import SeriesFactory, TopicFactory, VenueFactory

EVIL = "x\r\nATTENDEE:mailto:evil@example.org\nX-EVIL:1\rEND:VEVENT"


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ("Ein \x00\x07\x1b\x7f\x85\x9fAbend", "Ein Abend"),
        ("Ein \ufeff\u2028\u2029Abend", "Ein Abend"),
        ("eins\r\nzwei\rdrei\nvier", "eins\nzwei\ndrei\nvier"),
        ("eins  \nzwei\t\n\n", "eins\nzwei"),
        ("C:\\Neu und C:\\neu", "C:\\ Neu und C:\\ neu"),
        ("C:\\Alt", "C:\\Alt"),
        ("u\u0308ber", "über"),
        ("", ""),
    ],
)
def test_text_is_cleaned_of_what_programs_read_differently(given, read_as):
    assert clean(given) == read_as


@pytest.mark.parametrize(
    "title",
    [
        "Wohnen, Arbeiten; Leben: alles",
        "C:\\Neu \\n \\N \\\\n \\",
        "\\, \\; \\\\, \\",
        'Der „Wandel“ und "das" ^\' Übrige',
        "eins\nzwei\r\ndrei",
        "Frieden \u2028\x00\x1b🕊️ \ud83d",
        "مرحبا بالعالم و 你好",
        "BEGIN:VEVENT",
        "100 % – 2 < 3 & 3 > 2",
    ],
)
def test_another_program_reads_the_text_that_we_meant(title):
    content = download(session(title=title, description=title), url=PAGE)

    event = read(content).vevent
    assert event.summary.value == clean(f"Chancendialog Transformation: {title}")
    assert event.description.value == clean(f"{title}\n\n{PAGE}")


@pytest.mark.parametrize(
    "character", ["a", "ü", "€", "🎉", "👩‍👩‍👧‍👦", "e\u0301", ",", ";", "\\", "\n", "\\n", " "]
)
def test_lines_are_short_and_whole_wherever_they_are_folded(character):
    titles = ["x" * offset + character * 40 + "." for offset in range(30)]

    files = [download(session(title=title), url=PAGE) for title in titles]

    assert max(len(one) for content in files for one in content.split(b"\r\n")) <= 75
    assert [summaries(content) for content in files] == [
        [clean(f"Chancendialog Transformation: {title}")] for title in titles
    ]
    assert [one.decode() for content in files for one in content.split(b"\r\n")]  # none is split


def test_any_title_at_all_arrives():
    chance = random.Random(5545)
    characters = [chr(point) for point in [*range(0xD800), *range(0xE000, 0x1FBFF)]]
    titles = ["".join(chance.choices(characters, k=60)) for _ in range(100)]

    files = [download(session(title=title), url=PAGE) for title in titles]

    assert max(len(one) for content in files for one in content.split(b"\r\n")) <= 75
    assert [summaries(content) for content in files] == [
        [clean(f"Chancendialog Transformation: {title}")] for title in titles
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"title": EVIL},
        {"description": EVIL},
        {"series": SeriesFactory.build(title=EVIL)},
        {"venue": VenueFactory.build(name=EVIL, street=EVIL, city=EVIL, entrance=EVIL)},
        {"room": EVIL},
        {"topics": [TopicFactory.build(title=EVIL)]},
    ],
)
def test_line_breaks_in_what_staff_write_add_no_property(facts):
    harmless = session(topics=[TopicFactory.build()])

    content = invitation(session(**({"topics": harmless.topics} | facts)), seat())

    assert names(content) == names(invitation(harmless, seat()))


def test_line_breaks_in_a_name_add_no_property():
    content = invitation(session(), seat(name=EVIL))

    assert names(content) == names(invitation(session(), seat()))
    assert [one.value for one in read(content).vevent.contents["attendee"]] == [
        "mailto:erika@example.org"
    ]


def test_line_breaks_in_the_name_of_a_feed_add_no_property():
    assert names(feed_of(name=EVIL)) == names(feed_of())


def test_an_address_with_a_line_break_is_refused():
    with pytest.raises(ValueError, match="mailto"):
        invitation(session(), seat(email="erika@example.org\r\nX-EVIL:1"))


@pytest.mark.parametrize(
    ("name", "read_as"),
    [
        ("Mustermann, Erika", "Mustermann, Erika"),
        ("Erika; Max", "Erika; Max"),
        ("Erika: Max", "Erika: Max"),
        ('Erika "Eri" Mustermann', "Erika 'Eri' Mustermann"),
        ("Erika ^'^n^^", "Erika 'n"),
        ("Erika\\, Max", "Erika/, Max"),
        ("  Erika \t\n Mustermann ", "Erika Mustermann"),
        ("Ünal Çelik 🎉", "Ünal Çelik 🎉"),
        ("E\x00ri\x1bka", "Erika"),
    ],
)
def test_names_reach_calendars_whole(name, read_as):
    content = invitation(session(), seat(name=name))

    (attendee,) = read(content).vevent.contents["attendee"]
    assert attendee.params["CN"] == [read_as]
    assert attendee.value == "mailto:erika@example.org"


@pytest.mark.parametrize(
    "email",
    ["erika+termine@example.org", "erika.o'hara@example.org", "erika@xn--mller-kva.example"],
)
def test_addresses_are_written_as_they_are(email):
    assert address(email, "Erika") == f"mailto:{email}"


@pytest.mark.parametrize(
    ("starts_at", "start", "end"),
    [
        (
            datetime(2027, 3, 28, 0, 30, tzinfo=UTC),  # over the gap in spring
            "DTSTART;TZID=Europe/Berlin:20270328T013000",
            "DTEND;TZID=Europe/Berlin:20270328T043000",
        ),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # half past two, for the first time
            "DTSTART:20261025T003000Z",
            "DTEND;TZID=Europe/Berlin:20261025T033000",
        ),
        (
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # half past two, for the second time
            "DTSTART:20261025T013000Z",
            "DTEND;TZID=Europe/Berlin:20261025T043000",
        ),
        (
            datetime(2026, 12, 31, 22, 30, tzinfo=UTC),
            "DTSTART;TZID=Europe/Berlin:20261231T233000",
            "DTEND;TZID=Europe/Berlin:20270101T013000",
        ),
        (
            datetime(2039, 7, 1, 16, tzinfo=UTC),
            "DTSTART;TZID=Europe/Berlin:20390701T180000",
            "DTEND;TZID=Europe/Berlin:20390701T200000",
        ),
    ],
)
def test_the_hour_is_right_where_clocks_are_difficult(starts_at, start, end):
    content = download(session(starts_at=starts_at), url=PAGE)

    event = read(content).vevent
    assert (line(content, "DTSTART"), line(content, "DTEND")) == (start, end)
    assert event.dtstart.value.astimezone(UTC) == starts_at
    assert event.dtend.value.astimezone(UTC) == starts_at + timedelta(hours=2)


def test_a_session_without_an_end_lasts_two_hours():
    content = download(session(ends_at=None), url=PAGE)

    assert line(content, "DTEND") == "DTEND;TZID=Europe/Berlin:20261007T210000"


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 10, 7, 17, tzinfo=UTC),
        datetime(2026, 10, 7, 13, tzinfo=ZoneInfo("America/New_York")),
        datetime(2026, 10, 7, 19, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 10, 7, 17, 0, 0, 999_999, tzinfo=UTC),
    ],
)
def test_a_moment_gives_the_same_bytes_in_whatever_zone_it_is_handed_in(starts_at):
    in_hannover = session(starts_at=datetime(2026, 10, 7, 19, tzinfo=BERLIN))

    assert download(session(starts_at=starts_at), url=PAGE) == download(in_hannover, url=PAGE)


def test_the_same_facts_give_the_same_bytes_in_every_process():
    elsewhere = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from tests.calendars.specimens import every_kind;"
            "sys.stdout.buffer.write(every_kind())",
        ],
        env=os.environ | {"PYTHONHASHSEED": "1997", "TZ": "Pacific/Auckland"},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )

    assert every_kind() == every_kind() == elsewhere.stdout


def test_files_have_the_line_ends_and_the_frame_of_the_standard():
    content = feed_of(session(), called_off())

    assert content.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")


def test_an_event_says_what_when_and_where_and_nothing_about_people():
    topics = [TopicFactory.build(title="Wohnen"), TopicFactory.build(title="Arbeit, Wirtschaft")]

    content = download(session(topics=topics), url=PAGE)

    assert sorted(event_lines(content)) == [
        "CATEGORIES:Wohnen,Arbeit\\, Wirtschaft",
        "CREATED:20260601T081530Z",
        f"DESCRIPTION:Wie wollen wir wohnen?\\n\\n{PAGE}",
        "DTEND;TZID=Europe/Berlin:20261007T210000",
        "DTSTAMP:20260601T081530Z",
        "DTSTART;TZID=Europe/Berlin:20261007T190000",
        "LAST-MODIFIED:20260601T081530Z",
        "LOCATION:Stadtbibliothek\\, Am Markt 1\\, 12345 Musterstadt",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "SUMMARY:Chancendialog Transformation: Wohnen der Zukunft",
        "TRANSP:OPAQUE",
        "UID:session-1@termine.example.org",
        f"URL:{PAGE}",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
    ]


def test_calendars_say_the_room_and_the_way_in():
    one = session(
        room="Raum 1",
        venue=VenueFactory.build(entrance="Klingeln bei Meyer"),
    )

    shown, undescribed = event_lines(feed_of(one)), session(description="", venue=one.venue)

    assert "LOCATION:Stadtbibliothek\\, Raum 1\\, Am Markt 1\\, 12345 Musterstadt" in shown
    assert f"DESCRIPTION:Wie wollen wir wohnen?\\n\\nKlingeln bei Meyer\\n\\n{PAGE}" in shown
    assert f"DESCRIPTION:Klingeln bei Meyer\\n\\n{PAGE}" in event_lines(feed_of(undescribed))


@pytest.mark.parametrize(
    "url",
    [
        "https://termine.example.org/termine/abend?a=1,b;c:d&e=%2C",
        f"https://termine.example.org/termine/{'sehr-' * 50}lang",
    ],
)
def test_addresses_of_pages_arrive_whole(url):
    event = read(download(session(), url=url)).vevent

    assert event.url.value == url
    assert event.description.value.endswith(f"\n\n{url}")
