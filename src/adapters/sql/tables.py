"""The tables of all features, whose import completes `METADATA` for migrations and tests."""

from adapters.sql.concurrency import tables as concurrency
from adapters.sql.idempotency import tables as idempotency
from adapters.sql.identity import tables as identity
from adapters.sql.ledger import tables as ledger
from adapters.sql.metadata import METADATA
from adapters.sql.orders import tables as orders
from adapters.sql.quotes import tables as quotes
from adapters.sql.rates import tables as rates
from adapters.sql.simulated_venue import tables as simulated_venue
from adapters.sql.wallets import tables as wallets
from adapters.sql.webhooks import tables as webhooks
from adapters.sql.write_samples import WRITE_SAMPLES

__all__ = [
    "METADATA",
    "WRITE_SAMPLES",
    "concurrency",
    "idempotency",
    "identity",
    "ledger",
    "orders",
    "quotes",
    "rates",
    "simulated_venue",
    "wallets",
    "webhooks",
]
