"""Browsers as they are in production: each request has a context of its own.

Without that, requests of a test would share `g` (who is signed in, the CSRF
token) and the database session of the test.
"""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from chancendialog import create_app
from chancendialog.extensions import Model, db
from chancendialog.staff import accounts
from tests.browser_client import CheckingClient, form_fields

PASSWORD = "ein Satz, den nur wir kennen"


class Browser(CheckingClient):
    """One person's browser, with its own cookies."""

    def open(self, *args, **kwargs):
        db.session.commit()  # what the test has prepared or read so far
        with self.application.app_context():
            return super().open(*args, **{"buffered": True} | kwargs)

    def head(self, *args, **kwargs):
        """Ask for the headers alone; there is no page to check."""
        db.session.commit()
        with self.application.app_context():
            return FlaskClient.open(self, *args, method="HEAD", **kwargs)

    def read(self, location):
        """Open where a redirect leads, as a browser does: without the fragment."""
        return self.get(urlsplit(location).path)


def browser_of(app):
    return Browser(app, app.response_class)


def all_rows():
    """Everything that is in the database, by table."""
    db.session.rollback()
    return {
        table.name: [
            tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))
        ]
        for table in Model.metadata.sorted_tables
    }


def token_of(url):
    """The last part of an address."""
    return urlsplit(url).path.rpartition("/")[2]


@pytest.fixture
def app(app):
    """As everywhere; only passwords are quicker to check."""
    app.extensions["security"].pwd_context.update(
        argon2__rounds=1, argon2__memory_cost=8, argon2__parallelism=1
    )
    return app


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
def count_queries(app):
    """How many statements the database gets while a page is made."""

    def counted(browser, url):
        statements = []

        def note(connection, cursor, statement, *_rest):
            statements.append(statement)

        browser.get(url)  # whatever only the first request asks for
        event.listen(db.engine, "before_cursor_execute", note)
        browser.get(url)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    return counted
