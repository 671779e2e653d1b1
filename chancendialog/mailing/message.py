"""A letter as bytes: the MIME tree that every mail program understands.

    multipart/mixed
    ├─ multipart/alternative
    │  ├─ text/plain
    │  ├─ text/html
    │  └─ text/calendar; method=…     what shows the buttons (RFC 6047)
    └─ application/ics                the same bytes as a file

Flask-Mail's own tree loses the method, the order and umlauts in attachments,
and Python turns long ids into encoded words; both are mended here. All parts
are 7bit, so that signatures survive every relay.
"""

from base64 import encodebytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate

from flask_mail import Message

from chancendialog.links import sender
from chancendialog.mailing.models import OutgoingMail

# These hold ids and addresses; written as encoded words nobody finds them again.
IDS = {"message-id", "in-reply-to", "references"}


class _Policy(EmailPolicy):
    """SMTP lines, with ids left alone and one reference per line."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in IDS:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in IDS:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


SMTP = _Policy(linesep="\r\n")


class LetterMessage(Message):
    """An outbox row on its way through Flask-Mail's connection."""

    def __init__(self, row: OutgoingMail) -> None:
        super().__init__(row.subject, recipients=[row.recipient], sender=sender()[1])
        self.row = row
        self.msgId = row.message_id

    def _message(self) -> EmailMessage:  # type: ignore[override]  # only its bytes are used
        row = self.row
        our_name, our_address = sender()
        message = EmailMessage(policy=SMTP)  # refuses line breaks in every header
        message["From"] = _address(our_name, our_address)
        message["To"] = _address(row.recipient_name, row.recipient)
        message["Reply-To"] = _address(our_name, row.reply_to)
        message["Subject"] = _harmless(row.subject)
        message["Date"] = formatdate(row.created_at.timestamp())
        message["Message-ID"] = row.message_id
        if row.answers:
            message["In-Reply-To"] = row.answers.split()[-1]
            message["References"] = row.answers
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
        message.set_content(row.text, cte="quoted-printable")
        message.add_alternative(row.html, subtype="html", cte="quoted-printable")
        if row.calendar is not None:
            message.attach(_calendar_part(row.calendar, row.calendar_method or ""))
            message.add_attachment(
                row.calendar,
                maintype="application",
                subtype="ics",
                filename="termin.ics",
                params={"name": "termin.ics"},
            )
        # last, because building the tree moves Content-* headers into a part
        message["Content-Language"] = row.language
        return message


def _calendar_part(calendar: bytes, method: str) -> EmailMessage:
    """The part that mail programs act on; set_content() would change its line ends."""
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = f'text/calendar; charset="UTF-8"; method={method}'
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(calendar).decode("ascii").replace("\n", "\r\n"))
    return part


def _address(name: str, email: str) -> Address:
    """Name and address for a header; the domain as DNS spells it."""
    local, _, domain = email.rpartition("@")
    return Address(_harmless(name), local, domain.encode("idna").decode())


def _harmless(text: str) -> str:
    """One line in which Python's email package finds nothing to decode.

    It takes „=?utf-8?q?…?=“ in a header for an encoded word, decodes it, and
    writes out the line breaks hidden in it (CVE-2024-6923).
    """
    return " ".join(text.split()).replace("=?", "= ?")
