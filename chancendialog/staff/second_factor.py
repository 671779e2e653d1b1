"""What shows besides the password that it is them: codes of an app, recovery codes, passkeys.

The arithmetic is libpass's (RFC 6238); passkeys have a module of their own.
"""

import hmac
import secrets
from collections.abc import Iterable

from flask import current_app
from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy import delete, exists, select

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.staff.models import Passkey, User
from chancendialog.staff.permissions import only_at_the_door

WINDOW = 30  # seconds that clocks may differ, to either side
RECOVERY_CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
ISSUER = "Chancendialog"


def is_set_up(user: User) -> bool:
    """Whether their password alone opens nothing; also where the app's key cannot be read."""
    return _has_app(user) or has_passkey(user)


def has_passkey(user: User) -> bool:
    """Whether they have added one."""
    return bool(db.session.scalar(select(exists().where(Passkey.user_id == user.id))))


def set_up_by(users: Iterable[User]) -> set[int]:
    """Who of these has set one up, by id. One query."""
    with_passkey = set(db.session.scalars(select(Passkey.user_id)))
    return {user.id for user in users if _has_app(user) or user.id in with_passkey}


def is_missing(user: User) -> bool:
    """Whether they must set one up first: all who see addresses, in an installation."""
    return not current_app.config["IS_TRIAL"] and not only_at_the_door(user) and not is_set_up(user)


def new_key() -> str:
    """A key for an app, base32."""
    return str(TOTP.new().base32_key)


def app_address(user: User, key: str) -> str:
    """What an app reads from the QR code (Key Uri Format)."""
    return str(TOTP(key).to_uri(user.email, issuer=ISSUER))


def in_groups(key: str) -> str:
    """The key for whoever types it."""
    return str(TOTP(key).pretty_key(sep=" "))


def set_up_app(user: User, key: str, code: str) -> bool:
    """Take codes of this key from now on, if the first one is right."""
    counter = _counter(key, code, None)
    if counter is None:
        return False
    user.totp_key, user.totp_counter = key, counter
    return True


def take(user: User, code: str) -> bool:
    """Whether this code of their app or of their list is right; each works once.

    The row is taken first, so that two tries at once do not both find it unused.
    """
    db.session.refresh(user, with_for_update={"of": User})
    typed = "".join(code.split()).replace("-", "").lower()
    if user.totp_key and (counter := _counter(user.totp_key, typed, user.totp_counter)) is not None:
        user.totp_counter = counter
        return True
    left = (user.recovery_codes or "").split()
    rest = [one for one in left if not hmac.compare_digest(one.encode(), typed.encode())]
    user.recovery_codes = " ".join(rest) or None
    return len(rest) < len(left)


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes to write down, each for once; older ones are worth nothing from now on."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    user.recovery_codes = " ".join(codes)
    return ["-".join((one[:4], one[4:8], one[8:])) for one in codes]


def recovery_codes_left(user: User) -> int:
    """How many they have not used yet."""
    return len((user.recovery_codes or "").split())


def drop_app(user: User) -> None:
    """Take codes of their app no longer; without any factor, recovery codes open nothing."""
    user.totp_key = user.totp_counter = None
    forget_recovery_codes(user)


def reset(user: User) -> None:
    """Forget all of it, for somebody who lost it."""
    db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    user.totp_key = user.totp_counter = user.recovery_codes = None


def forget_recovery_codes(user: User) -> None:
    """They belong to a factor; without any they go, too."""
    if not is_set_up(user):
        user.recovery_codes = None


def _counter(key: str, code: str, last: int | None) -> int | None:
    """Which half minute a code is of, unless it is wrong, old or was used."""
    try:
        found = TOTP(key).match(
            code, time=int(clock.now().timestamp()), window=WINDOW, last_counter=last
        )
    except TokenError:
        return None
    return int(found.counter)


def _has_app(user: User) -> bool:
    """Whether they have set one up; without the installation's key, theirs reads as none."""
    return user.totp_key is not None or user.totp_counter is not None
