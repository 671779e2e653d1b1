"""Handing letters to the mail server, or in a trial to the development mailbox."""

import logging
import mailbox
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from flask import current_app
from flask_mail import Connection

from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.message import as_bytes, on_the_wire
from chancendialog.mailing.models import OutgoingMail

log = logging.getLogger(__name__)
TO_ANSWER = 30  # seconds, to connect and for each command
TO_TAKE = 180  # seconds; giving up before a slow server has said „taken“ would send twice


class Post(Protocol):
    """Where letters go."""

    def hand_over(self, mail: OutgoingMail, message: bytes, meanwhile: Callable[[], None]) -> None:
        """Give it a letter, and do something while it takes it."""


class _Patient:
    """Gives a server more time to take a letter, and does something meanwhile."""

    sock: socket.socket | None
    meanwhile: Callable[[], None]

    def send(self, s: Any) -> None:
        is_letter = isinstance(s, bytes)  # commands are text
        if self.sock:
            self.sock.settimeout(TO_TAKE if is_letter else TO_ANSWER)
        super().send(s)  # type: ignore[misc]  # smtplib's
        if is_letter:
            self.meanwhile()


class _SMTP(_Patient, smtplib.SMTP):
    pass


class _TLS(_Patient, smtplib.SMTP_SSL):
    pass


class MailServer(Connection):
    """Flask-Mail's connection with time limits and a checked certificate.

    A letter takes three commands before it is taken, so all limits together are
    shorter than its lease: another worker must not send it while we wait. RFC
    5321 (4.5.3.2) grants a server minutes to take a letter.
    """

    host: _SMTP | _TLS

    def hand_over(self, mail: OutgoingMail, message: bytes, meanwhile: Callable[[], None]) -> None:
        self.host.meanwhile = meanwhile
        self.host.sendmail(mail.envelope_from, [on_the_wire(mail.recipient)], message)

    def configure_host(self) -> smtplib.SMTP:
        settings = self.mail
        host: _SMTP | _TLS
        if settings.use_ssl:
            context = ssl.create_default_context()
            host = _TLS(settings.server, settings.port, timeout=TO_ANSWER, context=context)
        else:
            host = _SMTP(settings.server, settings.port, timeout=TO_ANSWER)
        try:
            if settings.use_tls:
                host.starttls(context=ssl.create_default_context())
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
            host.ehlo_or_helo_if_needed()  # here, where it costs no letter an attempt
        except Exception:
            host.close()
            raise
        return host

    def __exit__(self, *trouble: object) -> None:
        with suppress(smtplib.SMTPServerDisconnected):  # whatever it took, it took
            super().__exit__(*trouble)  # type: ignore[arg-type]


class DevelopmentMailbox:
    """A Maildir under instance/, shown at /postfach while somebody tries the system."""

    def __init__(self) -> None:
        self.box = development_mailbox()

    def hand_over(self, mail: OutgoingMail, message: bytes, meanwhile: Callable[[], None]) -> None:
        self.box.add(message)
        meanwhile()


def development_mailbox() -> mailbox.Maildir:
    """The letters of a trial, as a mail server would have got them."""
    return mailbox.Maildir(Path(current_app.config["INSTANCE_PATH"]) / "mailbox")


@contextmanager
def post_office() -> Iterator[Post]:
    """One connection for many letters."""
    if current_app.config["MAIL_SERVER"]:
        with MailServer(current_app.extensions["mail"]) as server:
            yield server
    else:
        yield DevelopmentMailbox()


def deliver_due(stop: Callable[[], bool] = lambda: False) -> int:
    """Send what is due and say how many left. Commits after each step.

    One connection serves many letters; after trouble with one of them the next
    gets a fresh one. If the server cannot be reached, nothing is claimed and
    nothing counted.
    """
    sent = 0
    try:
        while not stop() and _anything_due():
            with post_office() as post:
                sent += _deliver_over(post, stop)
    except OSError as trouble:  # smtplib's own errors are OSErrors, too
        log.warning("mail server not reached: %s", type(trouble).__name__)
    return sent


def _anything_due() -> bool:
    due = outbox.anything_due()
    db.session.commit()
    return due


class Written(NamedTuple):
    """A letter, written out."""

    mail: OutgoingMail
    message: bytes


def _deliver_over(post: Post, stop: Callable[[], bool]) -> int:
    """Send letters over one connection until one of them is not taken.

    While the server takes one, the next is written out. What came of a letter
    is noted before the next one is sent, in the transaction that claims it:
    whoever kills us finds at most one letter that left and is not noted. No
    transaction is open while the server is waited for.
    """
    sent = 0
    after: Written | None = None

    def look_ahead() -> None:
        nonlocal after
        try:
            after = _upcoming()
        except Exception:  # the server is just taking a letter: that must come to its end
            log.exception("could not look ahead")
            db.session.rollback()

    letter = _claimed(_upcoming())
    while letter and _deliver(letter, post, look_ahead):
        sent += 1
        letter, after = None if stop() else _claimed(after), None
    db.session.commit()
    return sent


def _claimed(letter: Written | None) -> Written | None:
    """This letter, or the next if somebody was quicker, for us alone."""
    while letter and not outbox.claim(letter.mail):
        letter = _upcoming()
    db.session.commit()
    return letter


def _upcoming() -> Written | None:
    """The letter that is to leave next; one that cannot be written is given up."""
    while mail := outbox.upcoming():
        db.session.expunge(mail)
        try:
            return Written(mail, as_bytes(mail))
        except Exception as trouble:  # noqa: BLE001 -- whatever it is, the next letter must not wait for it
            if outbox.claim(mail):
                outbox.note_failure(mail, _words(trouble), for_good=True)
            log.warning("letter %s not written: %s", mail.id, type(trouble).__name__)
        finally:
            db.session.commit()
    return None


def _deliver(letter: Written, post: Post, meanwhile: Callable[[], None]) -> bool:
    """Send a claimed letter, note what came of it, and say whether it left; the caller commits."""
    mail = letter.mail
    try:
        post.hand_over(mail, letter.message, meanwhile)
    except Exception as trouble:  # noqa: BLE001 -- whatever it is, the next letter must not wait for it
        outbox.note_failure(mail, _words(trouble), for_good=_is_final(trouble))
        log.warning("letter %s not taken: %s", mail.id, type(trouble).__name__)
        return False
    outbox.note_sent(mail)
    log.info("letter %s sent", mail.id)
    return True


def _is_final(trouble: Exception) -> bool:
    """Whether asking again is no use (RFC 5321, 4.2.1)."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in trouble.recipients.values())
    return isinstance(trouble, smtplib.SMTPDataError) and trouble.smtp_code >= 500


def _words(trouble: Exception) -> str:
    """What the server said, for staff."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(trouble.recipients.values()))
        return f"{code} {said.decode(errors='replace')}"
    if isinstance(trouble, smtplib.SMTPResponseException):
        words = trouble.smtp_error
        text = words.decode(errors="replace") if isinstance(words, bytes) else words
        return f"{trouble.smtp_code} {text}"
    return f"{type(trouble).__name__}: {trouble}"
