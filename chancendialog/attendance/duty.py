"""Who stands at the door: the door accounts that see a session on its day."""

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from chancendialog import journal
from chancendialog.attendance.models import DoorDuty
from chancendialog.extensions import db
from chancendialog.programme.models import EventSession
from chancendialog.staff.models import User
from chancendialog.staff.permissions import only_at_the_door


def door_accounts() -> list[User]:
    """Everybody who sees nothing but the sessions they are assigned to, by address."""
    query = select(User).where(User.active).options(selectinload(User.roles)).order_by(User.email)
    every = db.session.scalars(query)
    return [user for user in every if only_at_the_door(user)]


def on_duty_at(event_session: EventSession) -> set[int]:
    """Whose accounts are assigned to a session, by id."""
    assigned = select(DoorDuty.user_id).where(DoorDuty.event_session_id == event_session.id)
    return set(db.session.scalars(assigned))


def sessions_of(user: User) -> set[int]:
    """Which sessions an account is assigned to, by id."""
    assigned = select(DoorDuty.event_session_id).where(DoorDuty.user_id == user.id)
    return set(db.session.scalars(assigned))


def is_on_duty(user: User, event_session: EventSession) -> bool:
    """Whether an account is assigned to a session."""
    return db.session.get(DoorDuty, (user.id, event_session.id)) is not None


def assign(event_session: EventSession, users: list[User], *, actor: str) -> int:
    """Let exactly these door accounts see a session; say how many changed.

    What is assigned to others than door accounts stays: it means nothing.
    """
    wanted, assigned = {user.id for user in users}, on_duty_at(event_session)
    changed = [user for user in door_accounts() if (user.id in wanted) != (user.id in assigned)]
    for user in changed:
        (_take_in if user.id in wanted else _take_out)(user, event_session, actor)
    return len(changed)


def add(event_session: EventSession, user: User, *, actor: str) -> None:
    """Let one more door account see a session; doing it again changes nothing."""
    if not is_on_duty(user, event_session):
        _take_in(user, event_session, actor)


def _take_in(user: User, event_session: EventSession, actor: str) -> None:
    db.session.add(DoorDuty(user_id=user.id, event_session_id=event_session.id))
    db.session.flush()
    _note("door_assigned", user, event_session, actor)


def _take_out(user: User, event_session: EventSession, actor: str) -> None:
    duty = (DoorDuty.user_id == user.id, DoorDuty.event_session_id == event_session.id)
    db.session.execute(delete(DoorDuty).where(*duty))
    _note("door_unassigned", user, event_session, actor)


def _note(code: str, user: User, event_session: EventSession, actor: str) -> None:
    journal.note(code, actor=actor, thread=user.actor, scope=event_session.thread)
