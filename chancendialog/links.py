"""Full addresses for letters and calendars.

They begin with PUBLIC_URL, never with the Host header of whoever asked: a
forged one must not end up in somebody's mail.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from config import SENDER_NAME


def link(endpoint: str, **values: Any) -> str:
    """The address of a page as the outside knows it; works without a request.

    Pages that exist in several languages are named in that of the page or letter being
    written, unless `language` says another.
    """
    current_app.inject_url_defaults(endpoint, values)
    outside = urlsplit(current_app.config["PUBLIC_URL"])
    routes = current_app.url_map.bind(outside.netloc, url_scheme=outside.scheme)
    return routes.build(endpoint, values, force_external=True)


def sender() -> tuple[str, str]:
    """Name and address that we write from; `Haus der Region, Hannover <a@b.de>` needs no quotes.

    The domain is spelled as DNS does, so that calendars and headers agree.
    """
    name, _, address = current_app.config["MAIL_DEFAULT_SENDER"].rpartition("<")
    local, _, domain = address.strip(" >").rpartition("@")
    host = domain.encode("idna").decode()
    return name.strip(' "') or SENDER_NAME, f"{local}@{host}"


def mail_domain() -> str:
    """The part after the @ of that address."""
    return sender()[1].rpartition("@")[2]


def new_calendar_uid(kind: str, ulid: str) -> str:
    """A name in calendars that was never used and never will be again."""
    return f"{kind}-{ulid.lower()}@{mail_domain()}"
