"""Let sessions that are over or called off leave the office's list.

Nothing is in the archive yet. Going back brings everything into the list again.

Revision ID: 0015_planning
Revises: 0014_accounts
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0015_planning"
down_revision = "0014_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("event_session") as sessions:
        sessions.add_column(sa.Column("archived_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("event_session") as sessions:
        sessions.drop_column("archived_at")
