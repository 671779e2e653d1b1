"""The code that stands on a printed confirmation and opens one's own page, as a mailed link does.

Sixteen of the ticket's letters: five name the registration, eleven (55 bits) prove that
the code was printed by us. Nothing is stored, and raising the registration's
`link_version` kills it together with its links. Only people without an address have one:
for all others the link proves that the mailbox is theirs, and paper does not.
"""

import hmac
import re

from chancendialog import tokens
from chancendialog.extensions import db
from chancendialog.registration import tickets
from chancendialog.registration.models import Registration

NUMBER, PROOF = 5, 11  # letters
_BASE = len(tickets.ALPHABET)  # 32: each letter stands for five bits
_CODE = re.compile(f"[{tickets.ALPHABET}]{{{NUMBER + PROOF}}}")


def code_of(registration: Registration) -> str:
    """The code as people read it: `2222-37Q4-K9XW-M2HT`."""
    return tickets.shown(_letters(registration.id, NUMBER) + _proofs(registration)[0])


def registration_of(typed: str) -> Registration | None:
    """Whose code this is; None for one that was mistyped, is dead, or was never ours."""
    code = tickets.as_stored(typed)
    if not _CODE.fullmatch(code):
        return None
    number = 0
    for letter in code[:NUMBER]:
        number = number * _BASE + tickets.ALPHABET.index(letter)
    registration = db.session.get(Registration, number)
    if registration is None or registration.erased_at or registration.email:
        return None
    is_ours = any(hmac.compare_digest(code[NUMBER:], one) for one in _proofs(registration))
    return registration if is_ours else None


def _proofs(registration: Registration) -> list[str]:
    """By each key that is still believed, the newest first."""
    content = f"{registration.ulid}:{registration.link_version}"
    made = tokens.signature("paper code", content)
    return [_letters(int.from_bytes(one[:8], "big"), PROOF) for one in made]


def _letters(number: int, length: int) -> str:
    """The last `length` digits of a number, written with the ticket's letters."""
    digits = (number // _BASE**place % _BASE for place in reversed(range(length)))
    return "".join(tickets.ALPHABET[digit] for digit in digits)
