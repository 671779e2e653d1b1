"""Every fault in a programme file is told with its line, and nothing is half-loaded."""

from datetime import UTC, datetime

import pytest

from chancendialog.operations.trial import SERIES
from chancendialog.programme.file import FaultyFile, read

GOOD = """\
[series]
slug = "reihe"
title = "Reihe"

[[venues]]
slug = "haus"
name = "Haus"
street = "Weg 1"
postcode = "12345"
city = "Musterstadt"

[[topics]]
slug = "wohnen"
title = "Wohnen"

[[sessions]]
slug = "abend"
title = "Abend"
starts_at = 2026-12-10T18:00:00
ends_at = 2026-12-10T20:00:00
venue = "haus"
topics = ["wohnen"]
capacity = 20
"""


def faults(text):
    with pytest.raises(FaultyFile) as trouble:
        read(text, venues=set(), topics=set())
    return trouble.value.faults


def test_times_are_hannovers():
    file = read(GOOD, venues=set(), topics=set())

    assert file.sessions[0].starts_at.astimezone(UTC) == datetime(2026, 12, 10, 17, tzinfo=UTC)


def test_what_the_file_leaves_out_has_a_default():
    session = read(GOOD, venues=set(), topics=set()).sessions[0]

    assert [session.party_limit, session.waiting_list, session.status, session.language] == [
        4,
        True,
        "published",
        "de",
    ]


@pytest.mark.parametrize(
    ("line", "instead", "fault"),
    [
        ("capacity = 20", 'capacity = "20"', "Zeile 23, [[sessions]] Nr. 1: capacity ist keine ganze Zahl."),
        ("capacity = 20", "capacity = -1", "Zeile 23, [[sessions]] Nr. 1: capacity ist zu klein. Erwartet: mindestens 0."),
        ("capacity = 20", "", "Zeile 16, [[sessions]] Nr. 1: capacity fehlt."),
        ("capacity = 20", "capacity = 20\nplaces = 3", "Zeile 24, [[sessions]] Nr. 1: places ist hier nicht bekannt. Erwartet: eines von slug, title,"),
        ('title = "Abend"', "title = 7", "Zeile 18, [[sessions]] Nr. 1: title ist kein Text."),
        ('title = "Abend"', 'title = ""', "Zeile 18, [[sessions]] Nr. 1: title ist leer."),
        ('slug = "abend"', 'slug = "Abend am Markt"', "Zeile 17, [[sessions]] Nr. 1: slug passt nicht. Erwartet: kleine Buchstaben"),
        ("2026-12-10T18:00:00", '"heute"', "Zeile 19, [[sessions]] Nr. 1: starts_at ist kein Zeitpunkt."),
        ("2026-12-10T18:00:00", "2026-12-10T18:00:00Z", "Zeile 19, [[sessions]] Nr. 1: starts_at stimmt nicht: ohne Zeitzone"),
        ("2026-12-10T18:00:00", "2026-03-29T02:30:00", "Zeile 19, [[sessions]] Nr. 1: starts_at stimmt nicht: diese Uhrzeit gibt es nicht"),
        ("2026-12-10T18:00:00", "2026-10-25T02:30:00", "Zeile 19, [[sessions]] Nr. 1: starts_at stimmt nicht: diese Uhrzeit gibt es in dieser Nacht zweimal"),
        ("2026-12-10T20:00:00", "2026-12-10T17:00:00", "Zeile 16, [[sessions]] Nr. 1: stimmt nicht: ends_at muss nach starts_at liegen"),
        ('venue = "haus"', 'venue = "keller"', "Zeile 21, [[sessions]] Nr. 1: Ort „keller“ ist unbekannt. Erwartet: ein slug aus [[venues]] (haus)."),
        ('topics = ["wohnen"]', 'topics = ["essen"]', "Zeile 22, [[sessions]] Nr. 1: Thema „essen“ ist unbekannt."),
        ('topics = ["wohnen"]', 'topics = "wohnen"', "Zeile 22, [[sessions]] Nr. 1: topics ist keine Liste."),
        ("capacity = 20", 'capacity = 20\nstatus = "maybe"', "Zeile 24, [[sessions]] Nr. 1: status ist keine der Möglichkeiten. Erwartet: 'draft', 'published' oder 'called-off'."),
        ("capacity = 20", 'capacity = 20\nwaiting_list = "ja"', "Zeile 24, [[sessions]] Nr. 1: waiting_list ist weder true noch false."),
        ('slug = "reihe"', 'slug "reihe"', "Zeile 2: kein gültiges TOML"),
        ("[series]", "[serie]", "Zeile 1, [serie]: ist hier nicht bekannt. Erwartet: eines von house, legal, series, venues, topics, sessions."),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_what_is_expected(line, instead, fault):
    assert [one for one in faults(GOOD.replace(line, instead)) if one.startswith(fault)]


def test_all_faults_are_told_at_once():
    broken = GOOD.replace("capacity = 20", "capacity = -1").replace('title = "Wohnen"', "title = 1")

    assert [one.partition(":")[0] for one in faults(broken)] == [
        "Zeile 14, [[topics]] Nr. 1",
        "Zeile 23, [[sessions]] Nr. 1",
    ]


def test_a_slug_stands_for_one_thing():
    twice = GOOD + GOOD[GOOD.index("[[sessions]]") :]

    assert faults(twice) == [
        "Zeile 25, [[sessions]] Nr. 2: slug „abend“ gibt es in [[sessions]] schon."
        " Erwartet: jeder slug nur einmal."
    ]


def test_a_text_of_several_lines_holds_no_keys():
    text = GOOD.replace(
        'title = "Abend"', 'title = "Abend"\ndescription = """\ncapacity = 3\nslug = x"""'
    ).replace("capacity = 20", "capacity = -1")

    assert faults(text)[0].startswith("Zeile 26, [[sessions]] Nr. 1: capacity")


def test_the_series_file_of_the_repository_is_without_fault():
    file = read(SERIES.read_text(), venues=set(), topics=set())

    assert [topic.title for topic in file.topics if not topic.foundation] == [
        "Klimaneutralität",
        "Mobilität",
        "Bildung",
        "Wirtschaft und Arbeit",
        "Wohnen",
        "Gesundheit",
    ]
    assert [topic.title for topic in file.topics if topic.foundation] == [
        "Wissenschaft",
        "Gleichstellung",
        "Teilhabe",
    ]
    assert [(one.slug, f"{one.starts_at:%d.%m.%Y %H:%M}") for one in file.sessions] == [
        ("2024-06-19-auftakt", "19.06.2024 19:00")
    ]
