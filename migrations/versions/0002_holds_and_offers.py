"""Hold seats until a stated time: confirmation by mail, offers, switches per session.

Sessions that exist already go on seating directly, because whoever waits for
them was told that they need not answer; staff can switch to offers. Going back
returns offered people to the queue and ends what was never confirmed.

Revision ID: 0002_holds_and_offers
Revises: 0001_first_tables
"""

import sqlalchemy as sa
from alembic import op

from chancendialog.extensions import UTCDateTime

revision = "0002_holds_and_offers"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None

LIVE_BEFORE = "status IN ('confirmed', 'waiting') AND email IS NOT NULL"
LIVE = "status IN ('confirmed', 'waiting', 'unverified', 'offered') AND email IS NOT NULL"
HELD = "status IN ('unverified', 'offered')"


def upgrade() -> None:
    op.create_table(
        "house_switch",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_switch")),
    )
    with op.batch_alter_table("event_session") as session:
        session.add_column(sa.Column("waiting_list_limit", sa.Integer(), nullable=True))
        session.add_column(
            sa.Column("offers", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        session.add_column(
            sa.Column("confirmation", sa.String(20), nullable=False, server_default="direct")
        )
        session.add_column(sa.Column("registration_opens_at", UTCDateTime(), nullable=True))
        session.add_column(sa.Column("registration_closes_at", UTCDateTime(), nullable=True))
        session.add_column(sa.Column("last_call_at", UTCDateTime(), nullable=True))
        session.create_check_constraint(
            op.f("ck_event_session_waiting_list_limit_is_not_negative"), "waiting_list_limit >= 0"
        )
    with op.batch_alter_table("event_session") as session:
        session.alter_column("offers", server_default=None)
        session.alter_column("confirmation", server_default=None)
    with op.batch_alter_table("registration") as registration:
        registration.add_column(sa.Column("hold_until", UTCDateTime(), nullable=True))
        registration.add_column(sa.Column("offered_at", UTCDateTime(), nullable=True))
        registration.add_column(sa.Column("remind_at", UTCDateTime(), nullable=True))
        registration.add_column(sa.Column("called_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_registration_hold",
        "registration",
        ["hold_until"],
        sqlite_where=sa.text(HELD),
        postgresql_where=sa.text(HELD),
    )
    _one_live_registration_per_address(LIVE)


def downgrade() -> None:
    op.execute("UPDATE registration SET status = 'waiting' WHERE status = 'offered'")
    op.execute(
        "UPDATE registration SET status = 'withdrawn' WHERE status IN ('unverified', 'expired')"
    )
    _one_live_registration_per_address(LIVE_BEFORE)
    op.drop_index("ix_registration_hold", "registration")
    with op.batch_alter_table("registration") as registration:
        for column in ("called_at", "remind_at", "offered_at", "hold_until"):
            registration.drop_column(column)
    with op.batch_alter_table("event_session") as session:
        session.drop_constraint(
            op.f("ck_event_session_waiting_list_limit_is_not_negative"), type_="check"
        )
        for column in (
            "last_call_at",
            "registration_closes_at",
            "registration_opens_at",
            "confirmation",
            "offers",
            "waiting_list_limit",
        ):
            session.drop_column(column)
    op.drop_table("house_switch")


def _one_live_registration_per_address(live: str) -> None:
    op.drop_index("uq_registration_live_email", "registration")
    op.create_index(
        "uq_registration_live_email",
        "registration",
        ["event_session_id", "email"],
        unique=True,
        sqlite_where=sa.text(live),
        postgresql_where=sa.text(live),
    )
