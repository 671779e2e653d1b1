"""The doctor finds what is wrong, says it in one line, changes nothing and names nobody."""

from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask import current_app
from sqlalchemy import select, text

from chancendialog import clock as our_clock
from chancendialog.extensions import Model, db
from chancendialog.house import Fact, HouseText
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import doctor, heartbeat, worker
from chancendialog.operations.doctor import Level
from chancendialog.registration.models import PersonalCalendar, Status
from tests.conftest import MONDAY, free_port
from tests.factories import EventSessionFactory, RegistrationFactory
from tests.mailing.specimens import post
from tests.web_servers import SERVERS, fetch, served

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INSTALLATION = {
    "PUBLIC_URL": "https://termine.example.org",
    "SECRET_KEY": "k" * 32,
    "FIELD_KEYS": ("f" * 32,),
    "TRUSTED_PROXIES": 1,
    "MAIL_DEFAULT_SENDER": "termine@hannover-region.de",
}


def found(subject):
    """What the doctor says of one thing, without „ok“."""
    findings = [one for one in doctor.examine() if one.subject == subject]
    assert findings, subject
    return [(one.level, one.sentence) for one in findings if one.level is not Level.OK]


def faults():
    return [one for one in doctor.examine() if one.level is Level.FAULT]


@pytest.mark.usefixtures("post_office")
def test_a_system_that_is_well_has_no_fault_and_exits_with_0(app, clock):
    RegistrationFactory()
    worker.work(once=True)

    result = app.test_cli_runner().invoke(args=["doctor"])

    assert [one for one in faults() if one.subject != "Uhr"] == []  # time stands still here
    assert len(result.output.splitlines()) >= len(doctor.CHECKS)


def test_exit_code_and_lines(app):
    result = app.test_cli_runner().invoke(args=["doctor"])  # no worker, no mail server

    assert result.exit_code == 1
    assert "Fehler   Worker         Noch nie gelaufen. Starten Sie:" in result.output
    assert "Fehler   Mailserver     Der Mailserver ist nicht zu gebrauchen" in result.output
    heads = [line[:24].split() for line in result.output.splitlines()]
    assert {head[0] for head in heads} <= {"ok", "Warnung", "Fehler"}
    assert {head[1] for head in heads} == set(doctor.CHECKS)


def test_it_changes_nothing_and_names_nobody(app, config):
    waits = RegistrationFactory(
        name="Zacharias Zimt", email="zacharias@zimt.example", status=Status.WAITING
    )
    RegistrationFactory(
        event_session=waits.event_session,
        status=Status.UNVERIFIED,
        hold_until=our_clock.now() - DAY,
        email="doris@zimt.example",
    )
    before = _everything()

    output = app.test_cli_runner().invoke(args=["doctor"]).output

    assert _everything() == before
    said = [output, waits.email, waits.name, waits.ulid]
    assert [word for word in said[1:] if word in output] == []
    assert [key for key in (config.SECRET_KEY,) if key in output] == []


def _everything():
    rows = [str(db.session.execute(select(table)).all()) for table in Model.metadata.sorted_tables]
    db.session.rollback()
    return sha256("".join(rows).encode()).hexdigest()


@pytest.mark.parametrize(
    ("settings", "subject", "level", "words"),
    [
        ({"SECRET_KEY": "short"}, "Einstellungen", Level.WARNING, "SECRET_KEY: kürzer"),
        ({"FIELD_KEYS": ("short",)}, "Einstellungen", Level.WARNING, "FIELD_KEYS: kürzer"),
        ({"FIELD_KEYS": ()}, "Einstellungen", Level.WARNING, "FIELD_KEYS fehlt"),
        (
            {"MAIL_DEFAULT_SENDER": "a@b.example"},
            "Einstellungen",
            Level.WARNING,
            "nur ein Beispiel",
        ),
        ({"PUBLIC_URL": "http://termine.example.org"}, "TLS", Level.WARNING, "lesbar"),
        ({"TRUSTED_PROXIES": 0}, "TLS", Level.WARNING, "TRUSTED_PROXIES ist 0"),
    ],
)
def test_settings_that_could_be_better(build, settings, subject, level, words):
    with build(**INSTALLATION | settings).app_context():
        assert [one for one, sentence in found(subject) if words in sentence] == [level]


def test_a_redis_that_does_not_answer(app, monkeypatch):
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1")

    assert [level for level, _ in found("Redis")] == [Level.FAULT]


def test_an_installation_with_good_settings(build):
    with build(**INSTALLATION).app_context():
        assert found("Einstellungen") == found("TLS") == found("Redis") == []


def test_gaps_of_the_pages_that_the_law_asks_for_are_named_and_no_fault(build):
    every = {one for one in Fact if one is not Fact.VAT_ID}
    with build(**INSTALLATION).app_context():
        ((level, nothing_known),) = found("Angaben")
        db.session.add_all([HouseText(name=one, text="Ja") for one in every])
        db.session.add(HouseText(name=Fact.VAT_ID, language="en", text="Only in English"))
        db.session.commit()
        ((_, one_gap),) = found("Angaben")
        db.session.add(HouseText(name=Fact.VAT_ID, text="keine"))
        db.session.commit()

        assert level is Level.WARNING
        assert [one for one in Fact if one not in nothing_known] == []
        assert one_gap.endswith("[legal]: vat_id.")
        assert found("Angaben") == []


def test_gaps_do_not_matter_in_a_trial(app):
    assert found("Angaben") == []


def test_tables_of_another_version(app):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001_first_tables'"))
    try:
        ((level, sentence),) = found("Migrationen")
    finally:
        with db.engine.begin() as connection:
            head = text("UPDATE alembic_version SET version_num = :head")
            connection.execute(head, {"head": _head()})

    assert level is Level.FAULT
    assert "0001_first_tables statt" in sentence
    assert "db upgrade" in sentence
    assert found("Migrationen") == []


def _head():
    return max(
        path.stem for path in Path(current_app.root_path, "../migrations/versions").glob("*.py")
    )


def test_a_mail_server_is_asked_whether_answers_would_arrive_and_gets_no_letter(post_office):
    assert found("Mailserver") == []
    assert post_office.messages == []


@pytest.mark.parametrize(
    ("answer", "level"), [("550 no such user", Level.FAULT), ("451 later", Level.WARNING)]
)
def test_a_mail_server_that_would_not_take_answers(post_office, answer, level):
    async def refuse(server, session, envelope, address, options):
        return answer

    post_office.handle_RCPT = refuse

    ((said, sentence),) = found("Mailserver")

    assert said is level
    assert answer[:3] in sentence


def test_no_mail_server(app, monkeypatch):
    monkeypatch.setattr(app.extensions["mail"], "port", free_port())

    ((level, sentence),) = found("Mailserver")

    assert level is Level.FAULT
    assert "ConnectionRefusedError" in sentence


@pytest.mark.parametrize(("age", "level"), [(4, []), (6, [Level.FAULT]), (-6, [Level.FAULT])])
def test_a_worker_is_alive_if_it_finished_a_round_lately(app, clock, age, level):
    heartbeat.beat()
    db.session.commit()
    clock.shift(age * MINUTE)

    assert [one for one, _ in found("Worker")] == level


def test_every_full_round_is_noted_in_one_row(app, clock):
    worker.care(everything=True)
    clock.shift(60)
    worker.care(everything=True)
    clock.shift(1)
    worker.care(everything=False)

    assert heartbeat.last() == MONDAY + MINUTE
    assert len(db.session.scalars(select(heartbeat.Heartbeat)).all()) == 1


def test_letters_that_are_stuck_or_given_up(app, clock):
    post("registration:A")
    given_up = post("registration:B")
    db.session.get(OutgoingMail, given_up.id).state = MailState.FAILED
    db.session.commit()
    clock.shift(11 * MINUTE)

    levels = [level for level, _ in found("Schreiben")]

    assert levels == [Level.FAULT, Level.WARNING]


def test_values_that_no_key_opens(build):
    with build(FIELD_KEYS=("eins",)).app_context():
        db.session.add(PersonalCalendar(key="geheim", key_hash="1"))
        db.session.commit()
    with build(FIELD_KEYS=("zwei",)).app_context():
        assert found("Schlüssel") == [
            (Level.FAULT, "1 Werte öffnet kein Schlüssel. Fehlt einer in FIELD_KEYS?")
        ]


@pytest.mark.parametrize(("days", "faults"), [(30.01, 0), (30.1, 1)])
def test_what_should_have_been_deleted_an_hour_ago(app, days, faults):
    over = our_clock.now() - days * DAY
    RegistrationFactory(event_session__starts_at=over - DAY / 12, event_session__ends_at=over)
    RegistrationFactory(
        event_session__starts_at=over - DAY / 12, event_session__ends_at=over, erased_at=over
    )

    assert len(found("Löschfristen")) == faults


def test_seats_that_are_promised_wrongly(app):
    evening = EventSessionFactory(slug="abend", capacity=2)
    assert found("Plätze") == []

    RegistrationFactory(event_session=evening, party_size=3)
    assert found("Plätze") == [
        (Level.WARNING, "abend: 3 Menschen auf 2 Plätzen. Wollte das jemand so?")
    ]
    evening.capacity = 6
    RegistrationFactory(event_session=evening, status=Status.WAITING)
    assert found("Plätze") == [
        (Level.FAULT, "abend: Plätze sind frei, und es wartet jemand (Worker?).")
    ]
    evening = db.session.merge(evening)
    RegistrationFactory(
        event_session=evening,
        status=Status.OFFERED,
        hold_until=our_clock.now() - 3 * MINUTE,
        offered_at=our_clock.now() - DAY,
    )
    assert (
        Level.FAULT,
        "abend: Eine Frist ist vorbei, und niemand hat es vermerkt (Worker?).",
    ) in (found("Plätze"))


def test_what_the_worker_heals_is_well_afterwards(app):
    RegistrationFactory(status=Status.WAITING)
    assert len(found("Plätze")) == 1

    worker.care(everything=True)

    assert found("Plätze") == []


def test_a_clock_that_was_put_back(app, clock):
    RegistrationFactory(status=Status.WAITING)
    worker.care(everything=True)  # writes a journal
    clock.shift(-HOUR)

    said = [sentence for _, sentence in found("Uhr")]

    assert "Das Journal ist der Uhr voraus: Sie geht nach oder ging einmal vor." in said


def test_a_key_that_others_read(build, tmp_path):
    key = tmp_path / "secret_key"
    key.write_text("x")
    key.chmod(0o644)
    with build(INSTANCE_PATH=tmp_path).app_context():
        assert found("Platte") == [
            (Level.WARNING, "secret_key ist auch für andere lesbar: chmod 600")
        ]


def test_a_check_that_cannot_be_made_holds_up_no_other(app, monkeypatch):
    monkeypatch.setitem(doctor.CHECKS, "Datenbank", lambda: 1 / 0)

    assert found("Datenbank") == [(Level.FAULT, "Nicht zu prüfen (ZeroDivisionError).")]
    assert found("Migrationen") == []


@pytest.mark.parametrize(("server", "words"), [("granian", "mit Unterstrich"), ("gunicorn", None)])
def test_names_with_an_underscore_come_in_where_nobody_drops_them(
    app, config, monkeypatch, tmp_path, server, words
):
    """With granian alone there is no proxy that would; gunicorn drops them itself."""
    settings = {"TRUSTED_PROXIES": "1", "DATABASE_URL": config.DATABASE_URL}
    with served(SERVERS[server], tmp_path / "log.txt", tmp_path, **settings) as port:
        fetch(port, "/healthz")
        monkeypatch.setitem(app.config, "IS_TRIAL", False)
        monkeypatch.setitem(app.config, "PUBLIC_URL", f"http://localhost:{port}")

        said = found("Eingang")

    assert [level for level, _ in said] == ([Level.FAULT] if words else [])
    assert words is None or words in said[0][1]


class _Elsewhere(BaseHTTPRequestHandler):
    """A proxy that answers everything with the status of its server."""

    def do_GET(self):
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("status", "words"), [(421, "gibt den Namen nicht weiter"), (502, "antwortet mit 502")]
)
def test_a_proxy_that_does_not_lead_to_our_pages(app, monkeypatch, status, words):
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as proxy:
        proxy.status = status
        Thread(target=proxy.serve_forever, daemon=True).start()
        monkeypatch.setitem(app.config, "IS_TRIAL", False)
        monkeypatch.setitem(app.config, "PUBLIC_URL", f"http://127.0.0.1:{proxy.server_port}")
        said = found("Eingang")
        proxy.shutdown()

    assert [(level, words in sentence) for level, sentence in said] == [(Level.FAULT, True)]


def test_pages_that_do_not_answer(build):
    address = f"https://localhost.invalid:{free_port()}"
    with build(PUBLIC_URL=address).app_context():
        assert found("Eingang")[0][0] is Level.WARNING
