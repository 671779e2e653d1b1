"""A letter as bytes: the MIME tree that every mail program understands.

    multipart/mixed
    ├─ multipart/alternative
    │  ├─ text/plain
    │  ├─ text/html                  multipart/related[text/html, image/png] if it has a picture
    │  └─ text/calendar; method=…     what shows the buttons (RFC 6047)
    └─ application/ics                the same bytes as a file

Flask-Mail's own tree loses the method, the order and umlauts in attachments,
and Python turns long ids into encoded words; both are mended here. All parts
are 7bit, so that signatures survive every relay. Only headers that hold what
people typed go through Python's header registry, which takes most of the time.
"""

import re
from base64 import b64encode, encodebytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, compat32
from email.utils import formatdate
from functools import lru_cache
from quopri import encodestring

from chancendialog import qr
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
_PICTURE = re.compile(r'(?<=<img src=")qr:([^"]+)')


def as_bytes(mail: OutgoingMail) -> bytes:
    """An outbox row as the mail server gets it; the same row gives the same bytes.

    Raises `UnicodeError` for an address that DNS cannot spell.
    """
    our_name, our_address = sender()
    message = EmailMessage(policy=SMTP)
    message["From"] = _address("From", our_name, our_address)
    message["To"] = _address("To", mail.recipient_name, mail.recipient)
    message["Reply-To"] = _address("Reply-To", our_name, mail.reply_to)
    message["Subject"] = _harmless(mail.subject)
    message["Date"] = formatdate(mail.created_at.timestamp())
    message["Message-ID"] = mail.message_id
    if mail.answers:
        message["In-Reply-To"] = mail.answers.split()[-1]
        message["References"] = mail.answers
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message["Content-Language"] = mail.language
    message["MIME-Version"] = "1.0"
    alternatives = [_text(mail.text, "plain"), _html(mail)]
    if mail.calendar is None:
        return _hold(message, "alternative", alternatives).as_bytes()
    calendar = encodebytes(mail.calendar)
    method = f'text/calendar; charset="UTF-8"; method={mail.calendar_method}'
    alternatives.append(_part(method, "base64", calendar))
    file = _part('application/ics; name="termin.ics"', "base64", calendar)
    file["Content-Disposition"] = 'attachment; filename="termin.ics"'
    parts = [_hold(Message(), "alternative", alternatives), file]
    return _hold(message, "mixed", parts).as_bytes()


def with_pictures(html: str) -> str:
    """A letter's HTML as a browser shows it, with its pictures in it; few mail programs would."""
    return _PICTURE.sub(
        lambda found: f"data:image/png;base64,{b64encode(qr.png(found[1])).decode()}", html
    )


def _html(mail: OutgoingMail) -> Message:
    """The HTML, together with its picture if it has one."""
    found = _PICTURE.search(mail.html)
    if not found:
        return _text(mail.html, "html")
    name = f"qr.{mail.message_id.strip('<>')}"
    picture = _part("image/png", "base64", encodebytes(qr.png(found[1])))
    picture["Content-ID"] = f"<{name}>"
    picture["Content-Disposition"] = 'inline; filename="qr-code.png"'
    html = _text(mail.html.replace(found[0], f"cid:{name}"), "html")
    return _hold(Message(), "related", [html, picture])


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


@lru_cache(100)
def _address(header: str, name: str, email: str) -> str:
    """Name and address, as the value of a header; ours are the same in every letter."""
    local, _, domain = on_the_wire(email).rpartition("@")
    value: str = SMTP.header_factory(header, Address(_harmless(name), local, domain))
    return value


def on_the_wire(email: str) -> str:
    """An address with its domain as DNS spells it."""
    local, _, domain = email.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _harmless(text: str) -> str:
    """One line in which Python's email package finds nothing to decode.

    It takes „=?utf-8?q?…?=“ in a header for an encoded word, decodes it, and
    writes out the line breaks hidden in it (CVE-2024-6923).
    """
    return " ".join(text.split()).replace("=?", "= ?")
