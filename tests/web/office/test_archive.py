"""What is over or called off can be put away, and comes back."""

from datetime import timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import changes
from tests.factories import EventSessionFactory
from tests.web.steps import buttons, cells, press, text_of

LIST, ARCHIVE, SESSION = "/verwaltung/", "/verwaltung/archiv", "/verwaltung/termine/abend"


@pytest.fixture
def over(app, clock):
    return EventSessionFactory(
        slug="abend", title="Wohnen", starts_at=app_clock.now() - timedelta(days=2)
    )


@pytest.fixture
def office(over, signed_in):
    return signed_in("office")


def names(page, table):
    return [row[0].split(" ")[0] for row in cells(page, table)]


def put_away(browser):
    return press(browser, browser.get(SESSION), "Ins Archiv legen")


def test_session_that_is_over_leaves_the_list_and_nothing_else(office, over, client):
    answer = put_away(office)

    assert (answer.status_code, answer.location) == (303, "/verwaltung/#inhalt")
    page = office.get(LIST)
    assert "Der Termin liegt jetzt im Archiv." in text_of(page)
    assert names(page, "vergangen") == ["keine"]
    assert names(office.get(ARCHIVE), "archiv") == ["Wohnen"]
    assert "Wohnen" in text_of(client.get("/"))
    assert [journal.sentence(one) for one in journal.of_scope(over.thread)] == ["ins Archiv gelegt"]


def test_session_comes_back(office, over):
    put_away(office)

    press(office, office.get(ARCHIVE), "Zurück in die Liste: Wohnen")

    assert names(office.get(LIST), "vergangen") == ["Wohnen"]
    assert names(office.get(ARCHIVE), "archiv") == ["keine"]
    assert "Ins Archiv legen" in buttons(office.get(SESSION))


def test_double_click_is_one_deed(office, over):
    page = office.get(SESSION)
    for _ in range(2):
        press(office, page, "Ins Archiv legen")

    assert len(journal.of_scope(over.thread)) == 1


def test_what_takes_place_is_not_put_away(office, over):
    page = office.get(SESSION)
    over.starts_at, over.ends_at = app_clock.now() + timedelta(days=1), None

    answer = press(office, page, "Ins Archiv legen")

    assert answer.status_code == 409
    assert "Ins Archiv kommt nur, was vorbei oder abgesagt ist." in answer.text
    assert "Ins Archiv legen" not in buttons(office.get(SESSION))


def test_what_takes_place_after_all_is_back_by_itself(office, over):
    over.starts_at = app_clock.now() + timedelta(days=1)
    over.ends_at, over.status = None, SessionStatus.CALLED_OFF
    put_away(office)

    changes.reinstate(db.session.get(EventSession, over.id), actor="staff:1")

    assert names(office.get(LIST), "kommend") == ["Wohnen"]
    assert names(office.get(ARCHIVE), "archiv") == ["keine"]


def test_neither_there_nor_back_is_no_order(office):
    token = office.get(SESSION)
    fields = {"csrf_token": token.text.partition('name="csrf_token" value="')[2].partition('"')[0]}

    assert office.post(f"{SESSION}/archivieren", data=fields).status_code == 400


def test_many_in_the_archive_take_as_many_queries_as_one(office, over, count_queries):
    put_away(office)
    for_one = count_queries(office, ARCHIVE)
    EventSessionFactory.create_batch(
        4, starts_at=over.starts_at, ends_at=over.ends_at, archived_at=app_clock.now()
    )

    assert count_queries(office, ARCHIVE) == for_one
    assert len(cells(office.get(ARCHIVE), "archiv")) == 5
