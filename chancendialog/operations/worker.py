"""The worker's round: deliver letters, give away what was left, delete what is due.

Several workers may run at once; each piece of work is claimed or idempotent.
Every piece is its own transaction, so one that fails does not stop the others.
"""

import logging
import math
import signal
import threading
import time
from collections.abc import Callable

from chancendialog import privacy
from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.programme.models import EventSession
from chancendialog.registration import booking, seats, waiting_list

log = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between two looks into the outbox
DELIVER_FOR = 5.0  # seconds until the next look at seats, however many letters are left
CARE_EVERY = 60  # rounds between two looks at seats and retention


def work(*, once: bool = False) -> None:
    """Do what is due, again and again until a signal says stop; the letter at hand is finished."""
    stopped = threading.Event()
    if not once:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
    rounds = 0
    while not stopped.is_set():
        if rounds % CARE_EVERY == 0:
            _attempt(lambda: give_away_in(waiting_list.sessions_to_heal()))
            _attempt(erase)
        _attempt(lambda: give_away_in(waiting_list.sessions_with_expired_holds()))
        _attempt(call_the_waiting)
        _attempt(remind)
        _attempt(lambda: deliver(stopped, for_ever=once))
        if once:
            break
        rounds += 1
        stopped.wait(PAUSE)


def deliver(stopped: threading.Event, *, for_ever: bool) -> None:
    """Send letters, but look up every few seconds: seats may have become free meanwhile."""
    until = time.monotonic() + (math.inf if for_ever else DELIVER_FOR)
    delivery.deliver_due(lambda: stopped.is_set() or time.monotonic() > until)


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


def remind() -> None:
    """Ask once more for the clicks that are missing."""
    while booking.remind_to_confirm():
        db.session.commit()
    db.session.commit()


def erase() -> None:
    """Delete until nothing more is due."""
    while True:
        erased = privacy.erase_due()
        db.session.commit()
        if not erased:
            return
        log.info("%s registrations erased", erased)


def _attempt(work: Callable[[], object]) -> None:
    """Let one kind of work fail without the others; nothing stays open behind it."""
    try:
        work()
    except Exception:
        log.exception("the worker could not finish a piece of its round")
    finally:
        db.session.remove()
