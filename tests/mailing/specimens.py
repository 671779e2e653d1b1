"""Letters that tell of nothing, and how recipients read what arrives."""

from datetime import UTC

import vobject
from sqlalchemy import select

from chancendialog.extensions import db
from chancendialog.mailing import delivery, outbox
from chancendialog.mailing.letter import Letter
from chancendialog.mailing.models import OutgoingMail
from chancendialog.operations import worker


def letter(**facts):
    """A letter to Erika, complete and plain."""
    usual = {
        "kind": "confirmed",
        "name": "Erika Mustermann",
        "email": "erika@example.org",
        "subject": "Angemeldet",
        "text": "Guten Tag,\n\nSie haben einen Platz.\n",
        "html": "<!doctype html><html lang=de><title>Platz</title><h1>Platz</h1></html>",
        "told": {},
    }
    return Letter(**(usual | facts))


def post(thread="registration:A", **facts):
    """A letter in the outbox, committed."""
    row = outbox.post(letter(**facts), thread=thread)
    db.session.commit()
    return row


def deliver():
    """Write what many are to read and look into the outbox, as the worker does every second."""
    db.session.commit()
    worker.write()
    sent = delivery.deliver_due()
    db.session.expire_all()
    return sent


def take():
    """What is to leave next, in the hands of a worker who does nothing with it."""
    mail = outbox.upcoming()
    assert outbox.claim(mail)
    return mail


def row_of(letter_id):
    """One row of the outbox as it is now."""
    db.session.expire_all()
    return db.session.get(OutgoingMail, letter_id)


def states():
    """The state of every letter, the oldest first."""
    db.session.commit()
    found = db.session.scalars(select(OutgoingMail.state).order_by(OutgoingMail.id)).all()
    db.session.commit()
    return [state.value for state in found]


def part(message, content_type):
    """The only part of this type."""
    (found,) = [one for one in message.walk() if one.get_content_type() == content_type]
    return found


def text(message):
    """What people without HTML read, with our line ends."""
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def kinds(office):
    """What left: address and METHOD of each message, or None for a plain letter."""
    return [(message["To"].addresses[0].addr_spec, method(message)) for message in office.messages]


def method(message):
    """What the message asks a calendar to do."""
    return {one.get_content_type(): one.get_param("method") for one in message.walk()}.get(
        "text/calendar"
    )


def event(message):
    """The event for the recipient's calendar, as vobject reads it."""
    return vobject.readOne(part(message, "text/calendar").get_content()).vevent


def events(office):
    """METHOD, UID and SEQUENCE of every message that speaks to calendars."""
    return [
        (method(message), event(message).uid.value, int(event(message).sequence.value))
        for message in office.messages
        if method(message)
    ]


def calendar_of(office, email):
    """When something stands in this person's calendar, once all their mail is read (RFC 5546)."""
    known, standing = {}, {}
    for message in office.messages:
        if message["To"].addresses[0].addr_spec == email and method(message):
            found = event(message)
            uid, sequence = found.uid.value, int(found.sequence.value)
            if sequence < known.get(uid, 0):
                continue
            known[uid] = sequence
            standing[uid] = found.dtstart.value.astimezone(UTC)
            if method(message) == "CANCEL":
                del standing[uid]
    return sorted(standing.values())
