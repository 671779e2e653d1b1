"""Say things in other languages, too.

Nothing is translated yet; going back forgets what was.

Revision ID: 0010_texts
Revises: 0009_staff_numbers
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_texts"
down_revision = "0009_staff_numbers"
branch_labels = None
depends_on = None

TRANSLATED = ("series", "topic", "venue", "event_session")


def upgrade() -> None:
    for table in TRANSLATED:
        with op.batch_alter_table(table) as rows:
            rows.add_column(
                sa.Column("translations", sa.JSON(), nullable=False, server_default="{}")
            )


def downgrade() -> None:
    for table in TRANSLATED:
        with op.batch_alter_table(table) as rows:
            rows.drop_column("translations")
