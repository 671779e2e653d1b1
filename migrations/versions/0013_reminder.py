"""Let people do without being asked whether they come.

Everybody who has registered so far is asked. Going back forgets who wanted not to be.

Revision ID: 0013_reminder
Revises: 0012_tickets
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_reminder"
down_revision = "0012_tickets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.add_column(
            sa.Column("wants_reminder", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("registration") as rows:
        rows.alter_column("wants_reminder", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.drop_column("wants_reminder")
