"""Let staff say how long something is kept; find quickly who is still to be erased.

What was called off before counts as called off when it was changed last.

Revision ID: 0005_retention
Revises: 0004_personal_calendars
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0005_retention"
down_revision = "0004_personal_calendars"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "house_period",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_period")),
    )
    with op.batch_alter_table("event_session") as event_session:
        event_session.add_column(sa.Column("contact_days", sa.Integer(), nullable=True))
        event_session.add_column(sa.Column("needs_days", sa.Integer(), nullable=True))
        event_session.add_column(sa.Column("called_off_at", UTCDateTime(), nullable=True))
        for name in ("contact_days", "needs_days"):
            event_session.create_check_constraint(
                op.f(f"ck_event_session_{name}_are_not_negative"), f"{name} >= 0"
            )
    op.execute("UPDATE event_session SET called_off_at = changed_at WHERE status = 'called-off'")
    kept = sa.text("erased_at IS NULL")
    op.create_index(
        "ix_registration_kept",
        "registration",
        ["event_session_id"],
        sqlite_where=kept,
        postgresql_where=kept,
    )


def downgrade() -> None:
    op.drop_index("ix_registration_kept", "registration")
    with op.batch_alter_table("event_session") as event_session:
        for name in ("contact_days", "needs_days"):
            event_session.drop_constraint(
                op.f(f"ck_event_session_{name}_are_not_negative"), type_="check"
            )
        event_session.drop_column("called_off_at")
        event_session.drop_column("needs_days")
        event_session.drop_column("contact_days")
    op.drop_table("house_period")
