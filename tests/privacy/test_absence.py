"""Somebody with unmistakable values lives every path of the system, and then is nowhere."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from chancendialog.documents.lists import Kind
from chancendialog.extensions import Model, db, limiter
from chancendialog.mailing import outbox
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker
from chancendialog.privacy import registry
from chancendialog.privacy.registry import Goes
from chancendialog.programme.models import Confirmation
from chancendialog.registration import changes, letters
from chancendialog.registration.models import Registration
from tests.browser_client import form_fields
from tests.factories import (
    EventSessionFactory,
    NeedFactory,
    RegistrationFactory,
    SeriesFactory,
    TopicFactory,
)
from tests.mailing.specimens import deliver
from tests.web.steps import (
    give_up,
    own_page,
    press,
    press_as,
    registered,
    take_list,
    worker_comes_by,
)

NAME, EMAIL = "Xaveria Unverwechselbar", "xaveria@unverwechselbar.example.org"
FALSCH, MAIL, WARTET, NIE, NEU, BUERO, TELEFON = (
    f"{kind}.{EMAIL}" for kind in ("falsch", "mail", "wartet", "nie", "neu", "buero", "telefon")
)
TRACE = "nverwechselbar"
PHASES = ("setup", "call")
TELLS_OF_HER = {
    table
    for data in registry.PERSONAL
    if data.goes not in (Goes.WITH_ACCOUNT, Goes.NEVER)
    for table in data.columns
    if table != "need"  # its columns are encrypted
}


def tables():
    """Every row of every table, as the database keeps it."""
    db.session.rollback()
    return {
        table.name: unfolded(
            " ".join(
                str(tuple(row)) for row in db.session.execute(text(f"SELECT * FROM {table.name}"))
            )
        )
        for table in Model.metadata.sorted_tables
    }


def on_disk():
    """What SQLite's files hold, the write-ahead log included; PostgreSQL has its own way."""
    if db.engine.dialect.name != "sqlite":
        return b""
    return b"".join(
        Path(f"{db.engine.url.database}{end}").read_bytes()
        for end in ("", "-wal")
        if Path(f"{db.engine.url.database}{end}").exists()
    )


def post_is_out(clock):
    """The worker's minute, letters delivered."""
    clock.shift(timedelta(minutes=1))
    worker_comes_by()
    for work in (worker.erase, worker.ask_who_comes, worker.thank):
        work()
    deliver()


def links_in(post_office):
    """Every link to a registration that ever arrived."""
    bodies = [one.get_body(("plain",)).get_content() for one in post_office.messages]
    return sorted({link for body in bodies for link in re.findall(r"/anmeldung/[\w.-]+", body)})


def unfolded(told):
    """As it reads, whatever lines calendars and mails were broken into."""
    return re.sub(r"(=|\\r)?(\\n|\n) ?", "", told)


def registrations():
    return db.session.scalars(select(Registration).order_by(Registration.id)).all()


@pytest.fixture
def evening(app, clock):
    topic = TopicFactory(slug="wohnen")
    series = SeriesFactory()
    return EventSessionFactory(slug="abend", capacity=3, topics=[topic], series=series)


@pytest.fixture
def her_life(evening, client, stranger, sign_up, signed_in, post_office, clock, caplog):
    """Everything one can do here, by the pages that people use."""
    caplog.set_level(logging.DEBUG)
    she_signs_up(evening, client, stranger, sign_up, clock)
    the_office_is_busy(evening, signed_in("office"), stranger, clock)
    the_evening_comes(evening, signed_in, stranger, clock)
    for url in ("/", "/kalender.ics", "/kalender/wohnen.ics", "/termine/abend.ics"):
        stranger.get(url)
    return registrations()


def she_signs_up(evening, client, stranger, sign_up, clock):
    needs = {"arrangements": "wheelchair", "needs": f"Ein Platz neben Frau {NAME}"}
    slip = sign_up(evening, name=NAME, email=FALSCH, **needs)
    post_is_out(clock)
    receipt = client.read(slip.location)
    client.post(receipt.request.path, data=form_fields(receipt.text) | {"email": EMAIL})
    post_is_out(clock)
    press_as(EMAIL, stranger, "Neuen Link erzeugen")
    press_as(EMAIL, stranger, "Anzahl ändern", party_size="2")
    sign_up(evening, stranger, name=NAME, email=EMAIL)  # once more, and hears of it
    evening.confirmation = Confirmation.BY_MAIL
    db.session.commit()
    for email in (MAIL, NIE):
        sign_up(evening, stranger, name=NAME, email=email, waiting_list="1")
    evening.confirmation = Confirmation.DIRECT
    db.session.commit()
    sign_up(evening, stranger, name=NAME, email=WARTET, waiting_list="1")
    post_is_out(clock)
    press_as(MAIL, stranger, "Anmeldung bestätigen")
    page = stranger.get(f"{own_page(registered(MAIL))}/daten")
    press(stranger, page, "Namen ändern", name=f"{NAME} neu")
    press(stranger, page, "Adresse ändern", email=NEU)
    post_is_out(clock)


def the_office_is_busy(evening, office, stranger, clock):
    office.fill_in(
        "/verwaltung/termine/abend/anmelden",
        name=NAME, email=BUERO, party_size="1", waiting_list="1",
    )  # fmt: skip
    person = f"/verwaltung/termine/abend/personen/{registered(BUERO).ulid}"
    office.fill_in(f"{person}/name", name=f"{NAME} vom Büro")
    office.fill_in(f"{person}/adresse", email=TELEFON)
    post_is_out(clock)
    office.get(f"/verwaltung/termine/abend/personen/{registered(TELEFON).ulid}/daten")
    changes.set_switches(evening, actor="staff:1", offers=True)
    changes.resize(evening, 9, actor="staff:1")  # who waits is offered a seat
    db.session.commit()
    post_is_out(clock)
    press_as(WARTET, stranger, "Platz annehmen")
    db.session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.recipient == TELEFON)
        .values(last_error=f"550 5.1.1 <{TELEFON}>: unknown, as is {NAME}")
    )
    changes.move(
        evening,
        starts_at=evening.starts_at + timedelta(days=1),
        ends_at=evening.ends_at + timedelta(days=1),
        venue=evening.venue,
        actor="staff:1",
    )
    db.session.commit()
    draft = office.fill_in(
        "/verwaltung/termine/abend/e-mails/neu",
        audience="everybody", subject="Zu Frau Unverwechselbar", text=f"An {NAME}",
    )  # fmt: skip
    shown = office.read(draft.location)
    press(office, shown, "Probe an mich senden")
    press(office, shown, re.search(r"An \d+ Anmeldungen senden", shown.text)[0])
    for page in ("", "/listen", "/e-mails", "/verlauf"):
        office.get(f"/verwaltung/termine/abend{page}")
    for kind in Kind:
        take_list(office, kind, whom="everybody")
    office.fill_in("/verwaltung/datenschutz", email=EMAIL)
    post_is_out(clock)


def the_evening_comes(evening, signed_in, stranger, clock):
    clock.move_to(evening.starts_at - timedelta(days=2))
    post_is_out(clock)
    page = stranger.get(f"{own_page(registered(EMAIL))}/ich-komme")
    press(stranger, page, "Wir kommen")
    changes.call_off(evening, actor="staff:1")
    db.session.commit()
    post_is_out(clock)
    changes.reinstate(evening, actor="staff:1")
    db.session.commit()
    post_is_out(clock)
    feed = stranger.get(own_page(registered(EMAIL)))
    stranger.get(re.search(r"/kalender/mein/\w+\.ics", feed.text)[0])
    stranger.get(f"{own_page(registered(EMAIL))}/daten.json")
    give_up(stranger, stranger.get(own_page(registered(NEU))))
    clock.move_to(evening.starts_at)
    door = signed_in("office")
    door.fill_in("/verwaltung/termine/abend/einlass", suche="Unverwechselbar")
    at_the_door = door.get("/verwaltung/termine/abend/einlass")
    door.post(
        f"/verwaltung/termine/abend/einlass/{registered(EMAIL).ulid}",
        data=form_fields(at_the_door.text) | {"people": "2", "operation": "abcdefgh"},
    )
    clock.move_to(evening.ends_at + timedelta(days=1, hours=12))
    post_is_out(clock)


def test_nothing_of_her_is_left_anywhere(her_life, evening, client, app, clock, caplog):
    before = tables()

    clock.move_to(evening.ends_at + timedelta(days=30, minutes=1))
    worker.erase()

    assert {name for name, rows in before.items() if TRACE in rows} == TELLS_OF_HER
    assert (before["need"] != "", tables()["need"]) == (True, "")
    assert {name for name, rows in tables().items() if TRACE in rows} == set()
    assert TRACE.encode() not in on_disk()
    logged = [
        one.getMessage()
        for when in PHASES
        for one in caplog.get_records(when)
        if one.name != "mail.log"  # that is the server which takes her mail
    ]
    assert len(logged) > 20  # of her whole life
    assert [line for line in logged if TRACE in line] == []
    assert TRACE not in str(app.extensions["kept_feeds"])
    assert TRACE not in str(vars(limiter.storage))
    for url in ("/", "/kalender.ics", "/kalender/wohnen.ics", "/termine/abend.ics"):
        assert TRACE not in client.get(url).text


def test_nothing_of_her_is_left_when_she_deletes_it_herself(
    her_life, stranger, post_office, clock, app
):
    """With the links that reached her, and no others."""
    for link in links_in(post_office):
        page = stranger.get(f"{link}/loeschen")
        if page.status_code == 200:
            answer = press(stranger, page, "Diese Anmeldung löschen")
            assert answer.location == "/erledigt/geloescht#inhalt"
    for _minute in range(3):
        post_is_out(clock)

    left = {name for name, rows in tables().items() if TRACE in rows}
    assert left == {"dispatch"}  # what staff wrote to all goes with the session
    assert [one.ulid for one in registrations() if not one.erased_at] == []


def test_numbers_stay(her_life, evening, clock):
    sizes = [(one.ulid, one.party_size, one.status) for one in her_life]

    clock.move_to(evening.ends_at + timedelta(days=31))
    worker.erase()

    assert [(one.ulid, one.party_size, one.status) for one in registrations()] == sizes


def test_a_letter_in_the_hands_of_a_worker_goes_once_it_has_left(app, clock, post_office):
    registration = RegistrationFactory(name=NAME, email=EMAIL)
    letters.tell(registration, letters.state)
    db.session.commit()
    clock.move_to(registration.event_session.ends_at + timedelta(days=31))

    mail = outbox.upcoming()
    outbox.claim(mail)
    db.session.commit()
    worker.erase()
    in_hand = TRACE in tables()["outgoing_mail"]
    outbox.note_sent(mail)
    db.session.commit()
    worker.erase()

    assert in_hand
    assert TRACE not in tables()["outgoing_mail"]


def test_need_that_was_deleted_is_not_in_the_database_file_any_more(app, clock):
    registration = NeedFactory(kind="other", text=f"Neben Frau {NAME}").registration
    stored = db.session.execute(text("SELECT kind, text FROM need")).one()
    db.session.rollback()
    before = on_disk()

    clock.move_to(registration.event_session.ends_at + timedelta(days=7, minutes=1))
    worker.erase()

    assert [one.encode() in before for one in stored] == [bool(before)] * 2
    assert [one.encode() in on_disk() for one in stored] == [False, False]
    assert tables()["need"] == ""
