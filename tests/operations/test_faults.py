"""What happens to the machine around us: a full disk, a clock that jumps, a day without worker or mail."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text

from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import worker
from chancendialog.registration import booking, letters
from chancendialog.registration.models import Registration, Status
from tests.browser_client import all_rows, form_fields
from tests.conftest import MONDAY, free_port
from tests.factories import EventSessionFactory, RegistrationFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def statuses():
    db.session.rollback()
    return list(db.session.scalars(db.select(Registration.status).order_by(Registration.id)))


def states():
    db.session.rollback()
    return list(db.session.scalars(db.select(OutgoingMail.state).order_by(OutgoingMail.id)))


@pytest.fixture
def full_disk(app):
    """SQLite finds no room for another page until it is told that there is."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's disk is not ours to fill")

    def fill(*, full):
        db.session.rollback()
        db.engine.dispose()  # each connection has a limit of its own, so let there be one
        if full:  # what other tests have left free is no room
            with closing(sqlite3.connect(db.engine.url.database)) as file:
                file.execute("VACUUM")
        pages = db.session.scalar(text("PRAGMA page_count")) if full else 2**30
        db.session.execute(text(f"PRAGMA max_page_count = {pages}"))
        db.session.rollback()

    yield fill
    fill(full=False)


def test_a_full_disk_refuses_a_sign_up_kindly_and_keeps_nothing_of_it(client, clock, full_disk):
    EventSessionFactory(slug="abend")
    fields = form_fields(client.get("/termine/abend/anmelden").text)
    long_name = {"name": "x" * 79, "email": "kim@example.org"}
    clock.shift(5)
    before = all_rows()

    full_disk(full=True)
    refused = client.post("/termine/abend/anmelden", data=fields | long_name)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "60"
    assert "Die Anmeldung macht gerade eine Pause" in refused.text
    assert all_rows() == before

    full_disk(full=False)
    assert client.post("/termine/abend/anmelden", data=fields | long_name).status_code == 303
    assert statuses() == [Status.CONFIRMED]


def test_a_day_without_a_worker_holds_run_out_and_the_next_round_catches_up(letters, clock):
    evening = EventSessionFactory(capacity=1, starts_at=MONDAY + 30 * DAY)
    RegistrationFactory(
        event_session=evening, status=Status.UNVERIFIED, hold_until=MONDAY + HOUR, email="a@b.de"
    )
    RegistrationFactory(event_session=evening, status=Status.WAITING, email="kim@example.org")
    clock.shift(DAY)

    worker.care(everything=True)

    assert statuses() == [Status.EXPIRED, Status.OFFERED]
    assert letters() == [("offer", "kim@example.org")]


def test_a_hold_that_ran_out_while_no_worker_was_there_is_not_a_seat_for_ever(client, clock):
    """Seats are derived, so a newcomer gets what nobody has noted as free."""
    evening = EventSessionFactory(slug="abend", capacity=1, starts_at=MONDAY + 30 * DAY)
    RegistrationFactory(
        event_session=evening, status=Status.UNVERIFIED, hold_until=MONDAY + HOUR, email="a@b.de"
    )
    clock.shift(DAY)
    fields = form_fields(client.get("/termine/abend/anmelden").text)
    clock.shift(5)

    client.post(
        "/termine/abend/anmelden", data=fields | {"name": "Kim", "email": "kim@example.org"}
    )

    assert statuses() == [Status.EXPIRED, Status.CONFIRMED]


def test_a_day_without_a_mail_server_costs_no_letter_an_attempt(app, clock, monkeypatch, request):
    registration = RegistrationFactory()
    letters.tell(registration, letters.confirmed)
    db.session.commit()
    monkeypatch.setattr(app.extensions["mail"], "port", free_port())
    for _ in range(24):
        worker.work(once=True)
        clock.shift(HOUR)
    waiting = db.session.execute(db.select(OutgoingMail.state, OutgoingMail.attempts)).all()
    db.session.rollback()

    office = request.getfixturevalue("post_office")
    worker.work(once=True)

    assert waiting == [(MailState.QUEUED, 0)]
    assert states() == [MailState.SENT]
    assert len(office.messages) == 1


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_a_clock_that_jumps_by_a_day_and_back_sends_nothing_twice_and_takes_nobodys_seat(
    post_office, clock, jump
):
    evening = EventSessionFactory(capacity=1, starts_at=MONDAY + 30 * DAY)
    booking.register(
        evening,
        booking.Applicant(name="Kim", email="kim@example.org", party_size=1, would_wait=True),
    )
    booking.register(
        evening,
        booking.Applicant(name="Ada", email="ada@example.org", party_size=1, would_wait=True),
    )
    db.session.commit()
    worker.work(once=True)
    sent = len(post_office.messages)

    for there in (jump, -jump):
        clock.shift(there)
        worker.work(once=True)

    assert sent == len(post_office.messages) == 2
    assert statuses() == [Status.CONFIRMED, Status.WAITING]


def test_a_form_opened_before_the_clock_went_back_can_still_be_sent(client, clock):
    EventSessionFactory(slug="abend", starts_at=MONDAY + 30 * DAY)
    fields = form_fields(client.get("/termine/abend/anmelden").text)
    clock.shift(-DAY)

    typed = fields | {"name": "Kim", "email": "kim@example.org"}
    cookie_from_tomorrow = client.post("/termine/abend/anmelden", data=typed)
    clock.shift(5)
    again = client.post("/termine/abend/anmelden", data=form_fields(cookie_from_tomorrow.text))

    assert [cookie_from_tomorrow.status_code, again.status_code] == [400, 303]
    assert statuses() == [Status.CONFIRMED]
