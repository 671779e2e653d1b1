"""Workers as they run in an installation: processes that may be killed at any moment."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import insert, update

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.mailing.models import OutgoingMail
from chancendialog.registration import changes, dispatches
from chancendialog.registration.models import Registration, Status
from config import ROOT
from tests.conftest import PostOffice
from tests.factories import EventSessionFactory
from tests.mailing.specimens import post, states

pytestmark = pytest.mark.no_cover  # others run the same lines, less often

PATIENCE = 60  # seconds until something that must happen counts as not happening


class SlowOffice(PostOffice):
    """Takes a letter, but keeps the worker waiting for the answer until it is let go."""

    def __init__(self):
        super().__init__()
        self.has_one = threading.Event()
        self.may_answer = threading.Event()

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        self.has_one.set()
        await happens(self.may_answer.is_set)
        return answer


class TwoCounters(PostOffice):
    """Answers nobody before two workers have come, so that neither does all the work."""

    def __init__(self):
        super().__init__()
        self.workers = set()

    async def handle_DATA(self, server, session, envelope):
        self.workers.add(session.peer)
        await happens(lambda: len(self.workers) >= 2)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def hire(app, config, tmp_path):
    """Start a worker as a process of its own; it ends with the test at the latest."""
    hired = []

    def start(**settings):
        environment = os.environ | {
            "SECRET_KEY": config.SECRET_KEY,
            "DATABASE_URL": config.DATABASE_URL,
            "PUBLIC_URL": config.PUBLIC_URL,
            "INSTANCE_PATH": str(tmp_path),
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(app.extensions["mail"].port),
            "MAIL_DEFAULT_SENDER": config.MAIL_DEFAULT_SENDER,
            **settings,
        }
        log = (tmp_path / f"worker-{len(hired)}.log").open("w")
        worker = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        hired.append((worker, log))
        return worker

    yield start
    for worker, log in hired:
        worker.kill()
        worker.wait()
        log.close()


def test_two_workers_deliver_forty_letters_once_each_and_in_order(open_office, hire):
    office = open_office(TwoCounters())
    ids = post_to(f"registration:{number % 20:02}" for number in range(40))

    hire()
    hire()
    wait_until(lambda: states() == ["sent"] * 40)

    arrived = [message["Message-ID"] for message in office.messages]
    assert sorted(arrived) == sorted(ids)
    assert [one for one in arrived if arrived.index(one) < arrived.index(successor(one))] == [
        one for one in arrived if ".0@" in one
    ]
    assert len(office.workers) >= 2


def test_two_workers_together_keep_to_the_rate(open_office, hire):
    open_office(PostOffice())
    post_to(f"registration:{number:02}" for number in range(12))

    hire(MAIL_RATE="5")
    hire(MAIL_RATE="5")
    wait_until(lambda: states().count("sent") >= 5)
    time.sleep(2)  # both look again

    assert Counter(states()) == {"sent": 5, "queued": 7}


def test_a_worker_killed_between_accepted_and_noted_loses_nothing_and_repeats_one_letter(
    open_office, hire
):
    office = open_office(SlowOffice())
    first, second, third = post_to(f"registration:{name}" for name in "ABC")
    worker = hire()
    assert office.has_one.wait(PATIENCE)

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    left_behind = states()
    office.may_answer.set()
    hire()
    wait_until(lambda: states() == ["sending", "sent", "sent"])
    end_leases()
    wait_until(lambda: states() == ["sent", "sent", "sent"])

    assert left_behind == ["sending", "queued", "queued"]
    assert [message["Message-ID"] for message in office.messages] == [first, second, third, first]


def test_a_worker_killed_while_it_writes_to_many_is_followed_by_one_that_finishes(app, hire):
    event_session = EventSessionFactory()
    somebody = {"event_session_id": event_session.id, "name": "Kim", "party_size": 1}
    somebody |= {"sort_key": "kim", "search_key": "kim"}
    everybody = [
        somebody | {"email": f"{n}@example.org", "status": Status.WAITING, "ical_uid": f"{n}"}
        for n in range(800)
    ]
    db.session.execute(insert(Registration), everybody)
    changes.call_off(event_session, actor="staff:1")
    db.session.commit()
    worker = hire()
    wait_until(states)

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    left_behind = len(states())
    hire()
    wait_until(lambda: dispatches.unfinished() == [])

    assert 0 < left_behind < 800
    assert left_behind % dispatches.WRITTEN_PER_TURN == 0
    assert len(states()) == 800  # the database lets no letter be written twice


def test_a_worker_that_is_told_to_stop_finishes_the_letter_at_hand(open_office, hire):
    office = open_office(SlowOffice())
    post_to(["registration:A", "registration:B"])
    worker = hire()
    assert office.has_one.wait(PATIENCE)

    worker.send_signal(signal.SIGTERM)
    office.may_answer.set()

    assert worker.wait(PATIENCE) == 0
    assert states() == ["sent", "queued"]
    assert len(office.messages) == 1


def post_to(threads):
    """Letters in the outbox, and a database that is let go of; gives their Message-IDs."""
    ids = [post(thread).message_id for thread in threads]
    db.session.commit()
    return ids


def successor(message_id):
    """The second letter of the thread, whichever of the two is meant."""
    return message_id.replace(".0@", ".1@")


def end_leases():
    """Let the time pass that a dead worker's letter is kept for it."""
    db.session.execute(update(OutgoingMail).values(leased_until=clock.now()))
    db.session.commit()


def wait_until(condition):
    """Look again and again, letting go of the database each time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        db.session.rollback()
        assert time.monotonic() < deadline, f"still {states()}"
        time.sleep(0.05)


async def happens(condition):
    """Keep a worker waiting, but not for ever."""
    for _ in range(PATIENCE * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
