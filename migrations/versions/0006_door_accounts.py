"""Door accounts see the sessions that they are assigned to.

Until somebody assigns them („Einlass-Team“ on the page of a session), door
accounts that exist see no session. Going back lets them see all of the day again.

Revision ID: 0006_door_accounts
Revises: 0005_retention
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_door_accounts"
down_revision = "0005_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "door_duty",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("event_session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_session_id"],
            ["event_session.id"],
            name=op.f("fk_door_duty_event_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_user.id"],
            name=op.f("fk_door_duty_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "event_session_id", name=op.f("pk_door_duty")),
    )
    op.create_index(op.f("ix_door_duty_event_session_id"), "door_duty", ["event_session_id"])


def downgrade() -> None:
    op.drop_table("door_duty")
