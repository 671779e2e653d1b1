"""Say of a venue which rooms it has, how to get in and where the nearest stop is.

Nobody has said any of it yet. Going back forgets what was said.

Revision ID: 0021_places
Revises: 0020_texts
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_places"
down_revision = "0020_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("venue") as rows:
        rows.add_column(sa.Column("rooms", sa.JSON(), nullable=False, server_default="[]"))
        rows.add_column(sa.Column("stop", sa.String(), nullable=False, server_default=""))
        rows.add_column(sa.Column("step_free", sa.Boolean(), nullable=True))
        rows.add_column(sa.Column("hearing_loop", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("venue") as rows:
        for name in ("hearing_loop", "step_free", "stop", "rooms"):
            rows.drop_column(name)
