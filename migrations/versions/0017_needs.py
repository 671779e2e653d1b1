"""Let people say what they need to take part well, and the office answer.

Nobody has been asked so far: there is nothing to bring along. Going back deletes
what people need, and the dates until when it could be booked.

Revision ID: 0017_needs
Revises: 0016_people
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0017_needs"
down_revision = "0016_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ulid", sa.String(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_need_registration_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("ulid", name=op.f("uq_need_ulid")),
    )
    op.create_index(op.f("ix_need_registration_id"), "need", ["registration_id"])
    with op.batch_alter_table("event_session") as event_session:
        event_session.add_column(sa.Column("needs_until", UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("event_session") as event_session:
        event_session.drop_column("needs_until")
    op.drop_index(op.f("ix_need_registration_id"), "need")
    op.drop_table("need")
