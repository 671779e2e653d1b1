"""The door: who is in, taken back, in parts, and never twice."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog.attendance import roster
from chancendialog.attendance.models import AttendanceMark
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.programme.models import SessionStatus
from chancendialog.registration.models import Status
from chancendialog.staff.models import User
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import text_of

DOOR = "/verwaltung/termine/abend/einlass"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(slug="abend", starts_at=app_clock.now() + timedelta(hours=7))


@pytest.fixture
def guest(event_session):
    return RegistrationFactory(event_session=event_session, name="Kim Muster", party_size=3)


@pytest.fixture
def door(event_session, guest, at_the_door):
    return at_the_door(event_session)


def tap(browser, guest, people, **fields):
    """Press a button in the row of a guest."""
    page = browser.get(DOOR)
    said = {"people": people} if people else {}
    return browser.post(f"{DOOR}/{guest.ulid}", data=form_fields(page.text) | said | fields)


def search(browser, words):
    """Look for a name, and read the page that comes."""
    token = form_fields(browser.get(DOOR).text)["csrf_token"]
    return browser.get(browser.post(DOOR, data={"csrf_token": token, "suche": words}).location)


def marks():
    return list(db.session.scalars(select(AttendanceMark.people).order_by(AttendanceMark.id)))


def names(page):
    """Who is shown."""
    guests = page.text.partition('<ul class="guests">')[2].partition("</ul>")[0]
    return re.findall(r"<strong>([^<]*)</strong>", guests)


def buttons(page):
    """What the buttons of the guests send."""
    return [
        f"{name}={value}"
        for name, value in re.findall(
            r'formaction="[^"]*" name="(people|more)" value="(-?\d+)"', page.text
        )
    ]


def test_whole_party_is_in_with_one_tap(door, guest):
    before = door.get(DOOR)
    answer = tap(door, guest, "3")

    after = door.get(DOOR)
    assert "0 von 3 da" in before.text
    assert buttons(before) == ["people=3", "more=1"]
    assert (answer.status_code, answer.location) == (303, f"{DOOR}#{guest.ulid}")
    assert "3 von 3 da" in after.text
    assert buttons(after) == ["more=-1", "people=0"]
    assert f'<a class="guest__all" href="einlass/{guest.ulid}">' in after.text
    assert marks() == [3]


def test_party_may_come_in_parts(door, guest):
    tap(door, guest, None, more="1")
    tap(door, guest, None, more="1")
    tap(door, guest, None, more="-1")

    page = door.get(DOOR)

    assert "1 von 3 da" in page.text
    assert buttons(page) == ["people=3", "more=-1", "more=1", "people=2"]
    assert marks() == [1, 2, 1]


def test_check_in_is_taken_back_by_another_mark(door, guest, event_session):
    tap(door, guest, "3")
    tap(door, guest, "0")

    assert marks() == [3, 0]
    assert "0 von 3 da" in door.get(DOOR).text
    assert [one.arrived for one in roster.roster(event_session)] == [0]


def test_same_tap_sent_twice_is_one_mark(door, guest):
    fields = form_fields(door.get(DOOR).text) | {"people": "2"}

    answers = [door.post(f"{DOOR}/{guest.ulid}", data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert marks() == [2]


def test_late_copy_of_an_old_tap_does_not_undo_a_newer_one(door, guest, event_session):
    tap(door, guest, "3", operation="first")
    tap(door, guest, "0", operation="second")
    tap(door, guest, "3", operation="first")

    assert [one.arrived for one in roster.roster(event_session)] == [0]


def test_two_doors_that_tap_the_same_party_agree(door, guest, signed_in, event_session):
    other_door = signed_in("office")

    tap(door, guest, "3")
    tap(other_door, guest, "3")

    assert marks() == [3, 3]
    assert [one.arrived for one in roster.roster(event_session)] == [3]
    assert roster.arrived_by_session() == {event_session.id: 3}


def test_two_doors_that_each_let_one_of_a_party_in_count_both(door, guest, signed_in):
    other_door = signed_in("office")
    pages = [(browser, form_fields(browser.get(DOOR).text)) for browser in (door, other_door)]

    for browser, fields in pages:
        browser.post(f"{DOOR}/{guest.ulid}", data=fields | {"more": "1"})

    assert marks() == [1, 2]


def test_plus_sent_twice_counts_one(door, guest):
    fields = form_fields(door.get(DOOR).text) | {"more": "1"}

    answers = [door.post(f"{DOOR}/{guest.ulid}", data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert marks() == [1]


@pytest.mark.parametrize(("more", "before"), [("1", "3"), ("-1", None)])
def test_party_is_never_larger_than_registered_or_less_than_nobody(door, guest, more, before):
    if before:
        tap(door, guest, before)

    assert tap(door, guest, None, more=more).status_code == 409
    assert marks() == ([3] if before else [])


def test_latest_tap_is_taken_back_from_the_row_to_what_it_was(door, guest):
    tap(door, guest, None, more="1")
    tap(door, guest, "3")

    before = buttons(door.get(DOOR))
    tap(door, guest, "1")

    assert before == ["more=-1", "people=1"]
    assert marks() == [1, 3, 1]


def test_double_click_leaves_what_it_was_to_take_back(door, guest):
    fields = form_fields(door.get(DOOR).text) | {"people": "3"}
    for _ in range(2):
        door.post(f"{DOOR}/{guest.ulid}", data=fields)

    assert buttons(door.get(DOOR)) == ["more=-1", "people=0"]


def test_latest_tap_can_be_taken_back_while_another_name_is_searched(door, guest, event_session):
    RegistrationFactory(event_session=event_session, name="Zeynep Yılmaz")
    tap(door, guest, "3")

    page = search(door, "zeynep")

    assert "Zuletzt: Kim Muster" in text_of(page)
    assert buttons(page) == ["people=0", "people=1"]


def test_who_was_let_in_by_another_browser_is_taken_back_on_their_own_page(door, guest, signed_in):
    tap(door, guest, "3")
    other_door = signed_in("office")

    of_list, of_guest = (
        buttons(other_door.get(f"{DOOR}{rest}")) for rest in ("", f"/{guest.ulid}")
    )

    assert (of_list, of_guest) == (["more=-1"], ["more=-1", "people=0"])


def test_list_is_sorted_as_a_german_directory(door, guest, event_session):
    for name in ("Zoe Alt", "Özlem Can", "Otto Berg", "anna weiß", "Änne Weiss", "Élodie Petit"):
        RegistrationFactory(event_session=event_session, name=name)

    assert names(door.get(DOOR)) == [
        "Änne Weiss", "anna weiß", "Élodie Petit", "Kim Muster", "Özlem Can", "Otto Berg", "Zoe Alt",
    ]  # fmt: skip


def test_list_of_two_hundred_is_light_and_the_rest_is_found_by_name(door, guest, event_session):
    for number in range(230):
        name, size = f"Anna-Lena Müller-Öz {number}", number % 2 + 1
        one = RegistrationFactory(event_session=event_session, name=name, party_size=size)
        roster.check_in(one, number % 3 % (size + 1), operation=f"tap {number}", actor="staff:1")

    page = door.get(DOOR)
    found = search(door, "kim")

    assert len(names(page)) == 200
    assert len(page.data) < 100_000
    assert "Noch 31 Anmeldungen stehen hier nicht" in page.text
    assert names(found) == ["Kim Muster"]


def test_called_off_session_says_so_at_the_door(door, event_session):
    event_session.status = SessionStatus.CALLED_OFF

    assert "Dieser Termin ist abgesagt." in door.get(DOOR).text


def test_time_and_person_of_a_check_in_are_noted(door, guest):
    tap(door, guest, "3")

    mark = db.session.scalar(select(AttendanceMark))
    entry = db.session.scalar(select(JournalEntry).where(JournalEntry.code == "checked_in"))
    actor = db.session.scalar(select(User)).actor
    assert (mark.actor, mark.marked_at) == (actor, app_clock.now())
    assert (entry.actor, entry.thread, entry.scope, entry.facts) == (
        actor,
        guest.thread,
        guest.event_session.thread,
        {"people": 3},
    )
    assert "seit 12:00 Uhr" in text_of(door.get(DOOR))


@pytest.mark.parametrize("status", [status for status in Status if status != Status.CONFIRMED])
def test_who_has_no_seat_is_refused_with_advice(door, guest, event_session, status):
    other = RegistrationFactory(event_session=event_session, status=status)
    before = all_rows()

    page = tap(door, other, "1")

    assert page.status_code == 409
    assert "Diese Anmeldung hat keinen Platz. Fragen Sie im Büro nach." in page.text
    assert '<body class="office">' in page.text
    assert all_rows() == before


def test_who_has_no_seat_does_not_stand_on_the_list(door, guest, event_session):
    RegistrationFactory(event_session=event_session, name="Willi Wartet", status=Status.WAITING)
    RegistrationFactory(event_session=event_session, name="Gabi Geht", status=Status.WITHDRAWN)

    page = door.get(DOOR)

    assert names(page) == ["Kim Muster"]
    assert "0 von 3 da" in page.text


@pytest.mark.parametrize("people", ["4", "-1", "9" * 30])
def test_more_people_than_registered_are_not_let_in(door, guest, people):
    assert tap(door, guest, people).status_code == 409
    assert marks() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"people": "alle"},
        {"people": ""},
        {"operation": ""},
        {"more": "1"},
        {"people": "", "more": "2"},
    ],
)
def test_tap_that_says_too_little_is_not_understood(door, guest, fields):
    assert tap(door, guest, **{"people": "1"} | fields).status_code == 400
    assert marks() == []


def test_tap_without_our_token_does_nothing(door, guest):
    answer = tap(door, guest, "1", csrf_token="")

    assert answer.status_code == 400
    assert marks() == []


def test_guest_of_another_evening_is_not_let_in_here(door, guest):
    elsewhere = RegistrationFactory()

    assert tap(door, elsewhere, "1").status_code == 404
    assert marks() == []


def test_opening_and_searching_change_nothing(door, guest):
    before = all_rows()

    door.get(DOOR)
    search(door, "kim")
    door.head(DOOR)
    by_address = door.get(f"{DOOR}/{guest.ulid}")

    assert by_address.status_code == 200
    assert all_rows() == before


def test_search_stays_where_it_was_after_a_tap(door, guest):
    search(door, "kim mü")

    answer = tap(door, guest, "1")

    assert answer.location == f"{DOOR}#{guest.ulid}"
    assert 'value="kim mü"' in door.get(DOOR).text


@pytest.fixture
def scanned(door, guest, event_session):
    """The page of the guest, with others in the queue before and after."""
    RegistrationFactory.create_batch(2, event_session=event_session, name="Zeynep Yılmaz")
    return lambda: door.get(f"{DOOR}/{guest.ulid}")


def test_scanned_ticket_shows_its_guest_alone(scanned):
    page = scanned()

    assert names(page) == ["Kim Muster"]
    assert buttons(page) == ["people=3", "more=1"]
    assert "0 von 5 da" in page.text


def test_tap_on_a_scanned_ticket_comes_back_to_it(door, guest, scanned):
    search(door, "zeynep")
    fields = form_fields(scanned().text) | {"people": "3"}

    answer = door.post(f"{DOOR}/{guest.ulid}", data=fields)

    assert answer.location == f"{DOOR}/{guest.ulid}#{guest.ulid}"
    assert buttons(scanned()) == ["more=-1", "people=0"]
    assert marks() == [3]


@pytest.mark.parametrize(
    ("status", "said"), [(Status.WITHDRAWN, "abgemeldet"), (Status.WAITING, "Warteliste")]
)
def test_scanned_ticket_without_a_seat_says_so_and_lets_nobody_in(scanned, guest, status, said):
    guest.status = status

    page = scanned()

    assert "Dieser Code gilt nicht" in page.text
    assert f"<p>Kim Muster: {said}</p>" in page.text
    assert (names(page), buttons(page)) == ([], [])


def test_door_of_another_day_says_so(event_session, guest, signed_in, scanned):
    of_today = scanned().text
    event_session.ends_at += timedelta(days=1)
    event_session.starts_at += timedelta(days=1)

    office = signed_in("office")

    warning = "Dieser Termin ist nicht heute, sondern am Dienstag, 8. September 2026"
    assert "nicht heute" not in of_today
    assert warning in office.get(f"{DOOR}/{guest.ulid}").text
    assert warning in office.get(DOOR).text


@pytest.mark.parametrize("page", ["", "/{ulid}"])
def test_door_leads_back_to_what_one_may_see(door, guest, signed_in, page):
    page = DOOR + page.format(ulid=guest.ulid)

    at_the_door, in_the_office = door.get(page).text, signed_in("office").get(page).text

    assert '<a href="/verwaltung/">Zu den Terminen</a>' in at_the_door
    assert f'<a href="{DOOR.removesuffix("/einlass")}">Zu den Personen</a>' in in_the_office


def test_name_that_was_searched_stands_in_no_address(door, guest):
    token = form_fields(door.get(DOOR).text)["csrf_token"]

    answer = door.post(DOOR, data={"csrf_token": token, "suche": "kim"})

    assert (answer.status_code, answer.location) == (303, DOOR)


def test_search_is_for_one_session_only(door, guest):
    search(door, "kim")
    EventSessionFactory(slug="anderer-abend", starts_at=app_clock.now())

    assert 'value="kim"' not in door.get("/verwaltung/termine/anderer-abend/einlass").text


def test_search_shows_who_might_be_meant(door, guest, event_session):
    RegistrationFactory(event_session=event_session, name="Zeynep Yılmaz")

    found = search(door, "yilmaz")
    nobody = search(door, "quark")

    assert names(found) == ["Zeynep Yılmaz"]
    assert "0 von 4 da" in found.text
    assert "Niemand gefunden. Suchen Sie nach einem Teil des Namens." in nobody.text


def test_name_in_html_is_text(door, guest, event_session):
    guest.name = "<b>Kim</b>"

    page = search(door, '"><script>')

    search(door, "")

    assert "<script" not in page.text
    assert "<strong>&lt;b&gt;Kim&lt;/b&gt;</strong>" in door.get(DOOR).text


def test_list_without_guests_says_so(at_the_door, event_session):
    assert "Noch hat niemand einen Platz." in at_the_door(event_session).get(DOOR).text


def test_roster_names_everybody_in_the_order_of_the_queue(event_session):
    late = RegistrationFactory(event_session=event_session, registered_at=app_clock.now())
    early = RegistrationFactory(
        event_session=event_session, registered_at=app_clock.now() - timedelta(days=1)
    )

    assert [one.registration for one in roster.roster(event_session)] == [early, late]
    assert [(one.arrived, one.since) for one in roster.roster(event_session)] == [(0, None)] * 2
