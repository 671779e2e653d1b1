"""What happened: who did what, when and why.

Staff's deeds, residents' deeds and the system's decisions in one table. An
entry holds a code and facts, never a name or an address; the sentence is made
when it is read. Entries are only ever added.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock
from chancendialog.extensions import Model, db

RESIDENT = "resident"
SYSTEM = "system"


class JournalEntry(Model):
    """One deed or decision.

    `thread` names what it is about (`registration:<ULID>`, `staff:<id>`),
    `scope` the session it belongs to, if any.
    """

    __tablename__ = "journal_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    actor: Mapped[str]
    code: Mapped[str]
    thread: Mapped[str] = mapped_column(index=True)
    scope: Mapped[str | None] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


def note(
    code: str, *, actor: str, thread: str, scope: str | None = None, **facts: int | str | bool
) -> None:
    """Write down a deed, in the transaction of the deed itself.

    `facts` are what the sentence needs: numbers, slugs, dates. Nothing personal.
    """
    db.session.add(JournalEntry(actor=actor, code=code, thread=thread, scope=scope, facts=facts))
