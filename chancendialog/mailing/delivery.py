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
TIMEOUT = 30  # seconds without a word from the mail server


class Post(Protocol):
    """Where letters go."""

    def send(self, message: Message, envelope_from: str | None = None) -> None: ...


class MailServer(Connection):
    """Flask-Mail's connection with a time limit and a checked certificate."""

    def configure_host(self) -> smtplib.SMTP:
        settings = self.mail
        host: smtplib.SMTP
        if settings.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(
                settings.server, settings.port, timeout=TIMEOUT, context=context
            )
        else:
            host = smtplib.SMTP(settings.server, settings.port, timeout=TIMEOUT)
        try:
            if settings.use_tls:
                host.starttls(context=ssl.create_default_context())
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
        except Exception:
            host.close()
            raise
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
                while not stop() and (row := _claim()) and _deliver(row, post):
                    sent += 1
    except OSError as trouble:  # smtplib's own errors are OSErrors, too
        log.warning("mail server not reached: %s", type(trouble).__name__)
    return sent


def _anything_due() -> bool:
    due = outbox.anything_due()
    db.session.commit()
    return due


def _claim() -> OutgoingMail | None:
    """Take a row and let go of the database: nothing is held while the server talks."""
    if row := outbox.claim():
        db.session.flush()
        db.session.expunge(row)
    db.session.commit()
    return row


def _deliver(row: OutgoingMail, post: Post) -> bool:
    """Send one claimed letter and note what came of it."""
    try:
        post.send(LetterMessage(row), envelope_from=row.envelope_from)
    except Exception as trouble:  # noqa: BLE001 -- whatever it is, the next letter must not wait for it
        outbox.note_failure(row, _words(trouble), for_good=_is_final(trouble))
        db.session.commit()
        log.warning("letter %s not taken: %s", row.id, type(trouble).__name__)
        return False
    outbox.note_sent(row)
    db.session.commit()
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
