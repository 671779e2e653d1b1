"""How names are written: found in every spelling, sorted as in a German directory."""

import unicodedata

SORTED_BY, SEARCHED_IN = 60, 400  # letters of a key: databases index no longer ones
_APART = "-\u2010\u2011\u2012\u2013\u2014,;/()"  # what stands between two words
_AS_IN_DIRECTORIES = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_SILENT = "'\u2018\u2019\u02bc`\u00b4"  # „O’Brien“ is typed as „OBrien“, too
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"}
    | dict.fromkeys(_APART, " ")
    | dict.fromkeys(_SILENT, "")
)


def sort_key(name: str) -> str:
    """What to sort a name by, as in a telephone directory: ä like ae, ß like ss (DIN 5007-2)."""
    composed = unicodedata.normalize("NFC", name).casefold()
    return _plain(composed.translate(_AS_IN_DIRECTORIES))[:SORTED_BY]


def search_key(name: str, email: str | None) -> str:
    """Where to look for the words of a search, folded: in the name and the address."""
    return folded(f"{name} {email or ''}")[:SEARCHED_IN]


def folded(text: str) -> str:
    """„Müller“, „Mueller“ and „Muller“ alike; ß as ss, ı as i, no accents, no hyphens."""
    plain = _plain(text)
    for pair, one in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        plain = plain.replace(pair, one)
    return plain


def _plain(text: str) -> str:
    # twice: what letters are made of may have capitals and signs of its own
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = unicodedata.normalize("NFKD", letters.casefold().translate(_LETTERS))
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())
