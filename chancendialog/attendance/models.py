"""The tables of who stands at the door, and of what they noted."""

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


class DoorDuty(Model):
    """A door account sees this session on its day; removing either ends it."""

    __tablename__ = "door_duty"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True
    )
    event_session_id: Mapped[int] = mapped_column(
        ForeignKey("event_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
