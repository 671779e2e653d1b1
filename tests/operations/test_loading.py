"""A programme file creates what is missing, and changes nothing unasked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock
from chancendialog.extensions import db, new_ulid
from chancendialog.house import house
from chancendialog.mailing import delivery
from chancendialog.operations.loading import load
from chancendialog.operations.trial import SERIES
from chancendialog.programme import planning, queries, repetition
from chancendialog.programme.file import read
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from tests.programme.test_file import GOOD


def load_text(text, **options):
    report = load(read(text, venues=set(), topics=set()), **options)
    db.session.commit()
    return report


def load_and_confirm_kim():
    """The programme is there, and Kim has a seat and the letter that says so."""
    load_text(GOOD)
    booking.register(
        queries.session_by_slug("abend"), Applicant(name="Kim", email="kim@example.org")
    )
    db.session.commit()
    delivery.deliver_due()


def test_the_series_is_created_whole(app):
    report = load_text(SERIES.read_text())

    assert len(report.created) == 1 + 5 + 1 + 1 + 9 + 1
    assert [topic.title for topic in queries.topics()][-3:] == [
        "Wissenschaft",
        "Gleichstellung",
        "Teilhabe",
    ]
    assert house().phone == "0511 616-28899"
    assert (
        queries.session_by_slug("2024-06-19-auftakt").venue.address
        == "Hildesheimer Straße 20, 30169 Hannover"
    )


def test_what_the_office_made_is_left_alone(app):
    load_text(GOOD)
    made, *_others = repetition.repeat(
        queries.session_by_slug("abend"),
        [clock.now() + timedelta(days=99)],
        number=new_ulid(),
        actor="staff:1",
    )
    slug = made.slug

    report = load_text(GOOD, update=True)

    assert [report.created, report.differences] == [[], []]
    assert (
        queries.session_by_slug(slug, drafts=True).title == queries.session_by_slug("abend").title
    )


def test_what_the_office_reworded_is_listed(app):
    load_text(GOOD)
    one = queries.session_by_slug("abend")
    before = one.title
    planning.reword(one, actor="staff:1", title="Von Hand")

    report = load_text(GOOD)

    assert report.differences == [f"Termin abend, title: „Von Hand“ → „{before}“"]


def test_loading_twice_changes_nothing(app):
    load_text(GOOD)

    report = load_text(GOOD)

    assert [report.created, report.differences] == [[], []]
    assert len(db.session.scalars(select(EventSession)).all()) == 1


def test_differences_are_listed_and_left_alone(app):
    load_text(GOOD)

    report = load_text(
        GOOD.replace("capacity = 20", "capacity = 30").replace('"Haus"', '"Rathaus"')
    )

    assert report.differences == [
        "Ort haus, name: „Haus“ → „Rathaus“",
        "Termin abend, capacity: „20“ → „30“",
    ]
    assert queries.session_by_slug("abend").capacity == 20


def test_what_the_file_does_not_name_stays(app):
    load_text(GOOD.replace("capacity = 20", "capacity = 20\nparty_limit = 2"))

    report = load_text(GOOD, update=True)

    assert report.differences == []
    assert queries.session_by_slug("abend").party_limit == 2


def test_an_update_writes_to_everybody_affected(letters, post_office):
    load_and_confirm_kim()

    load_text(GOOD.replace("18:00:00", "17:00:00"), update=True)

    assert letters() == [("confirmed", "kim@example.org"), ("moved", "kim@example.org")]


def test_an_update_with_a_larger_room_asks_who_waits(letters):
    load_text(GOOD.replace("capacity = 20", "capacity = 0"))
    booking.register(
        queries.session_by_slug("abend"),
        Applicant(name="Kim", email="kim@example.org", would_wait=True),
    )
    db.session.commit()

    load_text(GOOD, update=True)

    assert letters() == [("offer", "kim@example.org")]


def test_an_update_calls_off_publishes_and_reinstates(letters):
    load_text(GOOD)
    booking.register(
        queries.session_by_slug("abend"), Applicant(name="Kim", email="kim@example.org")
    )
    db.session.commit()
    off = GOOD.replace("capacity = 20", 'capacity = 20\nstatus = "called-off"')

    load_text(off, update=True)
    called_off = letters()
    load_text(off.replace("called-off", "published"), update=True)

    assert called_off == [("called_off", "kim@example.org")]
    assert letters() == [("confirmed", "kim@example.org")]


def test_new_words_make_calendars_fetch_again_and_write_to_nobody(letters, clock):
    load_text(GOOD)
    booking.register(
        queries.session_by_slug("abend"), Applicant(name="Kim", email="kim@example.org")
    )
    db.session.commit()
    before = queries.session_by_slug("abend").changed_at
    clock.shift(60)

    load_text(GOOD.replace('title = "Wohnen"', 'title = "Wohnen und Leben"'), update=True)

    assert queries.session_by_slug("abend").changed_at > before
    assert queries.session_by_slug("abend").ical_sequence == 0
    assert letters() == [("confirmed", "kim@example.org")]


def test_a_corrected_office_series_and_venue_are_taken_over(app):
    load_text(SERIES.read_text())
    text = (
        SERIES.read_text()
        .replace("0511 616-28899", "0511 616-0")
        .replace('title = "Chancendialog Transformation"', 'title = "Chancendialog"')
        .replace(
            'city = "Hannover"\n\n# Das',
            'city = "Hannover"\ndirections = "Eingang im Hof"\n\n# Das',
        )
    )

    report = load_text(text, update=True)

    assert report.differences == [
        "[house], phone: „0511 616-28899“ → „0511 616-0“",
        "[series], title: „Chancendialog Transformation“ → „Chancendialog“",
        "Ort haus-der-region, directions: „“ → „Eingang im Hof“",
    ]
    assert [house().phone, queries.series().title] == ["0511 616-0", "Chancendialog"]
    assert queries.venue_by_slug("haus-der-region").directions == "Eingang im Hof"


def test_a_corrected_address_is_a_move_for_everybody(letters, post_office):
    load_and_confirm_kim()

    load_text(GOOD.replace('"Weg 1"', '"Weg 2"'), update=True)

    assert letters()[1:] == [("moved", "kim@example.org")]


def test_a_session_that_only_starts_later_lasts_as_long_as_before(app):
    without_end = GOOD.replace("ends_at = 2026-12-10T20:00:00\n", "")
    load_text(GOOD)

    load_text(without_end.replace("18:00:00", "21:00:00"), update=True)

    event_session = queries.session_by_slug("abend")
    assert f"{event_session.ends_at - event_session.starts_at}" == "2:00:00"


def test_a_draft_is_published_and_an_empty_session_hidden(app):
    draft = GOOD.replace("capacity = 20", 'capacity = 20\nstatus = "draft"')
    load_text(draft)
    as_draft = queries.session_by_slug("abend")

    load_text(draft.replace('"draft"', '"published"'), update=True)
    published = queries.session_by_slug("abend")
    load_text(draft, update=True)

    assert [as_draft, published is None, queries.session_by_slug("abend")] == [None, False, None]


def test_a_renamed_topic_touches_only_the_sessions_that_show_it(app, clock):
    other = GOOD[GOOD.index("[[sessions]]") :].replace('"abend"', '"anderer"')
    text = GOOD + other.replace('topics = ["wohnen"]\n', "")
    load_text(text)
    before = queries.session_by_slug("anderer").changed_at
    clock.shift(60)

    load_text(text.replace('title = "Wohnen"', 'title = "Leben"'), update=True)

    assert queries.session_by_slug("abend").changed_at > before
    assert queries.session_by_slug("anderer").changed_at == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('title = "Reihe"', 'title = "Serie"'),
        ('title = "Wohnen"', 'title = "Leben"'),
        ('name = "Haus"', 'name = "Rathaus"'),
        ('title = "Abend"', 'title = "Nacht"'),
        ("T18:00:00", "T17:00:00"),
        ("capacity = 20", 'capacity = 20\nstatus = "called-off"'),
        ("capacity = 20", 'capacity = 20\nstatus = "draft"'),
    ],
    ids=["series", "topic", "venue", "title", "time", "called off", "hidden"],
)
@pytest.mark.parametrize("days", [0, 100], ids=["ahead", "over"])
@pytest.mark.parametrize("feed", ["/kalender.ics", "/kalender/wohnen.ics"])
def test_whatever_a_file_changes_is_in_the_feeds_at_once(client, clock, feed, days, before, after):
    load_text(GOOD)
    clock.shift(timedelta(days=days))
    kept = client.get(feed)

    load_text(GOOD.replace(before, after), update=True)

    assert client.get(feed).headers["ETag"] != kept.headers["ETag"]


def test_a_topic_without_sessions_is_renamed_in_its_feed_at_once(client):
    text = GOOD.replace('topics = ["wohnen"]\n', "")
    load_text(text)
    kept = client.get("/kalender/wohnen.ics")

    load_text(text.replace('title = "Wohnen"', 'title = "Leben"'), update=True)

    assert client.get("/kalender/wohnen.ics").headers["ETag"] != kept.headers["ETag"]


@pytest.mark.parametrize(
    ("lines", "days", "thanks"),
    [
        ("", 3, True),
        ("reminder_days = 7", 7, True),
        ("reminder_days = 0\nthanks = false", None, False),
    ],
)
def test_a_session_is_asked_and_thanked_as_the_file_says(app, lines, days, thanks):
    load_text(GOOD.replace("capacity = 20", f"capacity = 20\n{lines}"))

    event_session = queries.session_by_slug("abend")
    assert (event_session.reminder_days, event_session.thanks) == (days, thanks)


def test_no_days_before_are_no_question_also_for_a_session_that_is_there(app):
    load_text(GOOD)
    asks_nobody = GOOD.replace("capacity = 20", "capacity = 20\nreminder_days = 0")

    report = load_text(asks_nobody, update=True)

    assert report.differences == ["Termin abend, reminder_days: „3“ → –"]
    assert queries.session_by_slug("abend").reminder_days is None
    assert load_text(asks_nobody).differences == []


TRANSLATED = (
    GOOD.replace('title = "Reihe"', 'title = "Reihe"\nen = { title = "Series" }')
    .replace('title = "Wohnen"', 'title = "Wohnen"\nen = { title = "Housing" }')
    .replace('city = "Musterstadt"', 'city = "Musterstadt"\nen = { directions = "By tram" }')
    .replace("[[topics]]", '[series.einfach]\ntitle = "Abende"\n\n[[topics]]')
) + '\n[sessions.en]\ntitle = "Evening"\n'


def test_translations_are_loaded(app):
    load_text(TRANSLATED)

    event_session = queries.session_by_slug("abend")
    rows = [event_session, event_session.series, event_session.venue, *event_session.topics]
    assert [one.translations for one in rows] == [
        {"en": {"title": "Evening"}},
        {"en": {"title": "Series"}, "de-simple": {"title": "Abende"}},
        {"en": {"directions": "By tram"}},
        {"en": {"title": "Housing"}},
    ]
    assert load_text(TRANSLATED).differences == []


def test_new_translations_are_listed_and_with_update_applied_and_in_the_calendars(app, clock):
    load_text(GOOD)
    before = queries.session_by_slug("abend").changed_at
    clock.shift(60)

    listed = load_text(TRANSLATED).differences
    untouched = queries.session_by_slug("abend").translations
    load_text(TRANSLATED, update=True)

    assert listed == [
        "[series], translations: – → einfach.title „Abende“, en.title „Series“",
        "Ort haus, translations: – → en.directions „By tram“",
        "Thema wohnen, translations: – → en.title „Housing“",
        "Termin abend, translations: – → en.title „Evening“",
    ]
    assert untouched == {}
    assert queries.session_by_slug("abend").text("title", "en").words == "Evening"
    assert queries.session_by_slug("abend").changed_at > before
    assert load_text(GOOD, update=True).differences == []


EVERYTHING = GOOD.replace(
    'city = "Musterstadt"',
    'city = "Musterstadt"\nentrance = "Tor 1"\naccess = "Ohne Stufen"\nstop = "Markt"'
    '\nrooms = ["Raum 1", "Saal"]\nstep_free = true\nhearing_loop = false\nnotes = "Aufzug defekt"',
).replace(
    "capacity = 20",
    'capacity = 20\nroom = "Raum 1"\nspeakers = "Team Wohnen"\ninterpreters = "DGS"\nnotes = "Früher da sein"'
    "\nphotos = true",
)


def test_how_to_get_in_and_take_part_is_loaded_and_updated_by_word(letters, post_office):
    load_and_confirm_kim()

    report = load_text(EVERYTHING.replace('room = "Raum 1"\n', ""), update=True)
    words_only = letters()
    moved = load_text(EVERYTHING, update=True).differences

    assert report.differences == [
        "Ort haus, rooms: – → „Raum 1“, „Saal“",
        "Ort haus, stop: „“ → „Markt“",
        "Ort haus, entrance: „“ → „Tor 1“",
        "Ort haus, step_free: – → true",
        "Ort haus, hearing_loop: – → false",
        "Ort haus, access: „“ → „Ohne Stufen“",
        "Ort haus, notes: „“ → „Aufzug defekt“",
        "Termin abend, speakers: „“ → „Team Wohnen“",
        "Termin abend, interpreters: „“ → „DGS“",
        "Termin abend, notes: „“ → „Früher da sein“",
        "Termin abend, photos: false → true",
    ]
    assert words_only == [("confirmed", "kim@example.org")]
    assert moved == ["Termin abend, room: „“ → „Raum 1“"]
    assert letters()[1:] == [("moved", "kim@example.org")]
    assert queries.session_by_slug("abend").place == "Haus, Raum 1, Weg 1, 12345 Musterstadt"
    assert load_text(EVERYTHING).differences == []


def test_a_room_in_another_venue_stays_if_the_file_names_it(app):
    load_text(EVERYTHING)
    other = GOOD[GOOD.index("[[venues]]") : GOOD.index("[[topics]]")].replace("aus", "of")
    text = EVERYTHING.replace("[[topics]]", f"{other}[[topics]]").replace(
        'venue = "haus"', 'venue = "hof"'
    )

    load_text(text, update=True)

    assert queries.session_by_slug("abend").place == "Hof, Raum 1, Weg 1, 12345 Musterstadt"
