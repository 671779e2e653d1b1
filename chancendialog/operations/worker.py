"""The worker's round: give away what was left, write to many, deliver letters, delete what is due.

Several workers may run at once; each piece of work is claimed or idempotent.
Every piece is its own transaction, so one that fails does not stop the others.
Letters are delivered beside the rest: a mail server that hangs holds up no seat.
"""

import itertools
import logging
import signal
import threading
import time
from collections.abc import Callable

from flask import Flask, current_app

from chancendialog.attendance import thanks
from chancendialog.extensions import db, empty_write_ahead_log
from chancendialog.mailing import delivery
from chancendialog.operations import brake, heartbeat
from chancendialog.privacy import erasure
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, dispatches, needs, seats, waiting_list

log = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between two looks
CARE_EVERY = 60  # rounds between two looks at what may wait a minute
OTHERS_LOOK_EVERY = 0.11  # seconds
TURNS_PER_ROUND = 20  # in which letters to many are written before seats are looked after again


def work(*, once: bool = False) -> None:
    """Do what is due, again and again until a signal says stop; the letter at hand is finished."""
    if once:
        care(everything=True)
        _attempt(delivery.deliver_due)
        return
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    postman = threading.Thread(target=deliver, args=(app, stopped))
    postman.start()
    for number in itertools.count():
        care(everything=number % CARE_EVERY == 0)
        if stopped.wait(PAUSE):
            break
    postman.join()


def deliver(app: Flask, stopped: threading.Event) -> None:
    """Send letters until told to stop."""
    with app.app_context():
        while not stopped.is_set():
            _attempt(lambda: delivery.deliver_due(stopped.is_set))
            stopped.wait(PAUSE)


def care(*, everything: bool) -> None:
    """One round: what nobody should wait for, or everything."""
    if everything:
        _attempt(lambda: give_away_in(waiting_list.sessions_to_heal()))
        _attempt(erase)
        _attempt(ask_who_comes)
        _attempt(thank)
        _attempt(tell_of_needs)
        _attempt(look_for_abuse)
    _attempt(lambda: give_away_in(waiting_list.sessions_with_expired_holds()))
    _attempt(call_the_waiting)
    _attempt(remind)
    _attempt(lambda: write(None if everything else TURNS_PER_ROUND))
    if everything:
        _attempt(note_the_round)


def note_the_round() -> None:
    """Let `flask doctor` see that a worker is at work: once a minute, at the end of a round."""
    heartbeat.beat()
    db.session.commit()


def give_away_in(sessions: list[EventSession]) -> None:
    """Give away what is free in these sessions, one turn and one transaction each."""
    for event_session in sessions:
        seats.take_turn(event_session)
        waiting_list.give_away(event_session)
        db.session.commit()


def call_the_waiting() -> None:
    """Shortly before a session: write to all who may take a free seat, some per turn."""
    for event_session in waiting_list.sessions_with_a_call():
        called = 1
        while called:
            seats.take_turn(event_session)
            called = waiting_list.call_some(event_session)
            db.session.commit()
            _let_others_in()


def remind() -> None:
    """Ask once more for the clicks that are missing."""
    while booking.remind_to_confirm():
        db.session.commit()
    db.session.commit()


def ask_who_comes() -> None:
    """Some days before a session: ask who has a seat whether they come."""
    for event_session in dispatches.sessions_to_ask():
        seats.take_turn(event_session)
        dispatches.ask_who_comes(event_session)
        db.session.commit()


def thank() -> None:
    """The day after a session: thank who was there."""
    for event_session in thanks.sessions_to_thank():
        seats.take_turn(event_session)
        thanks.thank(event_session)
        db.session.commit()


def tell_of_needs() -> None:
    """Write to the office that somebody needs something to take part well."""
    needs.tell_office()
    db.session.commit()


def look_for_abuse() -> None:
    """Pull the brake for all sign-ups, or release it."""
    brake.watch()
    db.session.commit()


def write(turns: int | None = None) -> None:
    """Write letters to many, some per turn; `turns` limits how long seats wait for this worker.

    A dispatch that cannot be written holds up no other.
    """
    for dispatch_id in dispatches.unfinished():
        try:
            _write(dispatch_id, turns)
        except Exception:
            log.exception("dispatch %s could not be written", dispatch_id)
            db.session.rollback()


def _write(dispatch_id: int, turns: int | None) -> None:
    for _ in itertools.islice(itertools.count(), turns):
        written = dispatches.write_some(dispatch_id)
        db.session.commit()
        if not written:
            break
        _let_others_in()


def _let_others_in() -> None:
    """Who waits to write to SQLite looks every tenth of a second whether they may."""
    if db.engine.dialect.name == "sqlite":
        time.sleep(OTHERS_LOOK_EVERY)


def erase() -> None:
    """Delete until nothing more is due."""
    while erased := erasure.erase_due():
        db.session.commit()
        log.info("%s registrations erased", erased)
    db.session.commit()
    empty_write_ahead_log()


def _attempt(work: Callable[[], object]) -> None:
    """Let one kind of work fail without the others; nothing stays open behind it."""
    try:
        work()
    except Exception:
        log.exception("the worker could not finish a piece of its round")
    finally:
        db.session.remove()
