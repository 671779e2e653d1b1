"""Two evenings open at once and everybody presses the button: pages, people, seats, letters.

A short rush here; `make soak` has fifty long ones.
"""

import multiprocessing
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import case, create_engine, func, select, update
from sqlalchemy.exc import OperationalError

from chancendialog import create_app
from chancendialog.extensions import db, is_busy
from chancendialog.operations import worker
from chancendialog.programme import queries
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, changes, waiting_list
from chancendialog.registration.booking import Applicant
from chancendialog.registration.models import HELD, Registration, Status
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory
from tests.soak import audit
from tests.soak.conftest import IS_LONG
from tests.soak.evenings import SEATS, filling_in, let_offers_run_out_soon, lively_evening
from tests.soak.installation import PATIENCE
from tests.soak.residents import Resident, all_at_once, typed_by

ROUNDS, CLIENTS = (50, 200) if IS_LONG else (1, 60)
ROOMS = (14, 9, 12)  # how many seats the office makes of them meanwhile
fork = multiprocessing.get_context("fork")


@pytest.fixture(scope="module", autouse=True)
def kim(installation):
    """Somebody who opens a form before the rush and sends it after that."""
    installation.answers()
    EventSessionFactory(slug="besetzt")
    return filling_in(Resident(installation), "besetzt", "kim", 3)()


def test_each_seat_is_promised_once_and_none_stays_empty(installation):
    for number in range(1, ROUNDS + 1):
        started = time.monotonic()
        crowd = rush(installation, number)
        took, busy = time.monotonic() - started, sum(one.busy for one in crowd)
        print(f"rush {number}/{ROUNDS}: {len(crowd)} people, {took:.0f} s, {busy} times busy")


def test_who_waits_too_long_sends_the_same_form_again_and_is_registered_once(installation, kim):
    typed = kim.fields
    typed_by([kim])

    with turn_taken(installation):
        told = kim.ask("POST", kim.path, typed)
    answers = all_at_once([kim.send, kim.twin().send])

    assert (told.status, told.headers["Retry-After"]) == (409, "5")
    assert "in ein paar Sekunden noch einmal" in told.text
    assert form_fields(told.text).items() >= (typed.items() - {("csrf_token", typed["csrf_token"])})
    assert [answer.status for answer in answers] == [303, 303]
    evening = queries.session_by_slug("besetzt")
    assert [one.party_size for one in audit.registrations(evening)] == [3]
    assert [letter.kind for letter in audit.letters(evening)] == ["confirmed"]


def rush(installation, number):
    """One round: an evening for single people, and at the same time one with everything."""
    simple = EventSessionFactory(slug=f"einzeln-{number}", capacity=SEATS)
    lively, own_pages = lively_evening(f"gruppen-{number}")
    with beside(installation, lively) as office_opens:
        single = [Resident(installation) for _ in range(CLIENTS)]
        groups = [Resident(installation) for _ in range(CLIENTS // 3)]
        known = [Resident(installation) for _ in own_pages]
        all_at_once(
            [filling_in(one, f"einzeln-{number}", f"single{n}") for n, one in enumerate(single)]
            + [
                filling_in(one, f"gruppen-{number}", f"group{n - (n % 8 == 7)}", 1 + n % 4)
                for n, one in enumerate(groups)  # of eight groups, two have the same address
            ]
            + [partial(one.open, *page) for one, page in zip(known, own_pages, strict=True)]
        )
        crowd = [*single, *groups, *(one.twin() for one in groups[::5])]  # some press twice
        typed_by([*single, *groups])
        let_offers_run_out_soon(lively)
        office_opens.set()
        all_at_once([one.sign_up for one in crowd] + [one.change for one in known])
        all_at_once([one.change for one in known])  # once more, some of them too late
    worker.give_away_in(waiting_list.sessions_to_heal())

    assert sum(one.broken for one in [*crowd, *known]) == 0
    check_simple(simple)
    check_lively(lively)
    assert installation.mishaps() == []
    db.session.rollback()
    return [*crowd, *known]


def check_simple(evening):
    """The first ten have a seat, the others wait, and each has the letter that says so."""
    in_order = [one.status for one in audit.registrations(evening)]
    assert in_order == [Status.CONFIRMED] * SEATS + [Status.WAITING] * (CLIENTS - SEATS)
    kinds = Counter(letter.kind for letter in audit.letters(evening))
    assert kinds == {"confirmed": SEATS, "waiting": CLIENTS - SEATS}
    audit.one_each(evening)
    audit.follow(evening, SEATS)


def check_lively(evening):
    """Whatever happened: one registration per address, no seat oversold, none left empty."""
    audit.one_each(evening)
    audit.follow(evening, SEATS)
    audit.nothing_is_stuck(evening)


@contextmanager
def turn_taken(installation):
    """While somebody else is in the middle of booking a seat."""
    engine = create_engine(installation.config.DATABASE_URL)
    with engine.connect() as other:
        other.execute(update(EventSession).values(booking_turn=EventSession.booking_turn + 1))
        yield
        other.rollback()
    engine.dispose()


@contextmanager
def beside(installation, evening):
    """The office at work and an onlooker, each a process of its own; neither may fail.

    Gives what starts the office. Both are forked before there are threads.
    """
    begin, over, seen = fork.Event(), fork.Event(), fork.Value("i", 0)
    shared = (installation.config, evening.id, seen)
    children = [
        fork.Process(target=work_in_the_office, args=(*shared, begin)),
        fork.Process(target=look_on, args=(*shared, over)),
    ]
    db.session.commit()
    db.engine.dispose()  # a forked child must not use its parent's connections
    try:
        for child in children:
            child.start()
        yield begin
        over.set()
        for child in children:
            child.join(PATIENCE)
        assert [child.exitcode for child in children] == [0, 0]
    finally:
        for child in children:
            child.kill()
            child.join()


def work_in_the_office(config, evening_id, seen, begin):
    """Change the room and enter people who call; go on once the onlooker knows the new room."""
    with create_app(config).app_context():
        assert begin.wait(PATIENCE)
        for number, capacity in enumerate(ROOMS):
            insist(changes.resize, evening_id, capacity)
            until = time.monotonic() + PATIENCE
            while seen.value != capacity:
                assert time.monotonic() < until
                time.sleep(0.01)
            for email in (f"caller{number}@example.org", None):
                caller = Applicant(name="Kim", email=email, party_size=2, would_wait=True)
                insist(booking.enter, evening_id, caller)
        db.session.remove()
        db.engine.dispose()


def insist(deed, evening_id, what):
    """Do it, and when somebody else has the turn for too long, do it again."""
    while True:
        try:
            deed(db.session.get(EventSession, evening_id), what, actor="staff:1")
            db.session.commit()
        except OperationalError as trouble:
            if not is_busy(trouble):
                raise
            db.session.rollback()
        else:
            return


def look_on(config, evening_id, seen, over):
    """Read again and again how many seats there are and how many are promised.

    Never more than there are, unless the room has just become smaller; then
    not more than before. A hold counts until somebody has noted that it ran
    out: a yes that came in time may be written down a moment later.
    """
    promised = Registration.status.in_([Status.CONFIRMED, *HELD])
    people = func.sum(case((promised, Registration.party_size), else_=0))
    at_once = (
        select(EventSession.capacity, people)
        .join(Registration)
        .where(EventSession.id == evening_id)
        .group_by(EventSession.capacity)
    )
    engine = create_engine(config.DATABASE_URL, isolation_level="AUTOCOMMIT")
    highest = looks = 0
    with engine.connect() as connection:
        while not over.is_set():
            capacity, now = connection.execute(at_once).one()
            assert now <= max(capacity, highest), f"{now} promised, {capacity} seats"
            highest, seen.value = max(capacity, now), capacity
            looks += 1
            time.sleep(0.005)
    engine.dispose()
    assert looks > 10
