"""The table of attendance marks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chancendialog import clock
from chancendialog.extensions import Model


class AttendanceMark(Model):
    """What one tap at the door said: so many of this party are in now.

    Only ever added. `operation` is made by whoever taps, so that sending a
    tap twice is one mark; `people` is 0 when a check-in is taken back.
    """

    __tablename__ = "attendance_mark"
    __table_args__ = (CheckConstraint("people >= 0", name="people_is_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    people: Mapped[int]
    marked_at: Mapped[datetime] = mapped_column(default=clock.now)
    actor: Mapped[str]
    device: Mapped[str] = mapped_column(default="")
