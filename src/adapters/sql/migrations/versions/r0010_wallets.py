"""Wallets and their currencies; their amounts are in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None

_IS_KEPT = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "wallets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(192), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_wallets_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        *_finite("created_at", "deleted_at"),
    )
    op.create_index(
        "uq_wallets_name",
        "wallets",
        ["user_id", "name_key"],
        unique=True,
        sqlite_where=_IS_KEPT,
        postgresql_where=_IS_KEPT,
    )
    op.create_index(op.f("ix_wallets_user_id"), "wallets", ["user_id"])
    op.create_table(
        "wallet_currencies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["wallet_id"], ["wallets.id"], name=op.f("fk_wallet_currencies_wallet_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_currencies")),
        sa.UniqueConstraint("wallet_id", "code", name=op.f("uq_wallet_currencies_wallet_id_code")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("wallet_currencies")
    op.drop_table("wallets")


def _finite(*columns: str) -> list[sa.CheckConstraint]:
    if op.get_bind().dialect.name == "sqlite":
        return []
    return [
        sa.CheckConstraint(
            f"{column} > '-Infinity' AND {column} < 'Infinity'", name=op.f(f"ck_wallets_{column}_finite")
        )
        for column in columns
    ]
