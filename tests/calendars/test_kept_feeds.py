"""Feeds are made once and kept: what comes out is right all the same, and quick."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from flask_migrate import upgrade
from sqlalchemy import event

from chancendialog import clock as app_clock
from chancendialog.calendars import feeds
from chancendialog.extensions import db
from chancendialog.programme import planning
from config import ROOT
from tests.browser_client import browser_of
from tests.calendars.specimens import lines, summaries
from tests.factories import EventSessionFactory, SeriesFactory, TopicFactory, VenueFactory

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

STAFF = "staff:1"
OUTSIDE = "https://termine.example.org"
FEEDS = ["/kalender.ics", "/kalender/wohnen.ics"]


@pytest.fixture
def evening(app):
    return EventSessionFactory(slug="abend", topics=[TopicFactory(slug="wohnen")])


@pytest.fixture
def elsewhere(app, config):
    """Change the title of a session in a process of its own."""

    def reword(slug, title):
        db.session.commit()
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import wsgi; from chancendialog.extensions import db;"
                "from chancendialog.programme import planning, queries;"
                "wsgi.app.app_context().push();"
                f"planning.reword(queries.session_by_slug({slug!r}), actor='x', title={title!r});"
                "db.session.commit()",
            ],
            env=os.environ
            | {"DATABASE_URL": config.DATABASE_URL, "INSTANCE_PATH": str(config.INSTANCE_PATH)},
            cwd=ROOT,
            check=True,
        )

    return reword


@pytest.mark.parametrize("feed", FEEDS)
def test_a_change_in_another_process_is_seen_at_once(client, evening, elsewhere, feed):
    before = client.get(feed)
    elsewhere("abend", "Anderswo geändert")

    after = client.get(feed, headers={"If-None-Match": before.headers["ETag"]})

    assert summaries(after.data) == ["Chancendialog Transformation: Anderswo geändert"]


@pytest.mark.parametrize("feed", FEEDS)
def test_two_changes_in_one_moment_are_two(client, clock, evening, feed):
    titles = []
    for title in ("Erst so", "Dann so"):
        planning.reword(evening, actor=STAFF, title=title)
        titles += summaries(client.get(feed).data)

    assert titles == [
        "Chancendialog Transformation: Erst so",
        "Chancendialog Transformation: Dann so",
    ]


def test_what_was_not_committed_is_not_seen(client, evening):
    before = client.get("/kalender.ics")
    planning.reword(evening, actor=STAFF, title="Doch nicht")
    db.session.flush()
    db.session.rollback()

    assert client.get("/kalender.ics").data == before.data


def test_each_app_keeps_feeds_of_its_own(client, evening, build):
    other = browser_of(build(PUBLIC_URL=OUTSIDE))

    here, there = client.get("/kalender.ics"), other.get("/kalender.ics", base_url=OUTSIDE)

    assert "SOURCE;VALUE=URI:http://localhost:5000/kalender.ics" in lines(here.data)
    assert "SOURCE;VALUE=URI:https://termine.example.org/kalender.ics" in lines(there.data)
    assert client.get("/kalender.ics").data == here.data


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("browser", ["client", "installation"])
def test_what_is_kept_is_sent_with_the_same_headers(request, build, evening, feed, browser):
    if browser == "installation":
        browser, at = browser_of(build(PUBLIC_URL=OUTSIDE)), OUTSIDE
    else:
        browser, at = request.getfixturevalue("client"), "http://localhost"

    made, kept = browser.get(feed, base_url=at), browser.get(feed, base_url=at)

    assert sorted(made.headers) == sorted(kept.headers)
    assert made.data == kept.data
    assert "Vary" not in made.headers


def test_a_cookie_makes_no_difference(signed_in, evening):
    colleague = signed_in("office")

    answers = [colleague.get("/kalender.ics") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert {"Vary", "Set-Cookie"}.isdisjoint(name for one in answers for name, _ in one.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_kept_feed_can_only_be_read(client, evening, method):
    client.get("/kalender.ics")

    assert client.open("/kalender.ics", method=method).status_code == 405


def test_a_topic_that_is_called_something_else_is_so_at_once_even_without_sessions(client, app):
    topic, series = TopicFactory(slug="wohnen"), SeriesFactory()
    client.get("/kalender/wohnen.ics")
    topic.title = "Wohnen und Leben"
    planning.renew(series)

    answer = client.get("/kalender/wohnen.ics")

    assert "NAME:Chancendialog Transformation: Wohnen und Leben" in lines(answer.data)


def test_a_session_leaves_a_kept_feed_by_itself(client, clock, evening):
    EventSessionFactory(title="Bleibt", starts_at=app_clock.now() + timedelta(days=200))
    sizes = []
    for moment in (timedelta(days=90, seconds=-1), timedelta(days=90)):
        clock.move_to(evening.ends_at + moment)
        sizes += [len(summaries(client.get("/kalender.ics").data)) for _ in range(2)]

    assert sizes == [2, 2, 1, 1]


def test_what_is_kept_is_not_sent_when_nobody_can_say_whether_it_is_right(build, tmp_path):
    file = tmp_path / "short-lived.db"
    app = build(DATABASE_URL=f"sqlite:///{file}")
    browser = browser_of(app)
    with app.app_context():
        upgrade()
        SeriesFactory()
        db.session.remove()
        kept = browser.get("/kalender.ics")
        db.engine.dispose()
        file.unlink()

        gone = browser.get("/kalender.ics")

    assert (kept.status_code, gone.status_code) == (200, 503)


@pytest.fixture
def thousand(clock, app):
    """Three years of sessions, five every week."""
    series, venue = SeriesFactory(), VenueFactory()
    topics = [TopicFactory(slug="wohnen"), TopicFactory(slug="klima", title="Klima")]
    sessions = [
        EventSessionFactory.build(
            series=series,
            venue=venue,
            topics=topics,
            starts_at=app_clock.now() + timedelta(days=number),
        )
        for number in range(1000)
    ]
    db.session.add_all(sessions)
    db.session.commit()
    return sessions


def test_a_thousand_sessions_are_sent_after_one_question_beside_the_orm(client, thousand):
    made, asked_to_make = asked_for(client, "/kalender.ics")
    kept, asked_to_send = asked_for(client, "/kalender.ics")

    assert len(summaries(kept.data)) == 1000
    assert kept.data == made.data
    assert len(asked_to_make) > 1
    assert asked_to_send == ["connection"]


@pytest.mark.parametrize("feed", FEEDS)
def test_making_a_feed_takes_as_many_queries_for_a_thousand_sessions_as_for_one(
    client, thousand, feed
):
    _many, asked_for_many = asked_for(client, feed)
    for one in thousand[1:]:
        db.session.delete(one)
    planning.touch(thousand[0])
    one, asked_for_one = asked_for(client, feed)

    assert len(summaries(one.data)) == 1
    assert len(asked_for_one) == len(asked_for_many)


def test_of_a_thousand_sessions_only_the_changed_one_is_written_anew(client, clock, thousand):
    before = client.get("/kalender.ics")
    written = feeds._kept.cache_info().misses
    clock.shift(60)
    planning.reword(thousand[500], actor=STAFF, title="Neu")

    after = client.get("/kalender.ics")

    assert feeds._kept.cache_info().misses - written == 1
    assert len(summaries(after.data)) == len(summaries(before.data)) == 1000
    assert after.headers["ETag"] != before.headers["ETag"]


def asked_for(browser, url):
    """An answer, and what it asked of the database: connections, and statements of SQLAlchemy's."""
    asked = []

    def note_connection(*_):
        asked.append("connection")

    def note_statement(connection, cursor, statement, *_rest):
        asked.append(statement)

    db.session.commit()
    event.listen(db.engine, "checkout", note_connection)
    event.listen(db.engine, "before_cursor_execute", note_statement)
    answer = browser.get(url)
    event.remove(db.engine, "checkout", note_connection)
    event.remove(db.engine, "before_cursor_execute", note_statement)
    return answer, asked
