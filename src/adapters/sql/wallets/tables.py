"""The tables of wallets. Amounts are in the ledger only: a currency's id is that of its account there."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint, Uuid, text

from adapters.sql.identity.tables import USERS
from adapters.sql.metadata import METADATA, Moment

IS_KEPT = text("deleted_at IS NULL")

WALLETS = Table(
    "wallets",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey(USERS.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("name_key", String(192), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("deleted_at", Moment, nullable=True),
    Index("uq_wallets_name", "user_id", "name_key", unique=True, sqlite_where=IS_KEPT, postgresql_where=IS_KEPT),
    Index(None, "user_id"),
)

WALLET_CURRENCIES = Table(
    "wallet_currencies",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("wallet_id", Uuid, ForeignKey(WALLETS.c.id, ondelete="CASCADE"), nullable=False),
    Column("code", String(20), nullable=False),
    UniqueConstraint("wallet_id", "code"),
)
