"""The worker's round: deliver letters, give away what was left, delete what is due.

Several workers may run at once; each piece of work is claimed or idempotent.
Every piece is its own transaction, so one that fails does not stop the others.
"""

import logging
import signal
import threading
from collections.abc import Callable

from chancendialog import privacy
from chancendialog.extensions import db
from chancendialog.mailing import delivery
from chancendialog.registration import seats, waiting_list

log = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between two looks into the outbox
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
            _attempt(heal_seats)
            _attempt(erase)
        _attempt(lambda: delivery.deliver_due(stopped.is_set))
        if once:
            break
        rounds += 1
        stopped.wait(PAUSE)


def heal_seats() -> None:
    """Seat whoever fits and was missed, for whatever reason."""
    for event_session in waiting_list.sessions_to_heal():
        seats.take_turn(event_session)
        waiting_list.seat_the_waiting(event_session)
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
