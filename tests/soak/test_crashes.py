"""`kill -9` to web servers and workers during a rush: nothing that anybody was told is lost.

Who dies when is a matter of chance, repeatable with the `SEED` that is printed;
what they were doing at that moment is not. A short one here; `make soak` has
twenty-five.
"""

import asyncio
import os
import random
import threading
import time
from collections import Counter
from functools import partial

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration.models import LIVE, Status
from tests.conftest import PostOffice
from tests.soak import audit
from tests.soak.conftest import IS_LONG
from tests.soak.evenings import (
    LEAVING,
    SEATED,
    SEATS,
    address,
    filling_in,
    let_offers_run_out_soon,
    lively_evening,
)
from tests.soak.residents import Resident, all_at_once, typed_by

ROUNDS, CLIENTS, WORKERS = (25, 120, 2) if IS_LONG else (1, 30, 1)
KILLS, SECONDS = (10, 15) if IS_LONG else (4, 4)
SEED = os.environ.get("SEED", "1")


class SlowOffice(PostOffice):
    """Thinks before it takes a letter and before it says so: time to die between any two of them."""

    pause = 0.05  # seconds

    def __init__(self):
        super().__init__()
        self.at_work = threading.Event()

    async def handle_DATA(self, server, session, envelope):
        self.at_work.set()
        try:
            await asyncio.sleep(self.pause)
            answer = await super().handle_DATA(server, session, envelope)
            await asyncio.sleep(self.pause)
        finally:
            self.at_work.clear()
        return answer


@pytest.fixture
def office(installation):
    """The mail server of the installation: a real one."""
    port = installation.config.MAIL_PORT
    server = Controller(SlowOffice(), hostname="127.0.0.1", port=port, decode_data=False)
    server.start()
    yield server.handler
    server.stop()


def test_whoever_dies_no_sign_up_no_letter_and_no_seat_is_lost(installation, office):
    for number in range(1, ROUNDS + 1):
        office.envelopes.clear()
        office.pause = SlowOffice.pause
        evening, kills, broken = rush_with_crashes(installation, office, number)
        office.pause = 0
        heal(installation)
        check_people(evening)
        repeated = check_letters(evening, office, kills["worker"])
        assert installation.mishaps() == []
        db.session.rollback()
        print(
            f"crashes {number}/{ROUNDS}, seed {SEED}: killed {dict(kills)}, {broken} connections"
            f" broke, {repeated} letters came twice"
        )


def rush_with_crashes(installation, office, number):
    """One round, in which everybody tries until they are told; who was killed how often."""
    chance, slug = random.Random(f"{SEED}-{number}"), f"abend-{number}"
    evening, own_pages = lively_evening(slug)
    crowd = [Resident(installation) for _ in range(CLIENTS)]
    known = [Resident(installation) for _ in own_pages]
    installation.answers()
    for _ in range(WORKERS):
        installation.hire()
    all_at_once(
        [filling_in(one, slug, f"kim{n}", 1 + n % 4) for n, one in enumerate(crowd)]
        + [partial(one.open, *page) for one, page in zip(known, own_pages, strict=True)]
    )
    typed_by(crowd)
    let_offers_run_out_soon(evening)
    deeds = [*(one.sign_up for one in crowd), *(one.change for one in known)]
    moments = [chance.uniform(0, SECONDS) for _ in deeds]
    kills = Counter()
    all_at_once(
        [partial(kill_some, installation, office, chance, kills)]
        + [partial(later, *one) for one in zip(moments, deeds, strict=True)]
    )
    catch_at_work(office, chance)
    kills["worker"] += installation.dismiss()
    return evening, kills, sum(one.broken for one in [*crowd, *known])


def kill_some(installation, office, chance, kills):
    """Now and then a web server or a worker, as many of each; a successor starts at once."""
    pauses = [chance.uniform(0, 2 * SECONDS / KILLS) for _ in range(KILLS)]
    kinds = chance.sample(["web", "worker"] * (KILLS // 2), KILLS)
    for pause, kind in zip(pauses, kinds, strict=True):
        time.sleep(pause)
        if kind == "worker":
            catch_at_work(office, chance)
        alike = [n for n, one in enumerate(installation.running) if one.kind == kind]
        installation.replace(chance.choice(alike))
        kills[kind] += 1


def catch_at_work(office, chance):
    """Wait for a letter that is just handed over, if one comes soon, and for chance."""
    office.at_work.wait(10)
    time.sleep(chance.uniform(0, 3 * SlowOffice.pause))


def later(seconds, deed):
    time.sleep(seconds)
    deed()


def heal(installation):
    """One round of a worker, five minutes later."""
    # The only thing that is pretended: dead workers' leases would last these five minutes.
    leases = update(OutgoingMail).where(OutgoingMail.state == MailState.SENDING)
    db.session.execute(leases.values(leased_until=clock.now()))
    db.session.commit()
    installation.work_once()


def check_people(evening):
    """Everybody was told 303 in the end: they are registered, once, or have left; seats are right."""
    rows = audit.registrations(evening)
    assert {one.email for one in rows if one.status in LIVE} >= {
        address(f"kim{n}") for n in range(CLIENTS)
    }
    left = {one.email for one in rows if one.status is Status.WITHDRAWN}
    assert left == {address(name) for name in (*SEATED[:2], *LEAVING)}
    audit.one_each(evening)
    audit.follow(evening, SEATS)
    audit.nothing_is_stuck(evening)


def check_letters(evening, office, killed):
    """All letters arrived, some twice: one per killed worker at most; says how many."""
    audit.every_letter_left(evening)
    sent = {
        letter.message_id: letter.recipient
        for letter in audit.letters(evening)
        if letter.state is MailState.SENT
    }
    arrived = [(one["Message-ID"], one["To"].addresses[0].addr_spec) for one in office.messages]
    assert dict(arrived) == sent
    assert set(arrived) == set(sent.items())
    repeated = len(arrived) - len(sent)
    assert repeated <= killed
    return repeated
