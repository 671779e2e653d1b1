"""Who is signed in, with which browser, since when.

A visit is a row; its key lies in the browser's cookie, its hash here. Ended is what
has no row any more, so a copied cookie dies with its visit, and each can be ended alone.
"""

import hashlib
import re
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.staff.models import User, Visit

LASTS = timedelta(hours=12)  # since the password was typed; a day at work
SEEN_EVERY = timedelta(minutes=5)  # so that not everybody who reads writes
FRESH = timedelta(minutes=10)  # that long nobody is asked for the password again
BROWSERS = {
    "Firefox": "Firefox",
    "Edg": "Edge",
    "OPR": "Opera",
    "Chrom": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad",
    "Windows": "Windows", "Mac OS": "macOS", "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


def begin(user: User, user_agent: str, *, by_provider: bool = False) -> str:
    """Note that somebody came in; give the key for their browser."""
    key = secrets.token_urlsafe(32)
    db.session.add(
        Visit(
            user_id=user.id, key_hash=_hash(key), device=device(user_agent), by_provider=by_provider
        )
    )
    user.seen_on = clock.today()
    db.session.flush()
    return key


def current(key: str) -> Visit | None:
    """The visit that a key opens, as long as it lasts and its account may be used. One query."""
    return db.session.scalar(
        select(Visit)
        .join(Visit.user)
        .where(Visit.key_hash == _hash(key), Visit.started_at > clock.now() - LASTS, User.active)
        .options(joinedload(Visit.user).joinedload(User.roles))
    )


def is_fresh(visit: Visit) -> bool:
    """Whether they have just shown who they are."""
    return clock.now() - visit.started_at < FRESH


def of(user: User) -> list[Visit]:
    """All browsers that somebody is signed in with, the newest first."""
    return list(
        db.session.scalars(
            select(Visit)
            .where(Visit.user_id == user.id, Visit.started_at > clock.now() - LASTS)
            .order_by(Visit.id.desc())
        )
    )


def is_to_be_noted(visit: Visit) -> bool:
    """Whether it is time to note that they are still there."""
    return clock.now() - visit.seen_at >= SEEN_EVERY


def see(visit_id: int) -> None:
    """Note that they are still there."""
    db.session.execute(update(Visit).where(Visit.id == visit_id).values(seen_at=clock.now()))


def end(key: str) -> None:
    """End the visit that a key opens."""
    db.session.execute(delete(Visit).where(Visit.key_hash == _hash(key)))


def end_one(user: User, number: int) -> int:
    """End one of somebody's visits by its number; say how many that were."""
    return _ended(Visit.user_id == user.id, Visit.id == number)


def end_all(user: User, *, but: Visit | None = None) -> int:
    """End all of somebody's visits, or all but one; say how many that were."""
    return _ended(Visit.user_id == user.id, Visit.id != (but.id if but else 0))


def forget_over() -> None:
    """Delete what is over: nobody's hours are to be counted."""
    db.session.execute(delete(Visit).where(Visit.started_at <= clock.now() - LASTS))


def device(user_agent: str) -> str:
    """Roughly what somebody reads pages with: „Firefox, Windows“."""
    found = (
        next((said for sign, said in names.items() if re.search(sign, user_agent)), None)
        for names in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, found)) or "?"


def _ended(*which: object) -> int:
    return int(db.session.execute(delete(Visit).where(*which)).rowcount)  # type: ignore[arg-type,attr-defined]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
