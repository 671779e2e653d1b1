"""Write one letter to many: dispatches with their recipients; reminders and thanks.

Letters that tell nothing of a registration's state say so (`told` is NULL).

Revision ID: 0003_letters_to_many
Revises: 0002_holds_and_offers
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0003_letters_to_many"
down_revision = "0002_holds_and_offers"
branch_labels = None
depends_on = None

ONCE = "kind IN ('reminder', 'thanks')"


def upgrade() -> None:
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ulid", sa.String(), nullable=False),
        sa.Column("event_session_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("written_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_session_id"], ["event_session.id"], name=op.f("fk_dispatch_event_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("ulid", name=op.f("uq_dispatch_ulid")),
    )
    op.create_index(
        "uq_dispatch_once",
        "dispatch",
        ["event_session_id", "kind"],
        unique=True,
        sqlite_where=sa.text(ONCE),
        postgresql_where=sa.text(ONCE),
    )
    op.create_table(
        "dispatch_recipient",
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatch.id"], name=op.f("fk_dispatch_recipient_dispatch_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_dispatch_recipient_registration_id"),
        ),
        sa.PrimaryKeyConstraint(
            "dispatch_id", "registration_id", name=op.f("pk_dispatch_recipient")
        ),
    )
    with op.batch_alter_table("event_session") as session:
        session.add_column(
            sa.Column("reminder_days", sa.Integer(), nullable=True, server_default="3")
        )
        session.add_column(
            sa.Column("thanks", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        session.create_check_constraint(
            op.f("ck_event_session_reminder_days_are_positive"), "reminder_days >= 1"
        )
    with op.batch_alter_table("event_session") as session:
        session.alter_column("reminder_days", server_default=None)
        session.alter_column("thanks", server_default=None)
    with op.batch_alter_table("registration") as registration:
        registration.add_column(sa.Column("said_yes_at", UTCDateTime(), nullable=True))
    op.execute("UPDATE registration SET said_yes_at = registered_at")
    op.drop_index("ix_outgoing_mail_due", "outgoing_mail")
    with op.batch_alter_table("outgoing_mail") as mail:
        mail.add_column(sa.Column("dispatch", sa.String(), nullable=True))
        mail.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
        mail.add_column(sa.Column("tried_at", UTCDateTime(), nullable=True))
        mail.alter_column("told", existing_type=sa.JSON(), nullable=True)
        mail.create_unique_constraint(
            op.f("uq_outgoing_mail_dispatch_thread"), ["dispatch", "thread"]
        )
    with op.batch_alter_table("outgoing_mail") as mail:
        mail.alter_column("priority", server_default=None)
        mail.create_index("ix_outgoing_mail_due", ["state", "priority", "next_attempt_at", "id"])
        mail.create_index(op.f("ix_outgoing_mail_tried_at"), ["tried_at"])


def downgrade() -> None:
    op.drop_index("ix_outgoing_mail_due", "outgoing_mail")
    op.drop_index(op.f("ix_outgoing_mail_tried_at"), "outgoing_mail")
    op.execute("UPDATE outgoing_mail SET state = 'failed' WHERE state = 'refused'")
    op.execute("UPDATE outgoing_mail SET told = '{}' WHERE told IS NULL")
    with op.batch_alter_table("outgoing_mail") as mail:
        mail.drop_constraint(op.f("uq_outgoing_mail_dispatch_thread"), type_="unique")
        mail.alter_column("told", existing_type=sa.JSON(), nullable=False)
        for column in ("tried_at", "priority", "dispatch"):
            mail.drop_column(column)
    op.create_index("ix_outgoing_mail_due", "outgoing_mail", ["state", "next_attempt_at"])
    with op.batch_alter_table("registration") as registration:
        registration.drop_column("said_yes_at")
    with op.batch_alter_table("event_session") as session:
        session.drop_constraint(op.f("ck_event_session_reminder_days_are_positive"), type_="check")
        session.drop_column("thanks")
        session.drop_column("reminder_days")
    op.drop_table("dispatch_recipient")
    op.drop_table("dispatch")
