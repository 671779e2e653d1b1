"""Which passwords we take: long ones that nobody would try first (NIST SP 800-63B-4, 3.1.1.2).

All of Unicode and blanks, nothing about kinds of characters, no expiry. Refused is
what is common, what names the account or this service, and what is easily made of both.
"""

import re
import unicodedata
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_security import PasswordUtil
from zxcvbn import zxcvbn

from chancendialog.i18n import gettext

LEAST, MOST = 12, 1000  # characters; the longer ones cost us time, and nobody anything
READ = 72  # characters that zxcvbn looks at; it refuses to read more
GOOD_ENOUGH = 3  # of 4: more than a hundred million guesses
LEAST_OF_ONES_OWN = 6  # letters beside what everybody knows
TOO_EASY = _(
    "Das ist zu leicht zu erraten. Wählen Sie einen Satz, den nur Sie kennen, ohne Ihre"
    " E-Mail-Adresse und den Namen dieser Seite"
)
OURS = (
    "chancendialog transformation transformationsbüro region hannover verwaltung passwort einlass"
)


class PasswordRules(PasswordUtil):
    """What Flask-Security asks wherever somebody chooses a password."""

    def validate(
        self, password: str, is_register: bool, **facts: Any
    ) -> tuple[list[str] | None, str]:
        """Say what is wrong, if anything, and give the password as it is hashed."""
        normalised = self.normalize(password)
        user = facts.get("user")
        fault = _fault(normalised, user.email if user else "")
        return ([fault] if fault else None), normalised


def fault(password: str, email: str) -> str | None:
    """What is wrong with this password for this account, if anything."""
    return _fault(current_app.extensions["security"].password_util.normalize(password), email)


def _fault(normalised: str, email: str) -> str | None:
    length = len(unicodedata.normalize("NFC", normalised))
    if length < LEAST:
        return gettext("Wählen Sie ein Passwort mit mindestens %(least)s Zeichen", least=LEAST)
    if length > MOST:
        return gettext("Wählen Sie ein Passwort mit höchstens %(most)s Zeichen", most=MOST)
    known = [word for word in (*OURS.split(), *re.split(r"[\W_]+", email)) if len(word) > 2]
    guessed = zxcvbn(normalised[:READ], user_inputs=[email, *known])["score"] < GOOD_ENOUGH
    if guessed or _says_nothing_else(normalised.lower(), known):
        return str(TOO_EASY)
    return None


def _says_nothing_else(password: str, known: list[str]) -> bool:
    """Whether little is left of it without what everybody knows."""
    rest = re.sub("|".join(map(re.escape, sorted(known, key=len, reverse=True))), "", password)
    return len(rest) < len(password) and len(re.sub(r"[\W\d_]", "", rest)) < LEAST_OF_ONES_OWN
