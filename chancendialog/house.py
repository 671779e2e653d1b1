"""The office behind the series: what holds for all sessions.

One row, written by the programme file. Pages live without it: what is not
known is left out, never made up.
"""

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog.extensions import Model, db


class House(Model):
    """Who invites, and how to reach them."""

    __tablename__ = "house"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]


def house() -> House | None:
    """The office's contact, or None as long as no programme file named it."""
    return db.session.scalar(select(House).limit(1))
