"""Remember which columns of a list each member of staff wants.

Until they choose, everybody gets the usual ones. Going back forgets what was chosen.

Revision ID: 0018_lists
Revises: 0017_needs
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_lists"
down_revision = "0017_needs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_choice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sorted_by", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_user.id"],
            name=op.f("fk_list_choice_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_list_choice")),
    )


def downgrade() -> None:
    op.drop_table("list_choice")
