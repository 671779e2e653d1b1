"""Find the letters of the last hour and day quickly: the brake counts them each minute.

Only an index; old and new code run side by side.

Revision ID: 0007_brake
Revises: 0006_door_accounts
"""

from alembic import op

revision = "0007_brake"
down_revision = "0006_door_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_outgoing_mail_created_at"), "outgoing_mail", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outgoing_mail_created_at"), table_name="outgoing_mail")
