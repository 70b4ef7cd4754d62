"""What every currency was worth in one of them, an hour in a row."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Postgres is told not to compress again what is compressed."""
    op.create_table(
        "hourly_tables",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("base", sa.String(20), nullable=False),
        sa.Column("rates", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_hourly_tables")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE hourly_tables ALTER COLUMN rates SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("hourly_tables")
