"""Give no member of staff the number of one who has left, also on SQLite.

The journal names staff by number. PostgreSQL gives each but once by itself; there
nothing changes.

Revision ID: 0009_staff_numbers
Revises: 0008_heartbeat
"""

from alembic import op

revision = "0009_staff_numbers"
down_revision = "0008_heartbeat"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(autoincrement=True)


def downgrade() -> None:
    _rebuild(autoincrement=False)


def _rebuild(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table(
        "staff_user", recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
    ):
        pass
    if autoincrement:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'staff_user'")
        op.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'staff_user', max(number) FROM ("
            " SELECT max(id) AS number FROM staff_user UNION ALL"
            " SELECT max(CAST(substr(actor, 7) AS INTEGER)) FROM journal_entry"
            " WHERE actor LIKE 'staff:%')"
        )
