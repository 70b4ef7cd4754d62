"""What clearing compares quickly, and since when an asset's losses count."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_IS_PENDING = sa.text("outcome = 'pending'")


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("clearing_assets", sa.Column("resumed_at", sa.Double(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":  # SQLite cannot add one to a table that exists
        op.create_check_constraint(
            op.f("ck_clearing_assets_resumed_at_finite"),
            "clearing_assets",
            "resumed_at > -1e15 AND resumed_at < 1e15",
        )
    op.create_index(
        "ix_clearing_attempts_pending",
        "clearing_attempts",
        ["venue"],
        sqlite_where=_IS_PENDING,
        postgresql_where=_IS_PENDING,
    )
    op.create_index("ix_clearing_batches_finished_at", "clearing_batches", ["finished_at"])
    op.create_index("ix_order_parts_batch_id", "order_parts", ["batch_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_order_parts_batch_id", "order_parts")
    op.drop_index("ix_clearing_batches_finished_at", "clearing_batches")
    op.drop_index("ix_clearing_attempts_pending", "clearing_attempts")
    op.drop_column("clearing_assets", "resumed_at")
