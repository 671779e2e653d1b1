"""With Redis, processes count together; when it dies, each counts for itself and nobody notices."""

import shutil
import subprocess
import time
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from chancendialog import tokens
from chancendialog.extensions import db, new_ulid
from chancendialog.registration.models import Registration, Status
from chancendialog.web.public.forms import STAMP
from tests.browser_client import form_fields
from tests.conftest import free_port
from tests.factories import EventSessionFactory
from tests.soak.installation import Installation

# How often somebody may sign up does not depend on where registrations are kept: SQLite only.
pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server here")


class Redis:
    """A server of our own, in memory only."""

    def __init__(self):
        self.port = free_port()
        command = f"redis-server --port {self.port} --bind 127.0.0.1 --appendonly no"
        self.server = subprocess.Popen([*command.split(), "--save", ""], stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def end(self):
        self.server.kill()
        self.server.wait()


@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.end()


@pytest.fixture
def installation(tmp_path, redis, monkeypatch):
    """Two web servers on one database and one Redis."""
    running = Installation(tmp_path, f"sqlite:///{tmp_path}/redis.db")
    running.environment["REDIS_URL"] = redis.url
    running.serve()
    running.serve()
    with running.app.app_context():
        EventSessionFactory(slug="abend", capacity=300)
        running.answers()
        yield running
    running.close()


def sign_up(installation, number, network="192.0.2.1"):
    """By turns at one of the two servers; gives the status and the seconds it took."""
    connection = HTTPConnection("127.0.0.1", installation.ports[number % 2], timeout=20)
    headers = {"X-Forwarded-For": network}
    connection.request("GET", "/termine/abend/anmelden", headers=headers)
    page = connection.getresponse()
    headers["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
    fields = form_fields(page.read().decode())
    with installation.app.test_request_context():
        fields["stamp"] = tokens.sign(STAMP, [new_ulid(), time.time() - 5])
    body = urlencode(fields | {"name": "Kim", "email": f"kim{number}@example.org"})
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    started = time.monotonic()
    connection.request("POST", "/termine/abend/anmelden", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - started


def statuses():
    found = db.session.scalars(select(Registration.status).order_by(Registration.id)).all()
    db.session.rollback()  # or the servers wait for us
    return found


def test_processes_count_together_and_go_on_alone_when_redis_dies(installation, redis):
    together = [sign_up(installation, number)[0] for number in range(12)]
    counted_together = statuses()

    redis.end()
    alone = [sign_up(installation, number) for number in range(12, 36)]

    assert together == [303] * 12
    assert counted_together == [Status.CONFIRMED] * 10 + [Status.UNVERIFIED] * 2
    assert [status for status, _took in alone] == [303] * 24
    assert max(took for _status, took in alone) < 3
    assert statuses()[12:] == [Status.CONFIRMED] * 20 + [Status.UNVERIFIED] * 4
    assert installation.mishaps() == []
