"""Let people without an e-mail address be called instead.

Nobody is to be called yet; what happened before was told as it happened. Going back
forgets the numbers and who is still to be called.

Revision ID: 0022_phone_list
Revises: 0021_places
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0022_phone_list"
down_revision = "0021_places"
branch_labels = None
depends_on = None

TO_PHONE = sa.text("to_phone_since IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.add_column(sa.Column("phone", sa.String(), nullable=False, server_default=""))
        rows.add_column(sa.Column("to_phone_since", UTCDateTime(), nullable=True))
    with op.batch_alter_table("registration") as rows:
        rows.alter_column("phone", server_default=None)
        rows.create_index(
            "ix_registration_to_phone",
            ["event_session_id"],
            sqlite_where=TO_PHONE,
            postgresql_where=TO_PHONE,
        )


def downgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.drop_index("ix_registration_to_phone")
        rows.drop_column("to_phone_since")
        rows.drop_column("phone")
