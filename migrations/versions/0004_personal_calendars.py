"""Let everybody subscribe to their own registrations; feeds know when to be made anew.

Registrations that exist already count as changed when they were made. Going
back forgets the keys: whoever has subscribed by then gets a new address later.

Revision ID: 0004_personal_calendars
Revises: 0003_letters_to_many
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime, new_ulid

revision = "0004_personal_calendars"
down_revision = "0003_letters_to_many"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "personal_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_calendar")),
        sa.UniqueConstraint("email", name=op.f("uq_personal_calendar_email")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_personal_calendar_key_hash")),
    )
    with op.batch_alter_table("series") as series:
        series.add_column(
            sa.Column("revision", sa.String(), nullable=False, server_default=new_ulid())
        )
    with op.batch_alter_table("series") as series:
        series.alter_column("revision", server_default=None)
    with op.batch_alter_table("registration") as registration:
        registration.add_column(sa.Column("changed_at", UTCDateTime(), nullable=True))
    op.execute("UPDATE registration SET changed_at = registered_at")
    with op.batch_alter_table("registration") as registration:
        registration.alter_column("changed_at", existing_type=UTCDateTime(), nullable=False)
        registration.create_index(op.f("ix_registration_email"), ["email"])


def downgrade() -> None:
    with op.batch_alter_table("registration") as registration:
        registration.drop_index(op.f("ix_registration_email"))
        registration.drop_column("changed_at")
    with op.batch_alter_table("series") as series:
        series.drop_column("revision")
    op.drop_table("personal_calendar")
