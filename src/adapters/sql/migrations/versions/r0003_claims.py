"""Leases, in a table that is called `claims`, and call counts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "claims",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("taken_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_claims")),
    )
    op.create_table(
        "call_counts",
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("hourly", sa.BigInteger(), nullable=False),
        sa.Column("resting_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_call_counts")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("call_counts", "claims"):
        op.drop_table(table)
