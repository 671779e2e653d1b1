"""Somebody else has the turn for too long: try again, nothing is lost or written."""

import sqlite3
import time

import pytest
from sqlalchemy import create_engine, text

from chancendialog import extensions
from chancendialog.extensions import db
from chancendialog.registration import letters as registration_letters
from chancendialog.registration.models import Status
from tests.browser_client import form_fields
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.web.browser import all_rows, browser_of, token_of

TYPED = {"name": "Kim Muster", "email": "kim@example.org", "party_size": "3"}


@pytest.fixture
def browser(build, monkeypatch):
    """Of an app that waits one second for its turn, not five."""
    monkeypatch.setattr(extensions, "BUSY_AFTER", 1)
    return browser_of(build())


@pytest.fixture
def hold_the_turn(app, database_url):
    """Somebody else's transaction, in the middle of booking a seat."""
    others = []

    def begin():
        db.session.commit()
        if database_url.startswith("sqlite"):
            others.append(sqlite3.connect(db.engine.url.database, isolation_level=None))
            others[-1].execute("BEGIN IMMEDIATE")
        else:
            engine = create_engine(db.engine.url)
            others.append(engine.connect())
            others[-1].execute(text("UPDATE event_session SET booking_turn = booking_turn + 1"))
            others.append(engine.raw_connection().driver_connection)

    yield begin
    for other in others:
        other.rollback()
        other.close()


@pytest.fixture
def let_go(hold_the_turn):
    return hold_the_turn


def test_sign_up_that_waited_too_long_is_a_filled_form_to_send_again(browser, hold_the_turn):
    EventSessionFactory(slug="abend")
    fields = form_fields(browser.get("/termine/abend/anmelden").text) | TYPED
    time.sleep(0)
    before = all_rows()
    hold_the_turn()

    page = browser.post("/termine/abend/anmelden", data=fields)

    assert page.status_code == 409
