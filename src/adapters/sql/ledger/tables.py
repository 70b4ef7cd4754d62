"""The tables of the ledger. Times are microseconds since 1970, amounts are in the asset's smallest unit.

The migration that made them also made the constraints and triggers by which the database itself refuses what must not
be: docs/ledger.md lists them. No row is ever deleted, and no foreign key leads to a table of another feature, so that
nothing cascades here.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from adapters.sql.ledger.units import Units
from adapters.sql.metadata import APPEND_ONLY, METADATA

ASSETS = Table(
    "ledger_assets",
    METADATA,
    Column("code", String(20), primary_key=True),
    Column("scale", SmallInteger, nullable=False),
    info=APPEND_ONLY,
)

# Each row holds the state after the account's last posting.
ACCOUNTS = Table(
    "ledger_accounts",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=True),
    Column("asset", String(20), ForeignKey(ASSETS.c.code), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("name", String(64), nullable=False),
    Column("closed_at_us", BigInteger, nullable=True),
    Column("available", Units, nullable=False),
    Column("held", Units, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("changed_at_us", BigInteger, nullable=False),
    Index(None, "owner_id"),
)

# `postings` is how many there are, so that none can be added or removed later.
TRANSACTIONS = Table(
    "ledger_transactions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("related_id", Uuid, ForeignKey("ledger_transactions.id"), nullable=True),
    Column("occurred_at_us", BigInteger, nullable=False),
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("reason", String(255), nullable=False),
    Column("postings", SmallInteger, nullable=False),
    # At most one correction of a transaction.
    Index(
        "uq_ledger_transactions_corrected",
        "related_id",
        unique=True,
        sqlite_where=text("kind = 'correction'"),
        postgresql_where=text("kind = 'correction'"),
    ),
    info=APPEND_ONLY,
)

# `available` and `held` are the balances after the posting.
POSTINGS = Table(
    "ledger_postings",
    METADATA,
    Column("account_id", Uuid, ForeignKey(ACCOUNTS.c.id), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column(
        "transaction_id",
        Uuid,
        # In SQLite the postings come first, and the trigger that checks their sums runs when the transaction follows.
        ForeignKey(TRANSACTIONS.c.id, deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("available_change", Units, nullable=False),
    Column("held_change", Units, nullable=False),
    Column("available", Units, nullable=False),
    Column("held", Units, nullable=False),
    Column("recorded_at_us", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    UniqueConstraint("transaction_id", "account_id"),
    Index(None, "account_id", "recorded_at_us", "version"),
    info=APPEND_ONLY,
)

# Only the outcome is ever set, once. A hold's id is that of the transaction that made it.
HOLDS = Table(
    "ledger_holds",
    METADATA,
    Column("id", Uuid, ForeignKey(TRANSACTIONS.c.id), primary_key=True),
    Column("account_id", Uuid, ForeignKey(ACCOUNTS.c.id), nullable=False),
    Column("amount", Units, nullable=False),
    Column("expires_at_us", BigInteger, nullable=True),
    Column("outcome", String(8), nullable=True),
    Column("resolved_by_id", Uuid, ForeignKey(TRANSACTIONS.c.id), nullable=True),
    Index(
        "ix_ledger_holds_open",
        "account_id",
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
    Index(
        "ix_ledger_holds_expiring",
        "expires_at_us",
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
)
