"""Mail addresses as residents see them again: masked, and looked over for slips."""

from difflib import get_close_matches
from os.path import commonprefix

FREQUENT = {  # providers that many of our readers have; not those whose name is a common word
    "web": ["de"], "gmx": ["de", "net"], "t-online": ["de"], "gmail": ["com"],
    "googlemail": ["com"], "outlook": ["de", "com"], "hotmail": ["de", "com"],
    "yahoo": ["de", "com"], "icloud": ["com"], "freenet": ["de"], "posteo": ["de"],
    "mailbox": ["org"], "vodafone": ["de"], "htp-tel": ["de"], "region-hannover": ["de"],
}  # fmt: skip
ENDINGS = {
    "de", "com", "net", "org", "info", "eu", "at", "ch", "fr", "it", "es", "nl", "be", "pl", "dk",
    "se", "uk", "ag",
}  # fmt: skip
ALSO_RIGHT = {"mail.com", "email.com", "ymail.com", "gmx.com"}  # a letter away from another
LONG = 5  # letters from which one wrong letter is more likely a slip than another name


def masked(email: str) -> str:
    """„k••@example.org“: enough to recognise one's own address."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}••@{domain}"


def likely_meant(email: str) -> str | None:
    """The same address at the provider that was probably meant; None if nothing looks wrong.

    Only ever a suggestion, and a careful one: a domain that we do not know is
    more often right than wrong.
    """
    local, _at, domain = email.rpartition("@")
    name, _dot, ending = domain.partition(".")
    if domain in ALSO_RIGHT:
        return None
    if endings := FREQUENT.get(name):
        twice = ending.split(".")[0] in endings and "." in ending  # „web.de.de“
        if ending.rpartition(".")[2] in ENDINGS and not twice:
            return None
        meant = get_close_matches(ending, endings, n=1, cutoff=0) or endings
        return f"{local}@{name}.{meant[0]}"
    for right, endings in FREQUENT.items():
        if ending in endings and _is_one_slip(name, right):
            return f"{local}@{right}.{ending}"
    return None


def provider_meant(email: str) -> str | None:
    """Where the mailbox of such a suggestion is: that alone names nobody."""
    meant = likely_meant(email)
    return meant and meant.rpartition("@")[2]


def is_frequent(provider: str) -> bool:
    """Whether many of our readers have their mailbox there."""
    name, _dot, ending = provider.partition(".")
    return ending in FREQUENT.get(name, [])


def _is_one_slip(typed: str, right: str) -> bool:
    """Whether two letters are swapped, or in a long name one is missing, wrong or too many."""
    start = len(commonprefix([typed, right]))  # noqa: RUF071 -- letter by letter is what we want
    typed, right = typed[start:], right[start:]
    end = len(commonprefix([typed[::-1], right[::-1]]))  # noqa: RUF071
    typed_rest, right_rest = typed[: len(typed) - end], right[: len(right) - end]
    if len(typed_rest) == 2 and typed_rest == right_rest[::-1]:
        return True
    is_long = start + len(right) >= LONG
    return is_long and max(len(typed_rest), len(right_rest)) == 1
