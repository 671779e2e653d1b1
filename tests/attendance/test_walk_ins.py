"""Who comes without having signed up: counted, seated, taken back, and named only if they like."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from chancendialog import clock as app_clock
from chancendialog import journal
from chancendialog.attendance import roster, thanks, walk_ins
from chancendialog.attendance.models import AttendanceMark
from chancendialog.extensions import db
from chancendialog.journal import JournalEntry
from chancendialog.privacy import erasure
from chancendialog.programme.models import EventSession, SessionStatus
from chancendialog.registration import changes, seats
from chancendialog.registration.models import DispatchRecipient, Registration, Source, Status
from tests.browser_client import all_rows, form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.steps import text_of

SESSION = "/verwaltung/termine/abend"
DOOR, GUESTS, BY_NAME = f"{SESSION}/einlass", f"{SESSION}/gaeste", f"{SESSION}/gaeste/neu"


@pytest.fixture
def event_session(app, clock):
    return EventSessionFactory(
        slug="abend", capacity=4, starts_at=app_clock.now() + timedelta(hours=1)
    )


@pytest.fixture
def door(event_session, at_the_door):
    return at_the_door(event_session)


def tap(browser, more="1", **fields):
    """Press the plus or the minus of the guests without a sign-up."""
    return browser.post(GUESTS, data=form_fields(browser.get(DOOR).text) | {"more": more} | fields)


def walked_in():
    """Name, people and status of everybody who came without a sign-up."""
    rows = select(Registration).where(Registration.source == Source.WALK_IN)
    rows = rows.order_by(Registration.id).execution_options(populate_existing=True)
    return [(one.name, one.party_size, one.status) for one in db.session.scalars(rows)]


def deeds():
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id))
    return [(one.code, one.facts) for one in entries if "walk" in one.code]


def test_guests_without_a_name_are_one_party_that_grows_and_shrinks(door, event_session):
    for more in ("1", "1", "1", "-1"):
        answer = tap(door, more)

    assert (answer.status_code, answer.location) == (303, f"{DOOR}#gaeste")
    assert walked_in() == [(walk_ins.TOGETHER, 2, Status.CONFIRMED)]
    assert "2 von 2 da · 2 Plätze für Gäste ohne Anmeldung" in text_of(door.get(DOOR))
    assert seats.numbers_of(event_session).taken == 2
    assert roster.arrived_in(event_session) == 2
    assert deeds() == [
        ("walked_in", {"people": 1}),
        ("walked_in", {"people": 2}),
        ("walked_in", {"people": 3}),
        ("walk_in_taken_back", {"people": 2}),
    ]


def test_tap_sent_twice_is_one_guest(door):
    fields = form_fields(door.get(DOOR).text) | {"more": "1"}

    answers = [door.post(GUESTS, data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert walked_in() == [(walk_ins.TOGETHER, 1, Status.CONFIRMED)]


def test_two_doors_count_together(door, signed_in):
    other_door = signed_in("office")
    pages = [(browser, form_fields(browser.get(DOOR).text)) for browser in (door, other_door)]

    for browser, fields in pages:
        browser.post(GUESTS, data=fields | {"more": "1"})

    assert walked_in() == [(walk_ins.TOGETHER, 2, Status.CONFIRMED)]


def test_eight_taps_of_four_doors_at_once_count_each_of_them_once(app, event_session):
    """Each tap sent twice, all at the same time, in transactions of their own."""
    number = event_session.id
    db.session.commit()  # reading began a transaction, and would keep others waiting

    def tap_of(operation):
        with app.app_context():
            walk_ins.count(
                db.session.get_one(EventSession, number), 1, operation=operation, actor="staff:1"
            )
            db.session.commit()

    with ThreadPoolExecutor(4) as doors:
        list(doors.map(tap_of, [f"tap {one}" for one in range(8) for _twice in range(2)]))

    assert walked_in() == [(walk_ins.TOGETHER, 8, Status.CONFIRMED)]
    assert roster.arrived_in(event_session) == 8


def test_same_party_let_in_at_four_doors_at_once_is_counted_once_per_tap(app, event_session):
    guest = RegistrationFactory(event_session=event_session, party_size=4)
    number = guest.id
    db.session.commit()  # reading began a transaction, and would keep others waiting

    def tap_of(operation):
        with app.app_context():
            one = db.session.get_one(Registration, number)
            roster.count(one, 1, operation=operation, actor="staff:1")
            db.session.commit()

    with ThreadPoolExecutor(4) as doors:
        list(doors.map(tap_of, [f"tap {one}" for one in range(4) for _twice in range(2)]))

    marks = db.session.scalars(select(AttendanceMark.people).order_by(AttendanceMark.id))
    assert list(marks) == [1, 2, 3, 4]


def test_last_one_taken_back_leaves_nobody_and_the_next_is_one_again(door, event_session):
    tap(door)
    tap(door, "-1")
    after = seats.numbers_of(event_session).taken
    tap(door)

    assert after == 0
    assert walked_in() == [(walk_ins.TOGETHER, 1, Status.CONFIRMED)]


def test_there_is_nobody_to_take_back_where_nobody_came(door):
    page = tap(door, "-1")

    assert page.status_code == 409
    assert "Es ist niemand ohne Anmeldung da. Laden Sie die Liste neu." in page.text
    assert walked_in() == []


def test_nobody_is_sent_away_by_us_where_no_seat_is_free(door, event_session):
    RegistrationFactory(event_session=event_session, party_size=4)

    before = text_of(door.get(DOOR))
    tap(door)

    assert "0 von 4 da · 0 Plätze für Gäste ohne Anmeldung" in before
    assert deeds() == [("walked_in_when_full", {"people": 1})]


def test_seats_of_who_wait_are_not_for_newcomers_before_the_start(door, event_session):
    RegistrationFactory(event_session=event_session, status=Status.WAITING, party_size=2)

    assert "0 Plätze für Gäste ohne Anmeldung, denn 1 Person wartet" not in text_of(door.get(DOOR))
    assert "0 Plätze für Gäste ohne Anmeldung, denn 2 Personen warten" in text_of(door.get(DOOR))


def test_seats_of_who_stayed_away_are_for_newcomers_once_it_has_begun(door, event_session, clock):
    here = RegistrationFactory(event_session=event_session, party_size=1)
    RegistrationFactory(event_session=event_session, party_size=3)
    roster.check_in(here, 1, operation="a", actor="staff:1")
    clock.shift(timedelta(hours=1))

    assert "1 von 4 da · 3 Plätze für Gäste ohne Anmeldung" in text_of(door.get(DOOR))


def test_more_people_than_seats_are_said_on_top(door, event_session):
    for _ in range(5):
        tap(door)

    assert "Der Raum ist voll: Es sind 5 Personen da, und es gibt 4 Plätze." in text_of(
        door.get(DOOR)
    )


def test_seat_taken_back_goes_to_whoever_waits(door, event_session):
    event_session.offers = False
    event_session.starts_at += timedelta(hours=5)
    event_session.ends_at += timedelta(hours=5)
    RegistrationFactory(event_session=event_session, party_size=3)
    tap(door)
    waits = RegistrationFactory(event_session=event_session, status=Status.WAITING)
    tap(door, "-1")

    db.session.refresh(waits)
    assert waits.status is Status.CONFIRMED


@pytest.mark.parametrize(
    ("status", "days", "said"),
    [
        (SessionStatus.CALLED_OFF, 0, "Diese Veranstaltung ist abgesagt."),
        (SessionStatus.DRAFT, 0, "Diese Veranstaltung ist noch nicht veröffentlicht."),
        (SessionStatus.PUBLISHED, 1, "lassen Sie erst am Tag der Veranstaltung ein."),
    ],
)
def test_nobody_is_let_in_where_nothing_takes_place(signed_in, event_session, status, days, said):
    event_session.status = status
    event_session.ends_at += timedelta(days=days)
    event_session.starts_at += timedelta(days=days)
    office = signed_in("office")

    counted = tap(office)
    named = office.fill_in(BY_NAME, name="Kim Muster", party_size="1")

    assert (counted.status_code, named.status_code) == (409, 409)
    assert said in counted.text
    assert said in named.text
    assert 'value="Kim Muster"' in named.text
    assert walked_in() == []


def test_who_gives_a_name_is_a_guest_like_others(door, event_session):
    answer = door.fill_in(BY_NAME, name="Kim Muster", party_size="2")

    page = door.get(DOOR)
    guest = db.session.scalar(select(Registration))
    assert answer.location == f"{DOOR}#{guest.ulid}"
    assert walked_in() == [("Kim Muster", 2, Status.CONFIRMED)]
    assert "Kim Muster 2 Personen ohne Anmeldung" in text_of(page)
    assert "2 von 2 da" in text_of(page)
    assert [one.arrived for one in roster.roster(event_session)] == [2]


def test_name_sent_twice_is_one_guest(door):
    fields = form_fields(door.get(BY_NAME).text) | {"name": "Kim Muster", "party_size": "2"}

    answers = [door.post(BY_NAME, data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert walked_in() == [("Kim Muster", 2, Status.CONFIRMED)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Geben Sie den Namen ein"),
        ({"name": "x" * 10_000}, "Der Name darf höchstens 120 Zeichen lang sein"),
        ({"party_size": "viele"}, "Geben Sie bei „Personen“ eine ganze Zahl von 1 bis 20 ein"),
        ({"party_size": "0"}, "Geben Sie bei „Personen“ eine ganze Zahl von 1 bis 20 ein"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(door, fields, said):
    page = door.fill_in(BY_NAME, **{"name": "Kim", "party_size": "1"} | fields)

    assert (page.status_code, said in page.text) == (422, True)
    assert walked_in() == []


@pytest.mark.parametrize("fields", [{"more": "2"}, {"more": ""}, {"operation": "x"}])
def test_tap_that_says_too_little_is_not_understood(door, fields):
    assert tap(door, **fields).status_code == 400
    assert walked_in() == []


def test_reading_the_form_changes_nothing(door):
    before = all_rows()

    door.get(BY_NAME)
    door.get(DOOR)

    assert all_rows() == before


def test_guests_without_a_name_are_none_to_be_deleted_and_named_ones_are(
    door, event_session, clock
):
    tap(door)
    door.fill_in(BY_NAME, name="Kim Muster", party_size="2")
    clock.shift(timedelta(days=60))

    erased = erasure.erase_due()

    assert erased == 1
    assert walked_in() == [
        (walk_ins.TOGETHER, 1, Status.CONFIRMED),
        ("", 2, Status.CONFIRMED),
    ]
    assert roster.arrived_in(event_session) == 3


def test_walk_ins_are_no_sign_that_others_were_marked_at_the_door(event_session, clock):
    came = RegistrationFactory(event_session=event_session)
    walk_ins.count(event_session, 1, operation="first", actor="staff:1")
    clock.shift(timedelta(days=1))

    thanks.thank(event_session)

    thanked = db.session.scalars(select(DispatchRecipient.registration_id))
    assert list(thanked) == [came.id]


def test_marks_of_walk_ins_name_who_made_them(event_session):
    walk_ins.count(event_session, 1, operation="first", actor="staff:1")

    marks = db.session.execute(select(AttendanceMark.operation, AttendanceMark.actor)).all()
    thread = walk_ins.together(event_session).thread
    assert marks == [("first", "staff:1")]
    assert [journal.sentence(one) for one in journal.of_thread(thread)] == [
        "ohne Anmeldung eingelassen, zusammen jetzt: 1"
    ]


def test_guests_without_a_name_keep_their_seats_when_the_room_changes(door, event_session):
    for _guest in range(3):
        tap(door)

    changes.move(
        event_session,
        starts_at=event_session.starts_at,
        ends_at=event_session.ends_at,
        venue=event_session.venue,
        room="Raum 2",
        actor="staff:1",
    )
    tap(door)

    assert walked_in() == [(walk_ins.TOGETHER, 4, Status.CONFIRMED)]


def test_guests_without_a_name_are_counted_and_not_checked_in_by_hand(door, event_session):
    tap(door)
    guests = walk_ins.together(event_session)
    form = form_fields(door.get(DOOR).text)

    answers = [
        door.get(f"{DOOR}/{guests.ulid}"),
        door.post(f"{DOOR}/{guests.ulid}", data=form | {"people": "0"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_same_form_under_another_name_lets_nobody_in_twice(door, event_session):
    form = form_fields(door.get(BY_NAME).text) | {"party_size": "1"}
    door.post(BY_NAME, data=form | {"name": "Kim"})

    answer = door.post(BY_NAME, data=form | {"name": "Kim Muster"})

    assert answer.status_code == 409
    assert "Das steht schon in der Liste" in text_of(answer)
    assert walked_in() == [("Kim", 1, Status.CONFIRMED)]
