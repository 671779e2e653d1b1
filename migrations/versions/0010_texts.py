"""Say things in other languages, too, and know what the law asks for.

Nothing is translated or known yet; going back forgets what was.

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

    with op.batch_alter_table("house") as house:
        house.add_column(sa.Column("phone_hours", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "house_text",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "language", name=op.f("pk_house_text")),
    )


def downgrade() -> None:
    op.drop_table("house_text")
    with op.batch_alter_table("house") as house:
        house.drop_column("phone_hours")
    for table in TRANSLATED:
        with op.batch_alter_table(table) as rows:
            rows.drop_column("translations")
