"""Handing letters to the mail server, or in a trial to the development mailbox."""

import logging
import mailbox
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, cast

from flask import current_app
from flask_mail import Connection, Message

from chancendialog.extensions import db
from chancendialog.mailing import outbox
from chancendialog.mailing.message import LetterMessage
from chancendialog.mailing.models import OutgoingMail

log = logging.getLogger(__name__)
TO_CONNECT = 30  # seconds
TO_ANSWER = 240  # seconds; giving up before a slow server has said „taken“ would send twice


class Post(Protocol):
    """Where letters go."""

    def send(self, message: Message, envelope_from: str | None = None) -> None: ...


class MailServer(Connection):
    """Flask-Mail's connection with time limits and a checked certificate.

    The limit for an answer is shorter than the lease of a letter, and as long
    as that allows: RFC 5321 (4.5.3.2) grants a server minutes to take a letter.
    """

    def configure_host(self) -> smtplib.SMTP:
        settings = self.mail
        host: smtplib.SMTP
        if settings.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(
                settings.server, settings.port, timeout=TO_CONNECT, context=context
            )
        else:
            host = smtplib.SMTP(settings.server, settings.port, timeout=TO_CONNECT)
        try:
            if settings.use_tls:
                host.starttls(context=ssl.create_default_context())
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
            host.ehlo_or_helo_if_needed()  # here, where it costs no letter an attempt
        except Exception:
            host.close()
            raise
        if host.sock:
            host.sock.settimeout(TO_ANSWER)
        return host

    def __exit__(self, *trouble: object) -> None:
        with suppress(smtplib.SMTPServerDisconnected):  # whatever it took, it took
            super().__exit__(*trouble)  # type: ignore[arg-type]


class DevelopmentMailbox:
    """A Maildir under instance/, shown at /postfach while somebody tries the system."""

    def send(self, message: Message, envelope_from: str | None = None) -> None:
        development_mailbox().add(message.as_bytes())


def development_mailbox() -> mailbox.Maildir:
    """The letters of a trial, as a mail server would have got them."""
    return mailbox.Maildir(Path(current_app.config["INSTANCE_PATH"]) / "mailbox")


@contextmanager
def post_office() -> Iterator[Post]:
    """One connection for many letters."""
    if current_app.config["MAIL_SERVER"]:
        with MailServer(current_app.extensions["mail"]) as server:
            yield cast("Post", server)
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


def _deliver_over(post: Post, stop: Callable[[], bool]) -> int:
    """Send letters over one connection until one of them is not taken.

    What came of a letter is noted before the next one is sent, in the
    transaction that claims the next: whoever kills us finds at most one letter
    that left and is not noted. Nothing is held while the server talks.
    """
    sent, row = 0, _claim()
    while row:
        if not _deliver(row, post):
            db.session.commit()
            return sent
        sent += 1
        row = None if stop() else _claim()
    db.session.commit()
    return sent


def _claim() -> OutgoingMail | None:
    row = outbox.claim()
    if row:
        db.session.expunge(row)
    db.session.commit()
    return row


def _deliver(row: OutgoingMail, post: Post) -> bool:
    """Send one claimed letter and note what came of it; the caller commits."""
    try:
        post.send(LetterMessage(row), envelope_from=row.envelope_from)
    except Exception as trouble:  # noqa: BLE001 -- whatever it is, the next letter must not wait for it
        outbox.note_failure(row, _words(trouble), for_good=_is_final(trouble))
        log.warning("letter %s not taken: %s", row.id, type(trouble).__name__)
        return False
    outbox.note_sent(row)
    log.info("letter %s sent", row.id)
    return True


def _is_final(trouble: Exception) -> bool:
    """Whether asking again is no use (RFC 5321, 4.2.1), or the letter cannot be written."""
    if not isinstance(trouble, OSError):
        return True
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
