"""The tables of recorded quotes and call counts. Times are Unix seconds."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text, UniqueConstraint, text

from adapters.sql.metadata import METADATA, Moment, RowId

# A quote recorded on request has no hour; NULLs never conflict, so the constraint applies to hourly quotes only.
QUOTES = Table(
    "quotes",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("pair", String(41), nullable=False),
    Column("rate", String(48), nullable=False),
    Column("source", String(32), nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("hour", BigInteger, nullable=True),
    Column("route", Text, nullable=True),
    UniqueConstraint("pair", "hour", "source"),
    # Pages filtered by pair, by source, by both or by neither each have an index in their order.
    Index(None, "pair", "observed_at", "id"),
    Index(None, "source", "observed_at", "id"),
    Index(None, "pair", "source", "observed_at", "id"),
    Index(None, "observed_at", "id"),
    # For the last quote recorded on request, which each recording on request looks up.
    Index("ix_quotes_by_hand", "pair", "id", sqlite_where=text("hour IS NULL"), postgresql_where=text("hour IS NULL")),
)

# What candles need of the quotes of each hour, updated with every quote. `hour` is when it began; the rates are text.
HOURLY_RATES = Table(
    "hourly_rates",
    METADATA,
    Column("pair", String(41), primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("source", String(32), primary_key=True),
    Column("first_at", BigInteger, nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("first_rate", String(48), nullable=False),
    Column("high", String(48), nullable=False),
    Column("low", String(48), nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("last_rate", String(48), nullable=False),
    Column("count", BigInteger, nullable=False),
)

# What every currency was worth in one of them, an hour in a row. `rates` is encoded: see hourly_tables.py.
HOURLY_TABLES = Table(
    "hourly_tables",
    METADATA,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("base", String(20), nullable=False),
    Column("rates", LargeBinary, nullable=False),
)

CALL_COUNTS = Table(
    "call_counts",
    METADATA,
    Column("source", String(32), primary_key=True),
    Column("day", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("hourly", BigInteger, nullable=False),
    Column("resting_until", Moment, key="paused_until", nullable=False),
)
