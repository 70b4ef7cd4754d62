"""Recorded quotes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BY_HAND = sa.text("hour IS NULL")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "quotes",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("pair", sa.String(41), nullable=False),
        sa.Column("rate", sa.String(48), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=True),
        sa.Column("route", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("pair", "hour", "source", name=op.f("uq_quotes_pair_hour_source")),
    )
    op.create_index(op.f("ix_quotes_pair_observed_at_id"), "quotes", ["pair", "observed_at", "id"])
    op.create_index(op.f("ix_quotes_observed_at_id"), "quotes", ["observed_at", "id"])
    op.create_index("ix_quotes_by_hand", "quotes", ["pair", "id"], sqlite_where=_BY_HAND, postgresql_where=_BY_HAND)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("quotes")
