"""Say how to get in and take part: room, entrance, access, interpreters, current notes, photos.

Nothing of it is known yet; going back forgets what was.

Revision ID: 0011_way_in
Revises: 0010_texts
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_way_in"
down_revision = "0010_texts"
branch_labels = None
depends_on = None

TEXTS = {
    "venue": ("entrance", "access", "notes"),
    "event_session": ("speakers", "interpreters", "notes", "room"),
}


def upgrade() -> None:
    for table, names in TEXTS.items():
        with op.batch_alter_table(table) as rows:
            for name in names:
                rows.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("event_session") as sessions:
        sessions.add_column(
            sa.Column("photos", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("event_session") as sessions:
        sessions.drop_column("photos")
    for table, names in TEXTS.items():
        with op.batch_alter_table(table) as rows:
            for name in names:
                rows.drop_column(name)
