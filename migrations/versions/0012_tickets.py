"""Give every registration a code for the door.

Who has been erased gets none. Going back forgets the codes; letters that name them
lead nowhere, and people are found by their names.

Revision ID: 0012_tickets
Revises: 0011_way_in
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012_tickets"
down_revision = "0011_way_in"
branch_labels = None
depends_on = None

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
registration = sa.table(
    "registration", sa.column("id"), sa.column("erased_at"), sa.column("ticket")
)


def upgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.add_column(sa.Column("ticket", sa.String(), nullable=True))
        rows.create_unique_constraint(op.f("uq_registration_ticket"), ["ticket"])
    database = op.get_bind()
    kept = sa.select(registration.c.id).where(registration.c.erased_at.is_(None))
    for number in database.scalars(kept).all():
        code = "".join(secrets.choice(ALPHABET) for _ in range(12))
        database.execute(
            sa.update(registration).where(registration.c.id == number).values(ticket=code)
        )


def downgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.drop_constraint(op.f("uq_registration_ticket"), type_="unique")
        rows.drop_column("ticket")
