"""The tables of orders and their clearing. Amounts are in the assets' smallest units; prices are decimal texts.

The migration that made them also made the constraints and triggers by which the database itself refuses what must not
be. No row refers to a user by a foreign key: an order outlives its owner's account, as the ledger does.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from adapters.sql.ledger.units import Units
from adapters.sql.metadata import APPEND_ONLY, METADATA, Moment, RowId

# Queued or batched. Neither an index nor its condition names what forming a batch changes: status and batch.
IS_OPEN = text("hold_id IS NOT NULL")
IS_UNFINISHED = text("status <> 'done'")
IS_PENDING = text("outcome = 'pending'")

BATCHES = Table(
    "clearing_batches",
    METADATA,
    Column("sequence", RowId, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("asset", String(20), nullable=False),
    Column("asset_scale", SmallInteger, nullable=False),
    Column("clear_with", String(20), nullable=False),
    Column("clear_with_scale", SmallInteger, nullable=False),
    Column("orders", Integer, nullable=False),
    Column("wanted", Units, nullable=False),
    Column("market_cost", Units, nullable=False),
    Column("formed_at", Moment, nullable=False),
    Column("status", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("venue", String(64), nullable=True),
    Column("placing_at", Moment, nullable=True),
    Column("due_at", Moment, nullable=False),
    Column("pauses", Integer, nullable=False),
    Column("stuck_since", Moment, nullable=True),
    Column("allocated", Units, nullable=True),
    Column("cutoff_remainder", Units, nullable=True),
    Column("cutoff_sequence", BigInteger, nullable=True),
    Column("received", Units, nullable=False),
    Column("paid", Units, nullable=False),
    Column("is_rest_refunded", Boolean, nullable=False),
    Column("smallest_rest", Units, nullable=False),
    Column("traded_at", Moment, nullable=True),
    Column("finished_at", Moment, nullable=True),
    Column("reason", String(255), nullable=True),
    Column("token", BigInteger, nullable=False),
    Column("claimed_by", String(64), nullable=True),
    Column("claimed_at", Moment, nullable=False),
    Column("claimed_until", Moment, nullable=False),
    UniqueConstraint("id"),
    Index(
        "uq_clearing_batches_unfinished",
        "asset",
        unique=True,
        sqlite_where=IS_UNFINISHED,
        postgresql_where=IS_UNFINISHED,
    ),
    Index(None, "asset", "traded_at"),
    Index(None, "asset", "finished_at"),
    Index(None, "finished_at"),
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("sequence", RowId, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("wallet_id", Uuid, nullable=False),
    Column("pays_from", Uuid, nullable=False),
    Column("receives_in", Uuid, nullable=False),
    Column("buy", String(20), nullable=False),
    Column("buy_scale", SmallInteger, nullable=False),
    Column("pay_with", String(20), nullable=False),
    Column("pay_with_scale", SmallInteger, nullable=False),
    Column("amount", Units, nullable=False),
    Column("price", String(64), nullable=False),
    Column("cost", Units, nullable=False),
    Column("fee", Units, nullable=False),
    Column("market_cost", Units, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("hold_id", Uuid, nullable=True),
    Column("status", String(8), nullable=False),
    Column("filled", Units, nullable=False),
    Column("paid_cost", Units, nullable=False),
    Column("paid_fee", Units, nullable=False),
    # Without a foreign key, which would be checked for each of 100,000 rows when a batch is formed.
    Column("batch_id", Uuid, nullable=True),
    Column("exchange", String(64), nullable=True),
    Column("reason", String(255), nullable=True),
    UniqueConstraint("id"),
    Index(None, "user_id", "sequence"),
    Index("ix_orders_open", "buy", "sequence", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
)

PARTS = Table(
    "order_parts",
    METADATA,
    Column("order_id", Uuid, ForeignKey(ORDERS.c.id), primary_key=True),
    Column("batch_id", Uuid, ForeignKey(BATCHES.c.id), primary_key=True),
    Column("amount", Units, nullable=False),
    Column("cost", Units, nullable=False),
    Column("fee", Units, nullable=False),
    Column("at", Moment, nullable=False),
    Column("status", String(8), nullable=False),
    Index(None, "batch_id"),
    info=APPEND_ONLY,
)

ATTEMPTS = Table(
    "clearing_attempts",
    METADATA,
    Column("batch_id", Uuid, ForeignKey(BATCHES.c.id), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("venue", String(64), nullable=False),
    Column("client_order_id", String(36), nullable=False),
    Column("symbol", String(64), nullable=False),
    Column("base", String(20), nullable=False),
    Column("quote", String(20), nullable=False),
    Column("quantity", String(64), nullable=False),
    Column("limit_price", String(64), nullable=False),
    Column("signed_at_ms", BigInteger, nullable=False),
    Column("receive_window_ms", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("venue_order_id", String(64), nullable=True),
    Column("reason", String(255), nullable=True),
    UniqueConstraint("client_order_id"),
    Index("ix_clearing_attempts_pending", "venue", sqlite_where=IS_PENDING, postgresql_where=IS_PENDING),
)

# A venue's trade counts once, whatever is asked how often.
FILLS = Table(
    "clearing_fills",
    METADATA,
    Column("venue", String(64), primary_key=True),
    Column("symbol", String(64), primary_key=True),
    Column("trade_id", String(64), primary_key=True),
    Column("batch_id", Uuid, ForeignKey(BATCHES.c.id), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("price", String(64), nullable=False),
    Column("quantity", String(64), nullable=False),
    Column("fee", String(64), nullable=False),
    Column("fee_asset", String(20), nullable=False),
    Index(None, "batch_id"),
    info=APPEND_ONLY,
)

CLEARING_ASSETS = Table(
    "clearing_assets",
    METADATA,
    Column("code", String(20), primary_key=True),
    Column("clear_with", String(20), nullable=False),
    Column("threshold", String(64), nullable=False),
    Column("venues", String(700), nullable=False),
    Column("after_wait", String(8), nullable=False),
    Column("max_wait_seconds", Moment, nullable=False),
    Column("rest", String(8), nullable=False),
    Column("takes_orders_when_halted", Boolean, nullable=False),
    Column("resumed_at", Moment, nullable=False, server_default="0"),
)

# The empty asset stands for all.
CLEARING_HALTS = Table(
    "clearing_halts",
    METADATA,
    Column("asset", String(20), primary_key=True),
    Column("reason", String(255), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)

PRICE_LOCKS = Table(
    "price_locks",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("buy", String(20), nullable=False),
    Column("buy_scale", SmallInteger, nullable=False),
    Column("pay_with", String(20), nullable=False),
    Column("pay_with_scale", SmallInteger, nullable=False),
    Column("amount", Units, nullable=False),
    Column("price", String(64), nullable=False),
    Column("cost", Units, nullable=False),
    Column("fee", Units, nullable=False),
    Column("market_cost", Units, nullable=False),
    Column("clear_with", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("order_id", Uuid, nullable=True),
    Index(None, "expires_at"),
)
