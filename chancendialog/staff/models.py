"""Accounts and roles, under the names that Flask-Security asks for."""

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chancendialog.extensions import Model

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

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=staff_role
    )

    @property
    def actor(self) -> str:
        """Their name in the journal."""
        return f"staff:{self.id}"
