"""The office says which door accounts see a session on its day."""

import pytest

from chancendialog import journal
from chancendialog.attendance import duty
from chancendialog.extensions import db
from chancendialog.staff import accounts
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory
from tests.web.steps import follow, text_of

PAGE = "/verwaltung/termine/abend/einlass-team"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", title="Wohnen")


@pytest.fixture
def door(event_session):
    """Two door accounts, and somebody who is more than that."""
    both = [accounts.add(f"{name}@example.org", "door", password=None) for name in ("ada", "ben")]
    more = accounts.add("chris@example.org", "door", password=None)
    accounts.add("chris@example.org", "office", password=None)
    return [*both, more]


@pytest.fixture
def office(event_session, signed_in):
    return signed_in("office")


def tick(browser, *users):
    token = form_fields(browser.get(PAGE).text)["csrf_token"]
    ticked = [str(user.id) for user in users]
    return browser.post(PAGE, data={"csrf_token": token, "account": ticked})


def test_ticked_accounts_are_assigned_and_no_others(office, event_session, door):
    ada, ben, _chris = door

    first = follow(office, tick(office, ada))
    then = follow(office, tick(office, ben))

    assert "Gespeichert." in text_of(first)
    assert first.text.count(" checked") == then.text.count(" checked") == 1
    assert duty.on_duty_at(event_session) == {ben.id}
    assert [(entry.code, entry.thread) for entry in journal.of_scope(event_session.thread)] == [
        ("door_assigned", ben.actor),
        ("door_unassigned", ada.actor),
        ("door_assigned", ada.actor),
    ]


def test_sending_the_form_again_changes_nothing(office, event_session, door):
    tick(office, *door[:2])
    before = all_rows()

    again = tick(office, *door[:2])

    assert "Es war nichts zu ändern." in text_of(follow(office, again))
    assert all_rows() == before


def test_only_door_accounts_are_offered_and_can_be_assigned(office, event_session, door):
    page = text_of(office.get(PAGE))
    tick(office, door[2])

    assert ["ada@" in page, "ben@" in page, "chris@" in page] == [True, True, False]
    assert duty.on_duty_at(event_session) == set()


@pytest.mark.parametrize("number", ["0", "-1", "x", "999999999999", "1 OR 1=1"])
def test_numbers_that_are_no_account_assign_nobody(office, event_session, door, number):
    token = form_fields(office.get(PAGE).text)["csrf_token"]

    answer = office.post(PAGE, data={"csrf_token": token, "account": number})

    assert answer.status_code == 303
    assert duty.on_duty_at(event_session) == set()


def test_without_door_accounts_the_page_says_who_makes_them(office):
    assert "Wer Konten verwaltet, lädt jemanden ein." in text_of(office.get(PAGE))


def test_the_page_of_people_leads_there(office):
    assert f'href="{PAGE}"' in office.get("/verwaltung/termine/abend").text


def test_history_says_that_the_team_changed_and_names_nobody(office, event_session, door):
    tick(office, door[0])

    page = text_of(office.get("/verwaltung/termine/abend/verlauf"))

    assert "jemand gehört jetzt zum Einlass-Team" in page
    assert "ada@" not in page


def test_removing_an_account_removes_its_assignments(event_session, door):
    for user in door[:2]:
        duty.add(event_session, user, actor="system")
    db.session.commit()
    stays = door[1].id

    accounts.remove(accounts.by_address("ada@example.org"))
    db.session.commit()

    assert duty.on_duty_at(event_session) == {stays}


def test_the_page_asks_the_database_as_often_for_many_accounts(office, count_queries, door):
    few = count_queries(office, PAGE)
    for number in range(10):
        accounts.add(f"kim{number}@example.org", "door", password=None)

    assert count_queries(office, PAGE) == few
