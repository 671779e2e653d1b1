"""Numbers of a session: counted once, by rule, and the same when nobody has a name any more."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chancendialog import clock as app_clock
from chancendialog.attendance import roster, walk_ins
from chancendialog.documents import numbers
from chancendialog.documents.numbers import Day, Deed, Figures, Row, Why
from chancendialog.extensions import db
from chancendialog.operations import worker
from chancendialog.registration import booking, waiting_list
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Source, Status
from tests.factories import EventSessionFactory

START = datetime(2026, 9, 1, 10, tzinfo=UTC)


def row(ulid="A", party_size=1, status=Status.CONFIRMED, **facts):
    blank = Row(1, ulid, party_size, status, Source.ONLINE, START, None, None, 0, None)
    return blank._replace(**facts)


def deed(code, ulid="A", after=timedelta(), actor="resident", **facts):
    return Deed("session:1", f"registration:{ulid}", START + after, actor, code, facts)


def figures(rows=(), deeds=(), until=START, **facts):
    return numbers.figures(rows, deeds, capacity=10, until=until, **facts)


def test_session_without_anybody_has_only_its_seats():
    assert figures() == numbers.Figures(capacity=10)
    assert (figures().no_show_rate, figures().left) == (None, 0)


def test_people_are_counted_and_not_sign_ups():
    rows = [row("A", 3), row("B", 2, Status.WAITING), row("C", 1, Status.WITHDRAWN)]

    of = figures(rows)

    assert (of.parties, of.signed_up, of.seated) == (3, 6, 3)


def test_who_corrected_their_address_signed_up_once():
    assert figures([row("A", 2, Status.WITHDRAWN, link_version=1), row("B", 2)]).signed_up == 2


def test_who_came_is_compared_with_who_had_a_seat():
    rows = [
        row("A", 3, came=2),
        row("B", 1),
        row("C", 4, came=4, source=Source.WALK_IN),
        row("D", 1, Status.WITHDRAWN, came=1),
    ]

    of = figures(rows)

    assert (of.seated, of.came, of.stayed_away, of.walk_ins) == (4, 2, 2, 4)
    assert of.no_show_rate == 0.5


def test_nothing_is_said_of_who_came_where_nobody_was_marked():
    assert figures([row("A", 3)]).no_show_rate is None


def test_each_end_has_its_reason():
    codes = ["withdrawn", "cannot_come", "switched", "offer_passed_on", "given_up_with_name"]
    names = "ABCDE"
    rows = [row(name, 2, Status.WITHDRAWN) for name in names]
    rows += [
        row("F", 2, Status.WITHDRAWN),
        row("G", 3, Status.EXPIRED),
        row("H", 4, Status.EXPIRED, offered_at=START),
    ]
    deeds = [deed(code, name, party_size=2) for name, code in zip(names, codes, strict=True)]
    deeds.append(deed("withdrawn", "F", actor="staff:7", party_size=1))

    of = figures(rows, deeds)

    assert of.ends == {
        Why.LINK: 2,
        Why.QUESTION: 2,
        Why.SWITCHED: 2,
        Why.PASSED_ON: 2,
        Why.ERASED: 2,
        Why.OFFICE: 1,
        Why.UNCONFIRMED: 3,
        Why.OFFER_EXPIRED: 4,
    }
    assert of.ends_of_parties == dict.fromkeys(Why, 1)
    assert of.left == 18


@pytest.mark.parametrize(
    ("hold", "has_begun", "ends"),
    [
        (timedelta(hours=1), False, {}),
        (None, False, {}),  # would join the queue after the click
        (timedelta(hours=-1), False, {Why.UNCONFIRMED: 1}),
        (timedelta(hours=1), True, {Why.UNCONFIRMED: 1}),
        (None, True, {Why.UNCONFIRMED: 1}),
    ],
)
def test_click_that_is_missing_ends_a_sign_up_with_its_time_or_the_start(hold, has_begun, ends):
    held = row(status=Status.UNVERIFIED, hold_until=hold and START + hold)

    assert figures([held], has_begun=has_begun).ends == ends


def test_days_tell_how_many_had_signed_up_and_how_many_had_a_seat():
    day = timedelta(days=1)
    rows = [
        row("A", 2),
        row("B", 3, Status.WITHDRAWN, registered_at=START + day),
        row("C", 1, registered_at=START + day),
    ]
    deeds = [
        deed("registered", "A", party_size=4, status="confirmed"),
        deed("registered", "B", day, party_size=3, status="confirmed"),
        deed("registered", "C", day, party_size=1, status="waiting"),
        deed("party_resized", "A", 3 * day, party_size=2, before=4, now=2),
        deed("withdrawn", "B", 3 * day, party_size=3),
        deed("seated_from_waiting_list", "C", 3 * day, party_size=1, free=5),
    ]

    assert figures(rows, deeds, until=START + 4 * day).days == [
        Day(date(2026, 9, 1), 2, 4),
        Day(date(2026, 9, 2), 6, 7),
        Day(date(2026, 9, 3), 6, 7),
        Day(date(2026, 9, 4), 6, 3),
        Day(date(2026, 9, 5), 6, 3),
    ]


def test_days_are_those_of_hannover():
    late = datetime(2026, 9, 1, 22, 30, tzinfo=UTC)

    assert [one.day for one in figures([row(registered_at=late)]).days] == [date(2026, 9, 2)]


def test_waiting_list_is_told_with_who_was_served_and_how_long_half_of_them_waited():
    hour = timedelta(hours=1)
    rows = [row(name, size) for name, size in zip("ABCDE", (1, 2, 1, 1, 4), strict=True)]
    deeds = [
        deed("registered", one.ulid, party_size=one.party_size, status="waiting")
        for one in rows[:4]
    ]
    deeds += [
        deed("registered", "E", party_size=4, status="confirmed"),
        deed("seated_from_waiting_list", "A", hour, party_size=1, free=1),
        deed("offered", "B", hour, party_size=2, free=2, until=START.isoformat()),
        deed("offer_accepted", "B", 3 * hour, party_size=2, status="confirmed"),
        deed("seated_from_waiting_list", "C", 9 * hour, party_size=1, free=1),
    ]

    of = figures(rows, deeds)

    assert (of.joined_queue, of.served, of.wait) == (5, 4, 3 * hour)


@pytest.fixture
def evening(app, clock):
    """A session that saw everything, and is over."""
    event_session = EventSessionFactory(
        capacity=5, offers=False, starts_at=app_clock.now() + timedelta(days=10)
    )
    names = ("seated", "gives up", "waits", "stays away", "waits in vain", "again")
    sizes = (2, 2, 2, 1, 1, 1)
    people = [
        booking.register(
            event_session,
            Applicant(name=name, email=f"{number}@x.test", party_size=size, would_wait=True),
        )
        for number, (name, size) in enumerate(zip(names, sizes, strict=True))
    ]
    clock.shift(timedelta(days=1))
    booking.withdraw(people[1])
    booking.readdress(people[3], "other@x.test", actor="staff:1")
    unclicked = booking.register(
        event_session, Applicant(name="never", email="n@x.test", by_mail=True, would_wait=True)
    )
    assert unclicked.status is Status.UNVERIFIED
    clock.move_to(event_session.starts_at)
    roster.check_in(people[0], 1, operation="a", actor="staff:1")
    walk_ins.count(event_session, 1, operation="b", actor="staff:1")
    walk_ins.let_in(event_session, "Kim", 2, operation="c", actor="staff:1")
    clock.move_to(event_session.ends_at)
    db.session.commit()
    return event_session


def test_what_happened_is_counted_from_what_was_noted(evening):
    of = numbers.of_sessions([evening])[evening.id]

    assert replace(of, days=[]) == numbers.Figures(
        capacity=5,
        parties=7,
        signed_up=10,
        seated=5,
        came=1,
        walk_ins=3,
        was_marked=True,
        joined_queue=4,
        served=2,
        wait=timedelta(days=1),
        ends={Why.LINK: 2, Why.UNCONFIRMED: 1},
        ends_of_parties={Why.LINK: 1, Why.UNCONFIRMED: 1},
    )
    assert of.days[-1] == Day(date(2026, 9, 17), 10, 5)


def test_numbers_are_the_same_when_all_names_are_gone(evening, clock):
    before = numbers.of_sessions([evening])
    clock.shift(timedelta(days=60))

    worker.erase()

    assert {one.name for one in db.session.query(Registration)} == {"", walk_ins.TOGETHER}
    assert numbers.of_sessions([evening]) == before


def test_healing_changes_no_numbers(evening):
    before = numbers.of_sessions([evening])

    waiting_list.give_away(evening)

    assert numbers.of_sessions([evening]) == before


def test_each_session_has_its_own_numbers_and_all_take_two_questions(evening, statements):
    other = EventSessionFactory()

    both = numbers.of_sessions([evening, other])

    assert both[evening.id] == numbers.of_sessions([evening])[evening.id]
    assert both[other.id] == numbers.Figures(capacity=10)
    assert statements(lambda: numbers.of_sessions([evening, other])) == 2


def test_figures_of_several_sessions_are_added_up_and_so_are_their_days():
    first, second, third, fourth = (date(2026, 9, day) for day in (1, 2, 3, 4))
    one = Figures(
        10, signed_up=3, ends=Counter({Why.LINK: 1}), days=[Day(first, 1, 1), Day(second, 3, 2)]
    )
    two = Figures(5, signed_up=2, ends=Counter({Why.LINK: 2}), days=[Day(fourth, 2, 2)])

    both = numbers.in_all([one, two, Figures(7)])

    assert (both.capacity, both.signed_up, both.ends) == (22, 5, Counter({Why.LINK: 3}))
    assert both.days == [
        Day(first, 1, 1), Day(second, 3, 2), Day(third, 3, 2), Day(fourth, 5, 4),
    ]  # fmt: skip


def test_series_without_sessions_has_no_numbers():
    assert numbers.in_all([]) == Figures(0)
