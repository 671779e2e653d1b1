"""Many at once, from processes of their own: no seat is sold twice or left empty.

Each process has its own connection; a barrier lets them all start together.
"""

import multiprocessing
from collections import Counter

from sqlalchemy import select

from chancendialog import create_app
from chancendialog.extensions import db
from chancendialog.registration import booking, changes, seats
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import Registration, Status
from tests.factories import EventSessionFactory, RegistrationFactory

PROCESSES = 4
fork = multiprocessing.get_context("fork")


def in_processes(config, work, shares):
    """Run `work(share)` in one process each, all starting together; fail if one fails."""
    db.session.commit()
    db.engine.dispose()  # a forked child must not use its parent's connections
    barrier = fork.Barrier(len(shares))
    children = [
        fork.Process(target=_alone, args=(config, work, share, barrier)) for share in shares
    ]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=60)
    assert [child.exitcode for child in children] == [0] * len(children)
    db.session.expire_all()


def _alone(config, work, share, barrier):
    app = create_app(config)
    barrier.wait(timeout=30)
    with app.app_context():
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

    assert seats.seats_taken(event_session) <= 20


def test_seats_given_up_at_once_go_to_as_many_who_wait(app, config, letters):
    event_session = EventSessionFactory(capacity=12)
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
    event_session = EventSessionFactory(capacity=1)
    seated = RegistrationFactory(event_session=event_session)
    RegistrationFactory.create_batch(5, event_session=event_session, status=Status.WAITING)

    in_processes(config, withdraw, [[seated.id]] * PROCESSES)

    assert Counter(kind for kind, _ in letters()) == {"withdrawn": 1, "promoted": 1}


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
    event_session = EventSessionFactory(capacity=10)
    errands = [(event_session.id, number, 1) for number in range(30)]

    in_processes(
        config, sign_up_or_resize, [*(errands[n::3] for n in range(3)), [(event_session.id, 25)]]
    )

    assert states(event_session) == {Status.CONFIRMED: 25, Status.WAITING: 5}


def test_a_room_that_shrinks_meanwhile_takes_nobody_more(app, config):
    event_session = EventSessionFactory(capacity=10)
    errands = [(event_session.id, number, 1) for number in range(30)]

    in_processes(
        config, sign_up_or_resize, [*(errands[n::3] for n in range(3)), [(event_session.id, 3)]]
    )

    assert 3 <= seats.seats_taken(event_session) <= 10


def sign_up_or_resize(errand):
    if len(errand) == 3:
        sign_up(errand)
    else:
        session_id, capacity = errand
        changes.resize(db.session.get(seats.EventSession, session_id), capacity, actor="staff:1")
