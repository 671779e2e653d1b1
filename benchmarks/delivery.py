"""Compare delivering letters with a bare smtplib loop over one connection, the control.

Both hand the same letters to the same mail server, by turns. It is a process of
its own; the first keeps what it takes in a Maildir, as one must that says
„taken“ (RFC 5321, 4.2.5), the second forgets it at once. The worker does all it
does: claim each letter, write it out, note that it left. What counts is the
ratio.
"""

import multiprocessing
import smtplib
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox, Sink
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, update

from benchmarks.servers import take_turns
from benchmarks.sign_up import postgresql
from chancendialog import create_app
from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.mailing.message import as_bytes
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.operations import trial
from chancendialog.programme import queries
from chancendialog.registration import booking
from chancendialog.registration.booking import Applicant
from config import Config

ROUNDS, LETTERS = 5, 200
SERVERS = {"keeps": "a server that keeps them", "forgets": "a server that forgets them"}


def main() -> None:
    """Print letters per second of each round and the ratio of the medians."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        for name, database in (("sqlite", ""), ("postgresql", url)):
            for kind in SERVERS:
                with mail_server(kind, f"{folder}/{name}-{kind}") as port:
                    compare(name, kind, instance(Path(folder) / name, database, port))


def compare(database: str, kind: str, app: Flask) -> None:
    """Deliver all letters again and again, by turns barely and as the worker does."""
    with app.app_context():
        upgrade()
        if queries.is_empty():
            write_letters()
        rows = db.session.scalars(select(OutgoingMail))
        written = [(row.recipient, as_bytes(row)) for row in rows]
        db.session.remove()
        port = app.extensions["mail"].port
        measures = {"control": partial(hand_over, port, written), "worker": deliver}
        for measure in measures.values():  # for warming up
            measure(ROUNDS)
        medians = take_turns(ROUNDS, measures, title=f"{database:<10} {kind:<7}  ")
        db.session.remove()
        db.engine.dispose()
    print(
        f"{database}, {SERVERS[kind]}: worker / control ="
        f" {medians['worker'] / medians['control']:.2f}"
        f" ({medians['worker']:.0f} / {medians['control']:.0f} letters/s)",
        flush=True,
    )


def hand_over(port: int, written: list[tuple[str, bytes]], number: int) -> float:
    """The control: letters that are written out already, in a loop."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for recipient, message in written:
            server.sendmail("termine@chancendialog.example", [recipient], message)
    return len(written) / (time.perf_counter() - started)


def deliver(number: int) -> float:
    """The worker, after all letters were put back into the queue."""
    db.session.execute(
        update(OutgoingMail).values(state=MailState.QUEUED, attempts=0, sent_at=None)
    )
    db.session.commit()
    started = time.perf_counter()
    assert delivery.deliver_due() == LETTERS
    return LETTERS / (time.perf_counter() - started)


def write_letters() -> None:
    """Fill the large example session; everybody gets a confirmation with an invitation."""
    trial.prepare()
    event_session = queries.session_by_slug("beispiel-gross")
    assert event_session
    for number in range(LETTERS):
        email = f"erika.{number}@example.org"
        booking.register(event_session, Applicant(name=f"Erika Mustermann {number}", email=email))
    db.session.commit()


def instance(folder: Path, database: str, port: int) -> Flask:
    """The app, with this mail server."""
    settings = {
        "SECRET_KEY": "benchmark",
        "INSTANCE_PATH": str(folder),
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(port),
    }
    folder.mkdir(exist_ok=True)
    return create_app(
        Config.from_environment(settings | ({"DATABASE_URL": database} if database else {}))
    )


@contextmanager
def mail_server(kind: str, folder: str) -> Iterator[int]:
    """Run a mail server in a process of its own, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    is_ready = context.Event()
    server = context.Process(target=serve, args=(kind, folder, port, is_ready), daemon=True)
    server.start()
    assert is_ready.wait(20), "the mail server did not start"
    try:
        yield port
    finally:
        server.terminate()
        server.join()


def serve(kind: str, folder: str, port: int, is_ready: "multiprocessing.synchronize.Event") -> None:
    """Take letters until terminated."""
    handler = Mailbox(folder) if kind == "keeps" else Sink()
    Controller(handler, hostname="127.0.0.1", port=port).start()
    is_ready.set()
    threading.Event().wait()


if __name__ == "__main__":
    main()
