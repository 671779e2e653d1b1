"""Second factors, passkeys and visits of members of staff.

Nobody has a second factor yet. Who is signed in signs in once more, since a visit is a
row from now on; going back does the same, and forgets second factors.

Revision ID: 0014_accounts
Revises: 0013_reminder
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0014_accounts"
down_revision = "0013_reminder"
branch_labels = None
depends_on = None

OF_ACCOUNTS = (
    ("seen_on", sa.Date()),
    ("totp_key", sa.String()),
    ("totp_counter", sa.Integer()),
    ("recovery_codes", sa.String()),
)


def upgrade() -> None:
    # one by one: a table that is rebuilt would take along who refers to it, and its counter
    for name, kind in OF_ACCOUNTS:
        op.add_column("staff_user", sa.Column(name, kind, nullable=True))
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("by_provider", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_visit_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_visit_key_hash")),
    )
    op.create_index(op.f("ix_visit_user_id"), "visit", ["user_id"])
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_passkey_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"])


def downgrade() -> None:
    op.drop_table("passkey")
    op.drop_table("visit")
    for name, _kind in OF_ACCOUNTS:
        op.drop_column("staff_user", name)
