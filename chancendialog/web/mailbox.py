"""The development mailbox: what a mail server would have got. Exists in a trial only."""

import email
import email.policy
from base64 import b64encode
from email.message import EmailMessage

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from chancendialog.mailing.delivery import development_mailbox

bp = Blueprint("mailbox", __name__, url_prefix="/postfach")


@bp.get("/")
def inbox() -> ResponseReturnValue:
    """List the letters, the newest first."""
    box = development_mailbox()
    letters = sorted(((_read(box.get_bytes(key)), key) for key in box.iterkeys()), key=_arrival)
    return render_template("mailbox/inbox.html", letters=letters[::-1])


@bp.get("/<key>")
def message(key: str) -> ResponseReturnValue:
    """One letter: headers, text, and its parts."""
    letter = _read(_raw(key))
    body = letter.get_body(("plain",))
    return render_template(
        "mailbox/message.html", key=key, letter=letter, text=body.get_content() if body else ""
    )


@bp.get("/<key>.eml")
def raw(key: str) -> ResponseReturnValue:
    """The letter's bytes."""
    return Response(_raw(key), content_type="text/plain; charset=utf-8")


@bp.get("/<key>.html")
def html(key: str) -> ResponseReturnValue:
    """The letter's HTML, as a mail program shows it: its own styles, nothing from outside."""
    letter = _read(_raw(key))
    body = letter.get_body(("html",))
    page = body.get_content() if body else ""
    for part in letter.walk():
        if name := part.get("Content-ID", "").strip("<>"):
            picture = b64encode(part.get_content()).decode()
            page = page.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{picture}")
    response = Response(page)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'; sandbox"
    )
    return response


@bp.get("/<key>.ics")
def calendar(key: str) -> ResponseReturnValue:
    """The letter's calendar file."""
    parts = [
        part.get_content()
        for part in _read(_raw(key)).iter_attachments()
        if part.get_content_type() == "application/ics"
    ]
    return Response(parts[0] if parts else abort(404), content_type="text/calendar; charset=utf-8")


def _raw(key: str) -> bytes:
    try:
        return development_mailbox().get_bytes(key)
    except KeyError:
        abort(404)


def _read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def _arrival(letter: tuple[EmailMessage, str]) -> tuple[int, int]:
    """When it was put in, from the key that the Maildir gave it: seconds, microseconds."""
    seconds, _, rest = letter[1].partition(".M")
    return int(seconds), int(rest.partition("P")[0] or 0)
