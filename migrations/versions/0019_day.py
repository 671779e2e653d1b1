"""Find entries of the journal by what was done and by who did it; let nobody change one.

Going back removes the indexes and the guard; all entries stay.

Revision ID: 0019_day
Revises: 0018_lists
"""

from alembic import op

revision = "0019_day"
down_revision = "0018_lists"
branch_labels = None
depends_on = None

REFUSED = "entries of the journal are never changed"
TRIGGER = "CREATE TRIGGER journal_entry_is_only_added BEFORE UPDATE ON journal_entry"
GUARD = {
    "sqlite": (f"{TRIGGER} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",),
    "postgresql": (
        f"""CREATE FUNCTION journal_entry_is_only_added() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$""",
        f"{TRIGGER} FOR EACH ROW EXECUTE FUNCTION journal_entry_is_only_added()",
    ),
}
NO_GUARD = {
    "sqlite": ("DROP TRIGGER IF EXISTS journal_entry_is_only_added",),
    "postgresql": (
        "DROP TRIGGER IF EXISTS journal_entry_is_only_added ON journal_entry",
        "DROP FUNCTION IF EXISTS journal_entry_is_only_added()",
    ),
}


def upgrade() -> None:
    op.create_index("ix_journal_entry_code_id", "journal_entry", ["code", "id"])
    op.create_index("ix_journal_entry_actor_id", "journal_entry", ["actor", "id"])
    for statement in GUARD[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in NO_GUARD[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_index("ix_journal_entry_actor_id", "journal_entry")
    op.drop_index("ix_journal_entry_code_id", "journal_entry")
