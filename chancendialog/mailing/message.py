"""A letter as bytes: the MIME tree that every mail program understands.

    multipart/mixed
    ├─ multipart/alternative
    │  ├─ text/plain
    │  ├─ text/html
    │  └─ text/calendar; method=…     what shows the buttons (RFC 6047)
    └─ application/ics                the same bytes as a file

Flask-Mail's own tree loses the method, the order and umlauts in attachments,
and Python turns long ids into encoded words; both are mended here. All parts
are 7bit, so that signatures survive every relay. Only headers that hold what
people typed go through Python's header registry, which takes most of the time.
"""

from base64 import encodebytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, compat32
from email.utils import formatdate
from quopri import encodestring

import flask_mail

from chancendialog.links import sender
from chancendialog.mailing.models import OutgoingMail

# These hold ids and fixed words: nothing to encode. Ids as encoded words nobody finds again.
IDS = {"message-id", "in-reply-to", "references"}
AS_THEY_ARE = IDS | {
    "auto-submitted", "content-disposition", "content-language", "content-transfer-encoding",
    "content-type", "date", "mime-version", "x-auto-response-suppress",
}  # fmt: skip


class _Policy(EmailPolicy):
    """SMTP lines, with ids left alone and one reference per line."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        if name.lower() in AS_THEY_ARE and len(value.splitlines()) == 1:
            return name, value
        return super().header_store_parse(name, value)  # refuses line breaks

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value if name.lower() in AS_THEY_ARE else super().header_fetch_parse(name, value)

    def fold(self, name: str, value: str) -> str:
        if name.lower() in IDS:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in IDS:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


SMTP = _Policy(linesep="\r\n")


class LetterMessage(flask_mail.Message):
    """An outbox row on its way through Flask-Mail's connection.

    Without `Message.__init__`, which asks DNS for this machine's name, for an
    id that is not used.
    """

    def __init__(self, row: OutgoingMail) -> None:
        self.row = row
        self.sender, self.recipients = sender()[1], [row.recipient]
        self.cc, self.bcc, self.mail_options, self.rcpt_options = [], [], [], []
        self.subject, self.reply_to, self.date = "", None, None  # _message() writes them

    def _message(self) -> EmailMessage:  # type: ignore[override]  # only its bytes are used
        row = self.row
        our_name, our_address = sender()
        message = EmailMessage(policy=SMTP)
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
        message["Content-Language"] = row.language
        message["MIME-Version"] = "1.0"
        alternatives = [_text(row.text, "plain"), _text(row.html, "html")]
        if row.calendar is None:
            _hold(message, "alternative", alternatives)
        else:
            method = f'text/calendar; charset="UTF-8"; method={row.calendar_method}'
            alternatives.append(_part(method, "base64", encodebytes(row.calendar)))
            file = _part('application/ics; name="termin.ics"', "base64", encodebytes(row.calendar))
            file["Content-Disposition"] = 'attachment; filename="termin.ics"'
            _hold(message, "mixed", [_hold(Message(), "alternative", alternatives), file])
        return message


def _text(content: str, kind: str) -> Message:
    content_type = f'text/{kind}; charset="utf-8"'
    return _part(content_type, "quoted-printable", encodestring(content.encode()))


def _part(content_type: str, encoding: str, content: bytes) -> Message:
    """A part whose content is encoded already."""
    part = Message(compat32)
    part["Content-Type"] = content_type
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(content.decode("ascii"))
    return part


def _hold(whole: Message, kind: str, parts: list[Message]) -> Message:
    """Put parts into one; its boundary is in none of them, however they read (RFC 2045, 6.7)."""
    whole["Content-Type"] = f'multipart/{kind}; boundary="=_{kind}"'
    for part in parts:
        whole.attach(part)
    return whole


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
