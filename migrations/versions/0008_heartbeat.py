"""Know when a worker last finished its round, for `flask doctor`.

Going back forgets it; the next round of a worker says it anew.

Revision ID: 0008_heartbeat
Revises: 0007_brake
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0008_heartbeat"
down_revision = "0007_brake"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    op.drop_table("heartbeat")
