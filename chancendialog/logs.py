"""What logs may hold: no key of an address, no query string, no mail address.

Some addresses are keys: whoever reads one can use it. All that this process
logs, also by the web server, passes here, tracebacks included. What a proxy in
front of us logs is its own affair; README.md says what to tell it.
"""

import logging
import re
import traceback
from typing import Any

IS_KEY = re.compile(r"/(?:anmeldung|t|kalender/+mein|verwaltung/+passwort|danke)/+(?=[^/])")
"""Where the key of an address begins, in a path that has one."""

# some servers log addresses decoded: there a key that somebody typed may have blanks in it
_KEYS = re.compile(rf"({IS_KEY.pattern})(?:[^/?#\"'<>\n]+(?= HTTP/)|[^/\s?#\"'<>]+)")
_OTHERS = (
    (re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+"), r"\1?…"),
    # PostgreSQL quotes the row that breaks a rule, in the language of its server
    (re.compile(r"(DETAIL: ).+?(?=\n\[SQL|\n\n|\Z)", re.DOTALL), r"\1…"),
    (re.compile(r"[^\s@<>()\"'=,;/]+(?:@|%40)[^\s@<>()\"'=,;/:]+", re.IGNORECASE), "…@…"),
)


def mask_secrets() -> None:
    """Mask all that is logged from here on, whoever logs it."""
    logging.setLogRecordFactory(MaskedRecord)


def masked(text: str) -> str:
    """The same without what nobody may read in a log."""
    text = without_keys(text)
    for secret, instead in _OTHERS:
        text = secret.sub(instead, text)
    return text


def without_keys(text: str) -> str:
    """The same without the keys of addresses: they belong to one person."""
    return _KEYS.sub(r"\1…", text)


class MaskedRecord(logging.LogRecord):
    """A line of a log, as it may be written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.exc_info and self.exc_info[0]:  # formatters take this instead of their own
            self.exc_text = masked("".join(traceback.format_exception(*self.exc_info)).rstrip())

    def getMessage(self) -> str:  # noqa: N802 -- logging's name
        return masked(super().getMessage())
