"""Accounts and roles, under the names that Flask-Security asks for."""

from datetime import date, datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chancendialog import clock
from chancendialog.extensions import Encrypted, Model

staff_role = Table(
    "staff_role",
    Model.metadata,
    Column("user_id", ForeignKey("staff_user.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Model, RoleMixin):
    """One of the names in `permissions.ROLES`."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class User(Model, UserMixin):
    """A member of staff. `user` is a reserved word in PostgreSQL.

    The journal knows them by their number, so none is given twice: SQLite would
    give the number of the newest account again once that is removed.
    """

    __tablename__ = "staff_user"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # as SQLAlchemy wants it

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    seen_on: Mapped[date | None]  # the day of the last sign-in; hours are nobody's business
    totp_key: Mapped[str | None] = mapped_column(Encrypted)  # of the app that shows codes, base32
    totp_counter: Mapped[int | None]  # of the last code they used: none works twice
    recovery_codes: Mapped[str | None] = mapped_column(Encrypted)  # those left, between blanks

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=staff_role
    )

    @property
    def actor(self) -> str:
        """Their name in the journal."""
        return f"staff:{self.id}"


class Visit(Model):
    """Somebody signed in with one browser, whose cookie holds the key to it."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), index=True
    )
    key_hash: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)  # to some minutes
    device: Mapped[str]  # roughly, for them to tell their browsers apart
    by_provider: Mapped[bool] = mapped_column(default=False)  # vouched for by the house's sign-in

    user: Mapped[User] = relationship()


class Passkey(Model):
    """The public half of a key pair that a device or a password manager keeps (WebAuthn)."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"), index=True
    )
    credential: Mapped[str] = mapped_column(unique=True)  # its name for itself, base64url
    public_key: Mapped[str]  # COSE, base64url
    sign_count: Mapped[int]
    name: Mapped[str]  # what they call it
    added_at: Mapped[datetime] = mapped_column(default=clock.now)
