"""What a session is called in addresses: the day in Hannover and its title, `2026-11-12-wohnen`."""

import re
import unicodedata
from datetime import datetime
from itertools import count

from sqlalchemy import select

from chancendialog import clock
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession

PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST = 80
RESERVED = {"neu"}  # the office's page for a new one
SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o"})


def whose(slug: str) -> EventSession | None:
    """The session that has this address already."""
    return db.session.scalar(select(EventSession).where(EventSession.slug == slug))


def propose(starts_at: datetime, title: str) -> str:
    """An address that nobody has; hold the series with `planning.queue_up` before."""
    wanted = "-".join(filter(None, (clock.day_of(starts_at).isoformat(), _spelled(title))))
    taken = set(
        db.session.scalars(select(EventSession.slug).where(EventSession.slug.startswith(wanted)))
    )
    others = (f"{wanted}-{number}" for number in count(2))
    return wanted if wanted not in taken else next(one for one in others if one not in taken)


def _spelled(title: str) -> str:
    """„Wie wollen wir wohnen?“ in letters that need no encoding, cut between two words."""
    letters = unicodedata.normalize("NFKD", title.lower().translate(SPELLED))
    words = re.findall(r"[a-z0-9]+", re.sub(r"[\u0300-\u036f]", "", letters))
    short = "-".join(words)[: LONGEST - 20]
    return short if len(short) < LONGEST - 20 else short.rpartition("-")[0] or short
