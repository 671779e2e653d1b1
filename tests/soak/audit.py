"""Whether seats were given fairly: followed deed by deed in the journal, and read from the rows."""

from collections import Counter

from sqlalchemy import select

from chancendialog import clock, journal
from chancendialog.extensions import db
from chancendialog.mailing.models import MailState, OutgoingMail
from chancendialog.registration.models import HELD, LIVE, Registration, Status

BECOMES = {
    "offered": Status.OFFERED,
    "seated_from_waiting_list": Status.CONFIRMED,
    "offer_expired": Status.EXPIRED,
    "offer_passed_on": Status.WITHDRAWN,
    "switched": Status.WITHDRAWN,
    "withdrawn": Status.WITHDRAWN,
}  # the other deeds say it themselves
PROMISED = (Status.CONFIRMED, Status.OFFERED)


def registrations(event_session):
    """As they are now, in the order of the queue."""
    db.session.rollback()
    return db.session.scalars(
        select(Registration)
        .where(Registration.event_session_id == event_session.id)
        .order_by(Registration.registered_at, Registration.id)
    ).all()


def letters(event_session):
    """All letters to the people of a session."""
    threads = [one.thread for one in registrations(event_session)]
    return db.session.scalars(select(OutgoingMail).where(OutgoingMail.thread.in_(threads))).all()


def follow(event_session, capacity):
    """Repeat in order what the journal says was done, from so many seats on.

    Deeds of one session are in the order of its turns. No seat may be promised
    that is not free, and nobody who waits and fits may be passed over.
    """
    rows = {one.thread: one for one in registrations(event_session)}
    status = {}
    for entry in reversed(journal.of_scope(event_session.thread)):
        if entry.code == "session_resized":
            capacity = entry.facts["now"]
        if entry.thread not in rows:
            continue
        now = BECOMES.get(entry.code) or entry.facts.get("status")
        if now is None:  # only a letter
            continue
        if now in PROMISED and status.get(entry.thread) not in PROMISED:
            free = capacity - sum(
                rows[thread].party_size for thread, its in status.items() if its in PROMISED
            )
            fit = [
                thread
                for thread, one in rows.items()
                if status.get(thread) is Status.WAITING and one.party_size <= free
            ]
            assert rows[entry.thread].party_size <= free, f"{entry.facts}, but {free} free"
            assert fit[:1] in ([], [entry.thread]), f"{fit[0]} passed over for {entry.thread}"
        status[entry.thread] = Status(now)
    untold = {
        thread: (status.get(thread), one.status)
        for thread, one in rows.items()
        if status.get(thread) is not one.status
    }
    assert untold == {}, untold


def nothing_is_stuck(event_session):
    """No seat is free for somebody who waits, and none is held for somebody who is late."""
    db.session.refresh(event_session)
    rows, now = registrations(event_session), clock.now()
    assert not [one.id for one in rows if one.status in HELD and one.hold_until <= now]
    taken = sum(one.party_size for one in rows if one.status in PROMISED)
    free = event_session.capacity - taken
    assert not [one.id for one in rows if one.status is Status.WAITING and one.party_size <= free]


def one_each(event_session):
    """One live registration per address, and one first letter per registration."""
    rows = registrations(event_session)
    addresses = Counter(one.email for one in rows if one.email and one.status in LIVE)
    assert set(addresses.values()) <= {1}, addresses.most_common(3)
    firsts = Counter(one.thread for one in letters(event_session) if one.rank == 0)
    assert firsts == Counter(one.thread for one in rows if one.email)


def every_letter_left(event_session):
    """No letter waits, but for those that a newer one has replaced; the last one is true."""
    found = sorted(letters(event_session), key=lambda letter: letter.rank)
    found = [letter for letter in found if letter.state is not MailState.SUPERSEDED]
    assert {letter.state for letter in found} == {MailState.SENT}
    last = {letter.thread: letter.told["status"] for letter in found}
    assert last == {one.thread: one.status for one in registrations(event_session) if one.email}
