"""A summary of each hour's quotes, for candles, and indexes for pages of one source."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The number of quotes in memory at a time.
BATCH = 5000

_HOUR_SECONDS = 3600

_NEXT = sa.text(
    """
    SELECT pair, observed_at, id, source, rate FROM quotes WHERE (pair, observed_at, id) > (:pair, :observed_at, :id)
    ORDER BY pair, observed_at, id LIMIT :batch
    """
)

_Quote = sa.Row[Any]


def upgrade() -> None:
    """Create the table and fill it from the existing quotes."""
    hourly_rates = op.create_table(
        "hourly_rates",
        sa.Column("pair", sa.String(41), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("first_rate", sa.String(48), nullable=False),
        sa.Column("high", sa.String(48), nullable=False),
        sa.Column("low", sa.String(48), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("last_rate", sa.String(48), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "hour", "source", name=op.f("pk_hourly_rates")),
    )
    op.create_index(op.f("ix_quotes_source_observed_at_id"), "quotes", ["source", "observed_at", "id"])
    op.create_index(op.f("ix_quotes_pair_source_observed_at_id"), "quotes", ["pair", "source", "observed_at", "id"])
    summaries: list[dict[str, Any]] = []
    for (pair, hour), quotes in groupby(_quotes(), key=lambda each: (each.pair, _hour(each))):
        summaries += _summaries(pair, hour, quotes)
        if len(summaries) >= BATCH:
            op.bulk_insert(hourly_rates, summaries)
            summaries = []
    op.bulk_insert(hourly_rates, summaries)


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_quotes_pair_source_observed_at_id"), "quotes")
    op.drop_index(op.f("ix_quotes_source_observed_at_id"), "quotes")
    op.drop_table("hourly_rates")


def _quotes() -> Iterator[_Quote]:
    """Yield all quotes in batches, by pair and oldest first."""
    after: dict[str, Any] = {"pair": "", "observed_at": 0, "id": 0}
    while rows := op.get_bind().execute(_NEXT, after | {"batch": BATCH}).all():
        yield from rows
        after = {"pair": rows[-1].pair, "observed_at": rows[-1].observed_at, "id": rows[-1].id}


def _hour(quote: _Quote) -> int:
    moment: int = quote.observed_at
    return moment - moment % _HOUR_SECONDS


def _summaries(pair: str, hour: int, quotes: Iterator[_Quote]) -> list[dict[str, Any]]:
    """Return one row per source, from the quotes of a pair and an hour, oldest first."""
    by_source: dict[str, dict[str, Any]] = {}
    for quote in quotes:
        last = {"last_at": quote.observed_at, "last_id": quote.id, "last_rate": quote.rate}
        known = by_source.get(quote.source)
        if known is None:
            first = {"first_at": quote.observed_at, "first_id": quote.id, "first_rate": quote.rate}
            extremes = {"high": quote.rate, "low": quote.rate, "count": 1}
            by_source[quote.source] = {"pair": pair, "hour": hour, "source": quote.source} | first | last | extremes
        else:
            high, low = (max(known["high"], quote.rate, key=Decimal), min(known["low"], quote.rate, key=Decimal))
            known |= last | {"high": high, "low": low, "count": known["count"] + 1}
    return list(by_source.values())
