"""The simulated venue's orders and balances."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "simulated_orders",
        sa.Column("client_order_id", sa.String(36), nullable=False),
        sa.Column("symbol", sa.String(64), nullable=False),
        sa.Column("base", sa.String(20), nullable=False),
        sa.Column("quote", sa.String(20), nullable=False),
        sa.Column("executed_at", sa.Double(), nullable=False),
        sa.Column("price", sa.String(64), nullable=True),
        sa.Column("quantity", sa.String(64), nullable=True),
        sa.Column("fee", sa.String(64), nullable=True),
        sa.Column("fee_asset", sa.String(20), nullable=True),
        # Below these bounds, no NaN and no infinity on either database.
        sa.CheckConstraint(
            "executed_at > -1e15 AND executed_at < 1e15", op.f("ck_simulated_orders_executed_at_finite")
        ),
        sa.PrimaryKeyConstraint("client_order_id", name=op.f("pk_simulated_orders")),
    )
    op.create_table(
        "simulated_balances",
        sa.Column("currency", sa.String(20), nullable=False),
        sa.Column("change", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("currency", name=op.f("pk_simulated_balances")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("simulated_balances")
    op.drop_table("simulated_orders")
