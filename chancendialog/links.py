"""Full addresses for letters and calendars.

They begin with PUBLIC_URL, never with the Host header of whoever asked: a
forged one must not end up in somebody's mail.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


def link(endpoint: str, **values: Any) -> str:
    """The address of a page as the outside knows it; works without a request."""
    outside = urlsplit(current_app.config["PUBLIC_URL"])
    routes = current_app.url_map.bind(outside.netloc, url_scheme=outside.scheme)
    return routes.build(endpoint, values, force_external=True)


def mail_domain() -> str:
    """The part after the @ of the address that we write from."""
    sender: str = current_app.config["MAIL_DEFAULT_SENDER"]
    return sender.rpartition("@")[2].strip(" >").encode("idna").decode()
