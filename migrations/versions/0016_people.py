"""Let lists of people be searched and sorted by name, however many they are.

Existing names get their keys some thousand at a time; erased ones have empty ones.
Going back loses nothing, the keys are made of what stays.

Revision ID: 0016_people
Revises: 0015_planning
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.registration import spelling

revision = "0016_people"
down_revision = "0015_planning"
branch_labels = None
depends_on = None

BATCH = 5000
LETTER_BY_LETTER = sa.String().with_variant(sa.String(collation="C"), "postgresql")
ROWS = sa.table(
    "registration",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("email", sa.String),
    sa.column("sort_key", sa.String),
    sa.column("search_key", sa.String),
)
QUEUE = ["event_session_id", "status", "registered_at", "id"]
PEOPLE = ["event_session_id", "registered_at", "id", "status", "hold_until", "party_size"]
NAMES = ["event_session_id", "sort_key", "id", "status", "hold_until", "search_key"]


def upgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.add_column(sa.Column("sort_key", LETTER_BY_LETTER, nullable=False, server_default=""))
        rows.add_column(sa.Column("search_key", sa.String(), nullable=False, server_default=""))
    _fill_in()
    with op.batch_alter_table("registration") as rows:
        rows.alter_column("sort_key", server_default=None)
        rows.alter_column("search_key", server_default=None)
        rows.drop_index("ix_registration_queue")
        rows.create_index("ix_registration_queue", [*QUEUE, "party_size"])
        rows.create_index("ix_registration_people", PEOPLE)
        rows.create_index("ix_registration_names", NAMES)


def downgrade() -> None:
    with op.batch_alter_table("registration") as rows:
        rows.drop_index("ix_registration_names")
        rows.drop_index("ix_registration_people")
        rows.drop_index("ix_registration_queue")
        rows.create_index("ix_registration_queue", QUEUE)
        rows.drop_column("search_key")
        rows.drop_column("sort_key")


def _fill_in() -> None:
    database, last = op.get_bind(), 0
    change = (
        sa.update(ROWS)
        .where(ROWS.c.id == sa.bindparam("number"))
        .values(sort_key=sa.bindparam("sorted_by"), search_key=sa.bindparam("searched_in"))
    )
    some = sa.select(ROWS.c.id, ROWS.c.name, ROWS.c.email).order_by(ROWS.c.id).limit(BATCH)
    while found := database.execute(some.where(ROWS.c.id > last)).all():
        last = found[-1].id
        keys = [
            {
                "number": one.id,
                "sorted_by": spelling.sort_key(one.name),
                "searched_in": spelling.search_key(one.name, one.email),
            }
            for one in found
        ]
        database.execute(change, keys)
