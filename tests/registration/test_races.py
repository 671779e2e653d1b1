"""Many at once, from processes of their own: no seat is sold twice or left empty.

Each process has its own connection; a barrier lets them all start together.
"""

import multiprocessing
import time
from collections import Counter
from datetime import UTC, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from chancendialog import clock, create_app, journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.programme import queries
from chancendialog.programme.models import Confirmation
from chancendialog.registration import (
    booking,
    changes,
    coming_back,
    dispatches,
    seats,
    several,
    switching,
    waiting_list,
)
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import (
    HELD,
    Dispatch,
    DispatchRecipient,
    Occasion,
    Registration,
    Status,
)
from tests.factories import (
    EventSessionFactory,
    RegistrationFactory,
    SeriesFactory,
    TopicFactory,
    VenueFactory,
)

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

PROCESSES = 4
fork = multiprocessing.get_context("fork")


def in_processes(config, work, shares, *, just_before=lambda: None):
    """Run `work(share)` in one process each, all starting together; fail if one fails."""
    db.session.commit()
    db.engine.dispose()  # a forked child must not use its parent's connections
    barrier = fork.Barrier(len(shares))
    children = [
        fork.Process(target=_alone, args=(config, work, share, barrier, just_before))
        for share in shares
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=120)
    assert [child.exitcode for child in children] == [0] * len(children)
    db.session.expire_all()


def _alone(config, work, share, barrier, just_before):
    app = create_app(config)
    with app.app_context():
        if barrier.wait(timeout=60) == 0:
            just_before()
            db.session.commit()
        barrier.wait(timeout=60)
        for one in share:
            work(one)
            db.session.commit()
            db.session.remove()


def sign_up(errand):
    session_id, number, size = errand
    event_session = db.session.get(seats.EventSession, session_id)
    booking.register(
        event_session,
        Applicant(name="Kim", email=f"kim{number}@example.org", party_size=size, would_wait=True),
    )


def withdraw(registration_id):
    booking.withdraw(db.session.get(Registration, registration_id))


def states(event_session):
    rows = db.session.scalars(
        select(Registration.status).where(Registration.event_session_id == event_session.id)
    )
    return Counter(rows)


def test_ten_seats_are_sold_ten_times(app, config, letters):
    event_session = EventSessionFactory(capacity=10)
    errands = [(event_session.id, number, 1) for number in range(60)]

    in_processes(config, sign_up, [errands[n::PROCESSES] for n in range(PROCESSES)])

    assert states(event_session) == {Status.CONFIRMED: 10, Status.WAITING: 50}
    assert Counter(kind for kind, _ in letters()) == {"confirmed": 10, "waiting": 50}


def test_who_came_first_has_the_seat(app, config):
    event_session = EventSessionFactory(capacity=5)
    errands = [(event_session.id, number, 1) for number in range(40)]

    in_processes(config, sign_up, [errands[n::PROCESSES] for n in range(PROCESSES)])

    in_order = db.session.scalars(
        select(Registration.status).order_by(Registration.registered_at, Registration.id)
    ).all()
    assert in_order == [Status.CONFIRMED] * 5 + [Status.WAITING] * 35


def test_parties_never_overfill_the_room(app, config):
    event_session = EventSessionFactory(capacity=20)
    errands = [(event_session.id, number, 1 + number % 4) for number in range(40)]

    in_processes(config, sign_up, [errands[n::PROCESSES] for n in range(PROCESSES)])

    assert seats.numbers_of(event_session).taken <= 20


def test_seats_given_up_at_once_go_to_as_many_who_wait(app, config, letters):
    event_session = EventSessionFactory(capacity=12, offers=False)
    seated = RegistrationFactory.create_batch(12, event_session=event_session)
    waiting = RegistrationFactory.create_batch(
        20, event_session=event_session, status=Status.WAITING
    )
    ids = [one.id for one in seated]

    in_processes(config, withdraw, [ids[n::PROCESSES] for n in range(PROCESSES)])

    assert states(event_session) == {
        Status.WITHDRAWN: 12,
        Status.CONFIRMED: 12,
        Status.WAITING: 8,
    }
    assert [one.status for one in waiting] == [Status.CONFIRMED] * 12 + [Status.WAITING] * 8


def test_the_same_seat_given_up_by_all_at_once_is_given_up_once(app, config, letters):
    event_session = EventSessionFactory(capacity=1, offers=False)
    seated = RegistrationFactory(event_session=event_session)
    RegistrationFactory.create_batch(5, event_session=event_session, status=Status.WAITING)

    in_processes(config, withdraw, [[seated.id]] * PROCESSES)

    assert Counter(kind for kind, _ in letters()) == {"withdrawn": 1, "promoted": 1}
    assert states(event_session) == {Status.WITHDRAWN: 1, Status.CONFIRMED: 1, Status.WAITING: 4}


def test_the_same_address_at_once_is_one_registration(app, config):
    event_session = EventSessionFactory()

    in_processes(config, sign_up_once, [[event_session.id]] * PROCESSES)

    assert states(event_session) == {Status.CONFIRMED: 1}


def sign_up_once(session_id):
    event_session = db.session.get(seats.EventSession, session_id)
    try:
        booking.register(event_session, Applicant(name="Kim", email="kim@example.org"))
    except booking.AlreadyRegistered as found:
        booking.remind_of_registration(found.registration)


def test_a_room_that_grows_meanwhile_ends_up_full(app, config):
    event_session = EventSessionFactory(capacity=10, offers=False)
    errands = [(event_session.id, number, 1) for number in range(30)]

    in_processes(
        config, sign_up_or_resize, [*(errands[n::3] for n in range(3)), [(event_session.id, 25)]]
    )

    assert states(event_session) == {Status.CONFIRMED: 25, Status.WAITING: 5}
    no_seat_was_promised_twice(event_session, 10)


def test_a_room_that_shrinks_meanwhile_takes_nobody_more(app, config):
    event_session = EventSessionFactory(capacity=10)
    errands = [(event_session.id, number, 1) for number in range(30)]

    in_processes(
        config, sign_up_or_resize, [*(errands[n::3] for n in range(3)), [(event_session.id, 3)]]
    )

    assert 3 <= seats.numbers_of(event_session).taken <= 10
    no_seat_was_promised_twice(event_session, 10)


def sign_up_or_resize(errand):
    if len(errand) == 3:
        sign_up(errand)
    else:
        session_id, capacity = errand
        changes.resize(db.session.get(seats.EventSession, session_id), capacity, actor="staff:1")


def test_seats_given_up_at_once_are_offered_once_each(app, config, letters):
    event_session = EventSessionFactory(capacity=12)
    seated = RegistrationFactory.create_batch(12, event_session=event_session)
    RegistrationFactory.create_batch(20, event_session=event_session, status=Status.WAITING)
    ids = [one.id for one in seated]

    in_processes(config, withdraw, [ids[n::PROCESSES] for n in range(PROCESSES)])

    assert Counter(kind for kind, _ in letters()) == {"withdrawn": 12, "offer": 12}
    assert states(event_session)[Status.OFFERED] == 12


def test_an_offer_accepted_by_all_at_once_is_one_seat(app, config, letters):
    offered = an_offer(EventSessionFactory(capacity=1), until=timedelta(hours=1))

    in_processes(config, accept, [[offered.id]] * PROCESSES)

    assert states(offered.event_session) == {Status.CONFIRMED: 1}
    assert letters() == [("confirmed", offered.email)]


def test_an_offer_accepted_and_passed_on_at_once_is_passed_on(app, config, letters):
    """Whichever came first: the other was somebody's last word, or came too late."""
    event_session = EventSessionFactory(capacity=1)
    offered = an_offer(event_session, until=timedelta(hours=1))
    waiting = RegistrationFactory(event_session=event_session, status=Status.WAITING)

    in_processes(config, say, [[("yes", offered.id)], [("no", offered.id)]] * 2)

    assert [offered.status, waiting.status] == [Status.WITHDRAWN, Status.OFFERED]
    assert letters() == [("withdrawn", offered.email), ("offer", waiting.email)]


def say(errand):
    word, registration_id = errand
    registration = db.session.get(Registration, registration_id)
    unless_refused(booking.confirm if word == "yes" else booking.withdraw, registration)


def unless_refused(deed, *facts, **named):
    """As a page does it: a refusal is read and leaves no trace."""
    try:
        deed(*facts, **named)
    except (DomainError, booking.AlreadyRegistered):
        db.session.rollback()


@pytest.mark.parametrize("held", HELD)
def test_yes_at_the_deadline_is_the_seat_or_a_place_in_the_queue(app, config, letters, held):
    """Twelve evenings, each with one seat that is held for a moment; two click, two look."""
    pairs = [one_held_one_waiting(held) for _ in range(12)]
    ids = [silent.id for silent, _ in pairs]

    in_processes(
        config,
        at_the_deadline,
        [[(deed, one) for one in ids] for deed in (click, click, look, look)],
        just_before=partial(deadlines_come, ids),
    )

    outbox = letters()
    outcomes = [
        (silent.status, waiting.status, [kind for kind, to in outbox if to == silent.email])
        for silent, waiting in pairs
    ]
    in_time = (Status.CONFIRMED, Status.WAITING, ["confirmed"])
    too_late = (Status.WAITING, Status.OFFERED, ["waiting"])
    assert [one for one in outcomes if one not in (in_time, too_late)] == []


def one_held_one_waiting(held):
    event_session = EventSessionFactory(capacity=1)
    long_ago = clock.now() - timedelta(hours=1)
    return [
        RegistrationFactory(
            event_session=event_session,
            status=status,
            registered_at=long_ago,
            hold_until=clock.now() + timedelta(hours=1) if status is held else None,
        )
        for status in (held, Status.WAITING)
    ]


def deadlines_come(ids):
    """One after the other, the first in a moment."""
    for number, registration_id in enumerate(ids):
        moment = clock.now() + timedelta(seconds=0.2 + 0.04 * number)
        db.session.execute(
            update(Registration).filter_by(id=registration_id).values(hold_until=moment)
        )


def at_the_deadline(errand):
    deed, registration_id = errand
    until = db.session.get(Registration, registration_id).hold_until
    db.session.rollback()
    if until:
        time.sleep(max(0.0, (until - clock.now()).total_seconds() - 0.005))
    deed(registration_id)


def look(_registration_id):
    worker.give_away_in(waiting_list.sessions_with_expired_holds())


def test_the_last_call_has_one_winner(app, config, letters):
    event_session = EventSessionFactory(capacity=1, starts_at=clock.now() + timedelta(hours=2))
    waiting = RegistrationFactory.create_batch(
        8, event_session=event_session, status=Status.WAITING
    )
    seats.take_turn(event_session)
    waiting_list.give_away(event_session)
    ids = [one.id for one in waiting]

    in_processes(config, click, [ids[n::PROCESSES] for n in range(PROCESSES)])

    assert states(event_session) == {Status.CONFIRMED: 1, Status.WAITING: 7}
    assert [kind for kind, _ in letters()] == ["confirmed"]


def test_staff_and_residents_at_once_never_overfill_the_room(app, config):
    event_session = EventSessionFactory(capacity=10)
    errands = [(event_session.id, number, 1) for number in range(40)]

    in_processes(
        config,
        sign_up_or_enter,
        [*(errands[n::4] for n in range(3)), [("staff", *one) for one in errands[3::4]]],
    )

    assert states(event_session) == {Status.CONFIRMED: 10, Status.WAITING: 30}


def an_offer(event_session, until):
    return RegistrationFactory(
        event_session=event_session,
        status=Status.OFFERED,
        offered_at=clock.now(),
        hold_until=clock.now() + until,
    )


def accept(registration_id):
    booking.confirm(db.session.get(Registration, registration_id))


def click(registration_id):
    try:
        accept(registration_id)
    except booking.SeatGone:
        db.session.rollback()


def sign_up_or_enter(errand):
    if errand[0] != "staff":
        sign_up(errand)
        return
    _staff, session_id, number, size = errand
    applicant = Applicant(
        name="Kim", email=f"kim{number}@example.org", party_size=size, would_wait=True
    )
    booking.enter(db.session.get(seats.EventSession, session_id), applicant, actor="staff:1")


def test_the_same_person_entered_at_once_is_one_registration(app, config, letters):
    event_session = EventSessionFactory()

    in_processes(config, enter, [[(event_session.id, 1, 1)]] * PROCESSES)

    assert states(event_session) == {Status.CONFIRMED: 1}
    assert letters() == [("confirmed", "kim1@example.org")]


def enter(errand):
    session_id, number, size = errand
    applicant = Applicant(
        name="Kim", email=f"kim{number}@example.org", party_size=size, would_wait=True
    )
    event_session = db.session.get(seats.EventSession, session_id)
    unless_refused(booking.enter, event_session, applicant, actor="staff:1")


@pytest.mark.parametrize("offers", [True, False])
def test_whatever_happens_at_once_no_seat_is_promised_twice_or_left_empty(app, config, offers):
    """The room changes, staff enter parties, these change size, are asked and decide."""
    event_session = EventSessionFactory(capacity=8, offers=offers)
    for number in range(4):
        booking.enter(event_session, staff_knows(number), actor="staff:1")
    ids = db.session.scalars(select(Registration.id)).all()
    session_id = event_session.id

    in_processes(
        config,
        lambda deed: deed(),
        [
            [partial(make_room, session_id, seats) for seats in (12, 5, 9, 3, 10, 6, 14, 8) * 2],
            [partial(enter, (session_id, n, 1 + n % 3)) for n in range(4, 24)],
            [partial(bring, ids[n % 4], 1 + n * 3 % 4) for n in range(20)],
            [partial(somebody_decides, session_id, n) for n in range(20)],
        ],
    )

    no_seat_was_promised_twice(event_session, 8)
    assert not seats.numbers_of(event_session).somebody_fits


def staff_knows(number):
    return Applicant(name="Kim", email=f"kim{number}@example.org", party_size=2)


def make_room(session_id, capacity):
    changes.resize(db.session.get(seats.EventSession, session_id), capacity, actor="staff:1")


def bring(registration_id, people):
    registration = db.session.get(Registration, registration_id)
    unless_refused(booking.resize_party, registration, people)


def somebody_decides(session_id, number):
    """Who was asked last accepts or passes on; every fourth time somebody leaves."""
    somebody = db.session.scalar(
        select(Registration)
        .filter_by(
            event_session_id=session_id,
            status=Status.OFFERED if number % 4 else Status.CONFIRMED,
        )
        .order_by(Registration.id.desc())
        .limit(1)
    )
    if somebody:
        unless_refused(booking.confirm if number % 2 else booking.withdraw, somebody)


def no_seat_was_promised_twice(event_session, capacity):
    """Repeat the journal, which is in the order of turns: whoever got seats found them free."""
    sizes, seated = {}, set()
    for entry in reversed(journal.of_scope(event_session.thread)):
        facts, code, before = entry.facts, entry.code, sum(sizes[one] for one in seated)
        if code == "session_resized":
            capacity = facts["now"]
        elif code in {"withdrawn", "switched", "offer_passed_on", "offer_expired"}:
            seated.discard(entry.thread)
        elif code == "party_resized":
            sizes[entry.thread] = facts["now"]
        elif facts.get("status") == "confirmed" or code in {"offered", "seated_from_waiting_list"}:
            sizes[entry.thread] = facts["party_size"]
            seated.add(entry.thread)
        now = sum(sizes[one] for one in seated)
        assert now <= max(capacity, before), f"{now} people on {capacity} seats: {code} {facts}"
    assert now == seats.numbers_of(event_session).taken


def test_a_link_asked_for_again_while_the_worker_reminds_is_two_letters(app, config):
    event_session = EventSessionFactory(confirmation=Confirmation.BY_MAIL)
    for number in range(10):
        applicant = Applicant(name="Kim", email=f"kim{number}@example.org")
        booking.register(event_session, applicant).remind_at = clock.now()
    db.session.flush()
    db.session.execute(update(OutgoingMail).values(state=MailState.SENT, attempts=1))
    ids = db.session.scalars(select(Registration.id)).all()

    in_processes(
        config,
        lambda deed: deed(),
        [[partial(ask_again, one) for one in ids], [worker.remind], [worker.remind]],
    )

    posted = db.session.execute(select(OutgoingMail.thread, OutgoingMail.rank)).all()
    threads = {thread for thread, _ in posted}
    assert [sorted(rank for one, rank in posted if one == thread) for thread in threads] == [
        [0, 1, 2]
    ] * 10


def ask_again(registration_id):
    """As the page behind the receipt does it."""
    booking.remind_of_registration(db.session.get(Registration, registration_id))


def a_dispatch(event_session):
    """A letter of staff to all who have a seat."""
    draft = Dispatch(
        event_session=event_session,
        kind=Occasion.MESSAGE,
        subject="Neues",
        text="Bitte kommen Sie früher.",
        audience="seated",
        actor="staff:1",
    )
    db.session.add(draft)
    db.session.commit()
    return draft


def send(dispatch_id):
    dispatch = db.session.get(Dispatch, dispatch_id)
    dispatches.send(dispatch, Registration.status == Status.CONFIRMED, actor="staff:1")


def written():
    """How many letters each thread has that were not taken back."""
    left = OutgoingMail.state != MailState.SUPERSEDED
    return Counter(db.session.scalars(select(OutgoingMail.thread).where(left)))


def test_a_letter_to_many_sent_by_all_at_once_is_sent_once(app, config):
    event_session = EventSessionFactory()
    people = RegistrationFactory.create_batch(5, event_session=event_session)
    draft = a_dispatch(event_session)

    in_processes(config, send, [[draft.id]] * PROCESSES)
    worker.write()

    assert written() == {one.thread: 1 for one in people}


def test_two_workers_write_to_many_once_each(app, config):
    event_session = EventSessionFactory(capacity=120)
    people = RegistrationFactory.create_batch(120, event_session=event_session)
    draft = a_dispatch(event_session)
    send(draft.id)

    in_processes(config, lambda deed: deed(), [[worker.write]] * 2)
    worker.write()

    assert written() == {one.thread: 1 for one in people}
    assert db.session.get(Dispatch, draft.id).written_at
    assert db.session.scalars(select(DispatchRecipient).filter_by(written_at=None)).all() == []


def test_session_that_moves_while_the_worker_writes_is_told_as_it_ends_up(app, config):
    event_session = EventSessionFactory(capacity=60)
    people = RegistrationFactory.create_batch(60, event_session=event_session)
    numbers = {one.thread: one for one in people}
    hours = [partial(move, event_session.id, n) for n in range(1, 7)]

    in_processes(config, lambda deed: deed(), [hours, [worker.write] * 8, [worker.write] * 8])
    worker.write()

    starts_at = event_session.starts_at.astimezone(UTC).isoformat()
    last = {
        mail.thread: mail
        for mail in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.rank))
    }
    assert {thread: mail.told["starts_at"] for thread, mail in last.items()} == dict.fromkeys(
        numbers, starts_at
    )
    assert {
        b"SEQUENCE:%d\r\n" % one.ical_sequence in last[one.thread].calendar for one in people
    } == {True}


def move(session_id, hours):
    event_session = db.session.get(seats.EventSession, session_id)
    changes.move(
        event_session,
        starts_at=event_session.starts_at + timedelta(hours=hours),
        ends_at=event_session.ends_at + timedelta(hours=hours),
        venue=event_session.venue,
        actor="staff:1",
    )


def test_who_leaves_or_moves_while_the_worker_writes_is_written_to_once_at_most(app, config):
    event_session = EventSessionFactory(capacity=60)
    people = RegistrationFactory.create_batch(60, event_session=event_session)
    send(a_dispatch(event_session).id)
    leave = [partial(withdraw, one.id) for one in people[::3]]
    change = [partial(readdress, one.id) for one in people[1::3]]

    in_processes(config, lambda deed: deed(), [leave, change, [worker.write] * 4])
    worker.write()

    messages = Counter(
        db.session.scalars(
            select(OutgoingMail.recipient).where(
                OutgoingMail.kind == "message", OutgoingMail.state != MailState.SUPERSEDED
            )
        )
    )
    stayed = [one.email for one in people[2::3]] + [f"new{one.id}@x.test" for one in people[1::3]]
    assert {email: messages[email] for email in stayed} == dict.fromkeys(stayed, 1)
    assert set(messages) - set(stayed) <= {one.email for one in people[::3]}
    assert set(messages.values()) == {1}


def readdress(registration_id):
    registration = db.session.get(Registration, registration_id)
    booking.readdress(registration, f"new{registration_id}@x.test", actor="staff:1")


def test_a_lost_letter_written_again_by_all_at_once_is_written_once(app, config):
    kim = RegistrationFactory()
    changes.call_off(kim.event_session, actor="staff:1")
    worker.write()
    db.session.execute(update(OutgoingMail).values(state=MailState.REFUSED, attempts=1))
    (number,) = db.session.scalars(select(OutgoingMail.id))

    in_processes(config, write_again, [[(kim.id, number)]] * PROCESSES)

    assert written() == {kim.thread: 1}


def write_again(errand):
    registration_id, number = errand
    registration = db.session.get(Registration, registration_id)
    mail = db.session.get(OutgoingMail, number)
    dispatches.write_again(registration, mail, actor="staff:1")


def test_people_who_switch_in_opposite_directions_do_not_wait_for_each_other(app, config, letters):
    one, other = EventSessionFactory(capacity=30), EventSessionFactory(capacity=30)
    from_one = RegistrationFactory.create_batch(12, event_session=one)
    from_other = RegistrationFactory.create_batch(12, event_session=other)
    errands = [
        [(mover.id, to.id) for mover in movers]
        for movers, to in (
            (from_one[::2], other),
            (from_other[::2], one),
            (from_one[1::2], other),
            (from_other[1::2], one),
        )
    ]

    in_processes(config, switch, errands)

    assert states(one) == states(other) == {Status.WITHDRAWN: 12, Status.CONFIRMED: 12}
    assert Counter(kind for kind, _ in letters()) == {"confirmed": 24, "withdrawn": 24}


def switch(errand):
    registration_id, to_id = errand
    registration = db.session.get(Registration, registration_id)
    unless_refused(switching.switch, registration, db.session.get(seats.EventSession, to_id))


def test_the_last_seat_goes_to_one_and_who_wanted_to_switch_to_it_keeps_theirs(app, config):
    """Ten evenings with one seat each; two would switch to it, two sign up for it."""
    first = EventSessionFactory(capacity=20)
    evenings = EventSessionFactory.create_batch(10, capacity=1, waiting_list=False)
    movers = [[RegistrationFactory(event_session=first).id for _ in evenings] for _ in range(2)]
    ids = [one.id for one in evenings]

    in_processes(
        config,
        lambda deed: deed(),
        [
            *([partial(switch, pair) for pair in zip(some, ids, strict=True)] for some in movers),
            *([partial(sign_up_if_free, one, number) for one in ids] for number in range(2)),
        ],
    )

    assert [states(one)[Status.CONFIRMED] for one in evenings] == [1] * 10
    moved = [one for one in db.session.scalars(select(Registration)) if one.receipt]
    gone = states(first)[Status.WITHDRAWN]
    assert gone == sum(one.email.startswith("erika") for one in moved)
    assert states(first)[Status.CONFIRMED] == 20 - gone


def sign_up_if_free(session_id, number):
    event_session = db.session.get(seats.EventSession, session_id)
    applicant = Applicant(name="Kim", email=f"kim{number}@example.org")
    unless_refused(booking.register, event_session, applicant)


def test_forms_for_several_in_any_order_do_not_wait_for_each_other(app, config):
    evenings = EventSessionFactory.create_batch(3, capacity=10)
    ids = [one.id for one in evenings]
    orders = [ids, ids[::-1], [*ids[1:], ids[0]], [ids[1], ids[0], ids[2]]]
    errands = [
        [(order, f"kim{number}-{n}@example.org") for n in range(4)]
        for number, order in enumerate(orders)
    ]

    in_processes(config, sign_up_for_several, errands)

    assert [states(one) for one in evenings] == [{Status.CONFIRMED: 10, Status.WAITING: 6}] * 3


def sign_up_for_several(errand):
    order, email, *receipt = errand
    first, *others = (db.session.get(seats.EventSession, one) for one in order)
    applicant = Applicant(
        name="Kim", email=email, would_wait=True, receipt=receipt[0] if receipt else None
    )
    several.sign_up(first, applicant, [several.Wish(one, applicant) for one in others])


def test_one_form_for_several_sent_by_all_at_once_is_one_registration_each(app, config, letters):
    ids = [one.id for one in EventSessionFactory.create_batch(3)]

    in_processes(config, sign_up_for_several, [[(ids, "kim@example.org", "F1")]] * PROCESSES)

    assert Counter(letters()) == {("confirmed", "kim@example.org"): 3}


def test_form_for_several_and_lost_links_of_the_same_person_do_not_wait_for_each_other(app, config):
    evenings = EventSessionFactory.create_batch(3)
    for one in evenings:
        RegistrationFactory(event_session=one, email="kim@example.org")
    ids = [one.id for one in evenings]

    in_processes(
        config,
        sign_up_or_ask,
        [[(ids, "kim@example.org", f"F{n}") for n in range(20)], [None] * 40] * 2,
    )

    assert [states(one) for one in evenings] == [{Status.CONFIRMED: 1}] * 3


def sign_up_or_ask(errand):
    if errand:
        sign_up_for_several(errand)
    else:
        booking.send_links("kim@example.org")


def test_a_switch_pressed_by_all_at_once_is_one_switch(app, config, letters):
    kim, to = RegistrationFactory(), EventSessionFactory()

    in_processes(config, switch, [[(kim.id, to.id)]] * PROCESSES)

    assert states(kim.event_session) == {Status.WITHDRAWN: 1}
    assert states(to) == {Status.CONFIRMED: 1}
    assert letters() == [("confirmed", kim.email), ("withdrawn", kim.email)]


def test_the_last_seat_goes_to_one_of_those_who_come_back_and_those_who_sign_up(app, config):
    """Ten evenings with one seat each, which two gave up; each evening a stranger wants it, too."""
    evenings = EventSessionFactory.create_batch(10, capacity=2, waiting_list=False)
    gone = [RegistrationFactory.create_batch(2, event_session=one) for one in evenings]
    for one in [one for pair in gone for one in pair]:
        booking.withdraw(one)
    for one in evenings:
        one.capacity = 1
    ids = [one.id for one in evenings]

    in_processes(
        config,
        lambda deed: deed(),
        [
            *([partial(come_back, one.id) for one in some] for some in zip(*gone, strict=True)),
            *([partial(sign_up_if_free, one, number) for one in ids] for number in range(2)),
        ],
    )

    assert [states(one)[Status.CONFIRMED] for one in evenings] == [1] * 10


def come_back(registration_id):
    unless_refused(coming_back.come_back, db.session.get(Registration, registration_id))


def test_a_way_back_taken_by_all_at_once_is_taken_once(app, config, letters):
    kim = RegistrationFactory()
    booking.withdraw(kim)

    in_processes(config, come_back, [[kim.id]] * PROCESSES)

    assert states(kim.event_session) == {Status.WITHDRAWN: 1, Status.CONFIRMED: 1}
    assert letters() == [("withdrawn", kim.email), ("confirmed", kim.email)]


def test_who_comes_back_and_signs_up_at_once_has_one_registration(app, config, letters):
    event_session = EventSessionFactory()
    kim = RegistrationFactory(event_session=event_session, email="kim@example.org")
    booking.withdraw(kim)

    in_processes(
        config,
        lambda deed: deed(),
        [[partial(come_back, kim.id)], [partial(sign_up_once, event_session.id)]] * 2,
    )

    assert states(event_session) == {Status.WITHDRAWN: 1, Status.CONFIRMED: 1}
    assert [kind for kind, _ in letters()].count("confirmed") == 1


def test_people_are_asked_once_by_any_number_of_workers(app, config):
    event_session = EventSessionFactory(starts_at=clock.now() + timedelta(days=2))
    people = RegistrationFactory.create_batch(3, event_session=event_session)

    in_processes(config, lambda deed: deed(), [[worker.ask_who_comes]] * PROCESSES)
    worker.write()

    assert written() == {one.thread: 1 for one in people}


def test_sessions_moved_by_all_at_once_have_a_revision_for_each_move(app, config):
    event_session = EventSessionFactory()
    registration = RegistrationFactory(event_session=event_session)
    errands = [[(event_session.id, hours)] for hours in range(1, PROCESSES + 1)]

    in_processes(config, put_off, errands)

    assert (event_session.ical_sequence, registration.ical_sequence) == (PROCESSES, PROCESSES)


def put_off(errand):
    session_id, hours = errand
    event_session = db.session.get(seats.EventSession, session_id)
    changes.move(
        event_session,
        starts_at=clock.now() + timedelta(days=40, hours=hours),
        ends_at=None,
        venue=event_session.venue,
        actor="staff:1",
    )


def test_who_leaves_while_all_are_written_to_reads_last_that_they_have_left(app, config):
    event_session = EventSessionFactory(capacity=40)
    people = RegistrationFactory.create_batch(40, event_session=event_session)
    put_off((event_session.id, 1))
    leaving = [one.id for one in people[::2]]

    in_processes(config, write_or_withdraw, [["write"], leaving[::2], leaving[1::2], ["write"]])
    worker.write()

    last = dict(
        db.session.execute(
            select(OutgoingMail.recipient, OutgoingMail.kind)
            .where(OutgoingMail.state == MailState.QUEUED)
            .order_by(OutgoingMail.rank)
        ).all()
    )
    assert [last[one.email] for one in people] == ["withdrawn", "confirmed"] * 20


def write_or_withdraw(errand):
    if errand == "write":
        worker.write()
    else:
        withdraw(errand)


def change_surroundings(errand):
    what, number = errand
    if what == "venue":
        venue = queries.venue_by_slug("haus")
        changes.change_venue(venue, actor="staff:1", street=f"Am Markt {number}")
    elif what == "topic":
        changes.reword(queries.topic_by_slug("wohnen"), actor="staff:1", title=f"Wohnen {number}")
    elif what == "series":
        changes.reword(queries.series(), actor="staff:1", title=f"Reihe {number}")
    else:
        put_off((queries.session_by_slug(f"abend-{number % 3}").id, number))


def test_places_topics_and_the_series_change_while_sessions_move_and_nobody_waits_for_ever(
    app, config
):
    series, venue = SeriesFactory(), VenueFactory(slug="haus")
    topic = TopicFactory(slug="wohnen")
    evenings = [
        EventSessionFactory(slug=f"abend-{number}", series=series, venue=venue, topics=[topic])
        for number in (2, 0, 1)
    ]
    errands = [
        [(what, number) for number in range(8)] for what in ("venue", "topic", "series", "session")
    ]

    in_processes(config, change_surroundings, errands)

    assert [venue.street, topic.title, series.title] == ["Am Markt 7", "Wohnen 7", "Reihe 7"]
    moves = Counter(number % 3 for number in range(8))
    assert {one.slug: one.ical_sequence for one in evenings} == {
        f"abend-{number}": 8 + times for number, times in moves.items()
    }
