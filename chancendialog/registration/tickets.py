"""The code that is shown at the door: twelve letters that nobody mistakes for others.

It finds a registration there more quickly than the name does, and opens nothing else: its own
page says whether it is valid, and names nobody.
"""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 or O, no 1 or I
LENGTH = 12  # 60 bits: nobody guesses one
_BEGINNING = re.compile(f"[{ALPHABET}]{{4,{LENGTH}}}")


def new_code() -> str:
    """A code as it is stored, not to be guessed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """A code as people read it: `7Q4K-9XWM-2HTR`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read(typed: str) -> str:
    """What somebody typed, as it is stored: a code or its first four letters or more.

    Small letters, blanks and missing hyphens do no harm, nor does the address that a scanner
    types. Empty if it is no code.
    """
    letters = as_stored(typed.rpartition("/")[2])
    return letters if _BEGINNING.fullmatch(letters) else ""


def as_stored(typed: str) -> str:
    """Capitals without blanks and hyphens."""
    return re.sub(r"[\s\u2010-\u2015-]", "", typed).upper()
