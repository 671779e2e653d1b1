"""Accounts of members of staff: who has one, what they may do, and the letters about it.

The last admin who can get in stays: nobody could let anybody in again.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import cast

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_security import SQLAlchemyUserDatastore, hash_password
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import select, true, update
from sqlalchemy.orm import selectinload

from chancendialog import journal
from chancendialog.errors import DomainError
from chancendialog.extensions import db, new_ulid
from chancendialog.house import contact
from chancendialog.i18n import gettext as _
from chancendialog.links import link
from chancendialog.mailing import outbox
from chancendialog.mailing.letter import Letter, write
from chancendialog.staff import passwords, second_factor, visits
from chancendialog.staff.models import Role, User, Visit
from chancendialog.staff.permissions import ROLES

LINK_LASTS = timedelta(days=1)  # Flask-Security's RESET_PASSWORD_WITHIN
datastore = SQLAlchemyUserDatastore(db, User, Role)


class CannotAdd(DomainError):
    """The account cannot be made; the message says what to do."""


class AlreadyThere(CannotAdd):
    """There is an account under this address."""


class NoSuchAccount(DomainError):
    """Nobody works here under this address."""


class LastAdmin(DomainError):
    """Without this account nobody could let anybody in."""


def every() -> list[User]:
    """All accounts, by address."""
    query = select(User).options(selectinload(User.roles)).order_by(User.email)
    return list(db.session.scalars(query))


def by_address(email: str) -> User:
    """The account of this address. Raises `NoSuchAccount`."""
    user = datastore.find_user(email=email.strip().lower())
    if user is None:
        raise NoSuchAccount(f"Zu „{email}“ gibt es kein Konto.")
    return cast("User", user)


def add(email: str, role: str, *, password: str | None, actor: str = journal.SYSTEM) -> User:
    """Add a member of staff, or give one a further role or a new password.

    Raises `CannotAdd` for an unknown role, an impossible address, or a
    password that is too easy to guess.
    """
    if role not in ROLES:
        raise CannotAdd(f"Die Rolle „{role}“ gibt es nicht. Möglich sind: {', '.join(ROLES)}.")
    try:
        email = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as trouble:
        raise CannotAdd(f"„{email}“ ist keine E-Mail-Adresse: {trouble}") from trouble
    if password is not None and (fault := passwords.fault(password, email)):
        raise CannotAdd(fault)
    found = datastore.find_user(email=email)
    user = cast("User", found or datastore.create_user(email=email, password=None))
    datastore.add_role_to_user(user, datastore.find_or_create_role(role))
    if password is not None:
        _set_password(user, password)
    db.session.flush()
    journal.note("staff_added", actor=actor, thread=user.actor, role=role)
    return user


def invite(email: str, role: str, *, actor: str) -> User:
    """Add a member of staff and write to them. Raises `CannotAdd`."""
    if datastore.find_user(email=email.strip().lower()):
        raise AlreadyThere(_("Zu dieser Adresse gibt es schon ein Konto"))
    user = add(email, role, password=None, actor=actor)
    send_link(user, actor=actor)
    return user


def send_link(user: User, *, actor: str) -> None:
    """Write to somebody where they choose a password."""
    letter = staff_link(user) if user.password else staff_invitation(user)
    outbox.post(letter, thread=f"staff-link:{new_ulid()}")
    journal.note("staff_link_sent", actor=actor, thread=user.actor)


def set_role(user: User, role: str, *, actor: str) -> None:
    """Let somebody be this and nothing else. Raises `LastAdmin`."""
    before = role_of(user)
    if [one.name for one in user.roles] == [role]:
        return
    if role != "admin":
        _keep_an_admin(user)
    user.roles = [cast("Role", datastore.find_or_create_role(role))]
    journal.note("staff_role_set", actor=actor, thread=user.actor, before=before, now=role)
    db.session.flush()


def block(user: User, *, actor: str) -> None:
    """Let somebody in no longer, and end their visits. Raises `LastAdmin`."""
    if not user.active:
        return
    _keep_an_admin(user)
    user.active = False
    journal.note("staff_blocked", actor=actor, thread=user.actor)
    end_visits(user, actor=actor)
    db.session.flush()


def unblock(user: User, *, actor: str) -> None:
    """Let somebody in again."""
    if not user.active:
        user.active = True
        journal.note("staff_unblocked", actor=actor, thread=user.actor)


def remove(user: User, *, actor: str = journal.SYSTEM) -> None:
    """Remove an account with all that it holds. Raises `LastAdmin`."""
    _keep_an_admin(user)
    journal.note("staff_removed", actor=actor, thread=user.actor)
    datastore.delete_user(user)
    db.session.flush()


def reset_factors(user: User, *, actor: str) -> None:
    """Let somebody who lost their second factor come in without one, anew everywhere."""
    second_factor.reset(user)
    journal.note("factors_reset", actor=actor, thread=user.actor)
    end_visits(user, actor=actor)


def choose_password(user: User, password: str) -> None:
    """Take a new password that was found good."""
    _set_password(user, password)
    journal.note("password_set", actor=user.actor, thread=user.actor)


def end_visits(user: User, *, actor: str, but: Visit | None = None) -> int:
    """End all visits of an account, or all but one; say how many that were."""
    if number := visits.end_all(user, but=but):
        journal.note("visits_ended", actor=actor, thread=user.actor, number=number)
    return number


def role_of(user: User) -> str:
    """What somebody is here: of several roles the one that may do most."""
    return max((one.name for one in user.roles), key=list(ROLES).index, default="")


def _set_password(user: User, password: str) -> None:
    normalised = current_app.extensions["security"].password_util.normalize(password)
    user.password = hash_password(normalised)


def _keep_an_admin(user: User) -> None:
    """Refuse to lose the last admin who can get in.

    The row of the role is taken first: of two admins who remove each other at
    once, the second one sees what the first has done.
    """
    if "admin" not in [one.name for one in user.roles]:
        return
    db.session.execute(update(Role).where(Role.name == "admin").values(name="admin"))
    gets_in = true() if current_app.config["OIDC_ISSUER"] else User.password.is_not(None)
    others = (
        select(User.id)
        .join(User.roles)
        .where(Role.name == "admin", User.id != user.id, User.active, gets_in)
    )
    if db.session.scalar(others.limit(1)) is None:
        raise LastAdmin(
            _(
                "Das ist das letzte Konto, das Konten verwalten kann. Geben Sie erst einem anderen"
                " die Rolle „Administration“; es muss schon ein Passwort haben."
            )
        )


def emails(actors: Collection[str]) -> dict[str, str]:
    """The addresses of colleagues by their names in the journal, as far as they have accounts."""
    numbers = {int(actor.partition(":")[2]) for actor in actors if actor.startswith("staff:")}
    return {
        user.actor: user.email
        for user in db.session.scalars(select(User).where(User.id.in_(numbers)))
    }


def every_email() -> dict[str, str]:
    """The addresses of all who have an account, by their names in the journal, in order."""
    every = db.session.scalars(select(User).order_by(User.email))
    return {user.actor: user.email for user in every}


def one_time_link(user: User) -> str:
    """Where they choose a password; works once, for a day."""
    return link("security.reset_password", token=generate_reset_password_token(user))  # type: ignore[no-untyped-call]


def staff_link(user: User) -> Letter:
    """A link to choose a new password."""
    own_url = one_time_link(user)
    return write("staff_link", name="", email=user.email, own_url=own_url, house=contact())


def staff_invitation(user: User) -> Letter:
    """A link to choose the first password."""
    own_url = one_time_link(user)
    return write("staff_invitation", name="", email=user.email, own_url=own_url, house=contact())
