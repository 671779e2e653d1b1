"""When a worker last came to the end of its round."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock
from chancendialog.extensions import Model, db

WORKER = "worker"


class Heartbeat(Model):
    """One row for all workers together: whichever finished last."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


def beat() -> None:
    """Note that a worker has come round; the caller commits."""
    noted = update(Heartbeat).where(Heartbeat.name == WORKER).values(at=clock.now())
    if db.session.scalar(noted.returning(Heartbeat.name)) is None:
        with suppress(IntegrityError), db.session.begin_nested():  # another was quicker: as good
            db.session.add(Heartbeat(name=WORKER, at=clock.now()))


def last() -> datetime | None:
    """When it last did; None if none ever has."""
    return db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == WORKER))
