"""What somebody of staff wants to read on lists; the next list begins with it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog.documents.attendees import USUAL, Fact, Sorting
from chancendialog.extensions import Model, db, one_of
from chancendialog.staff.models import User


class ListChoice(Model):
    """What an account chose last; it goes with the account."""

    __tablename__ = "list_choice"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True
    )
    facts: Mapped[list[Any]] = mapped_column(JSON)  # in the order of the columns
    sorted_by: Mapped[Sorting] = mapped_column(one_of(Sorting))


@dataclass(frozen=True)
class Choice:
    """Which columns, in this order, and by what the list is sorted."""

    facts: tuple[Fact, ...] = USUAL
    sorting: Sorting = Sorting.NAME


def last_of(user: User) -> Choice:
    """What they chose last, or the usual."""
    row = db.session.get(ListChoice, user.id)
    if row is None:
        return Choice()
    known = tuple(fact for fact in Fact if fact in row.facts)
    return Choice(tuple(sorted(known, key=row.facts.index)) or USUAL, row.sorted_by)


def remember(user: User, choice: Choice) -> None:
    """Keep it for the next time.

    The account's row is locked, so that two windows that choose for the first time do not
    both insert; the last one counts.
    """
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())
    db.session.merge(ListChoice(user_id=user.id, facts=[*choice.facts], sorted_by=choice.sorting))
