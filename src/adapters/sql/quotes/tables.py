"""The tables of recorded quotes and call counts. Times are Unix seconds."""

from sqlalchemy import BigInteger, Column, Double, Index, String, Table, Text, UniqueConstraint, text

from adapters.sql.metadata import METADATA, RowId

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
    Index(None, "pair", "observed_at", "id"),
    Index(None, "observed_at", "id"),
    # For the last quote recorded on request, which each recording on request looks up.
    Index("ix_quotes_by_hand", "pair", "id", sqlite_where=text("hour IS NULL"), postgresql_where=text("hour IS NULL")),
)

CALL_COUNTS = Table(
    "call_counts",
    METADATA,
    Column("source", String(32), primary_key=True),
    Column("day", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("hourly", BigInteger, nullable=False),
    Column("resting_until", Double, key="paused_until", nullable=False),
)
