"""Exchanges, currencies and pairs as rows of CSV."""

from collections.abc import Iterable, Iterator

from application.rates.list_tradable import TradableCurrency
from application.rates.tradable_pairs import TradablePair
from entrypoints.http.rates.tradable_schemas import ExchangeSchema
from entrypoints.http.server.csv_response import Row

EXCHANGE_COLUMNS = (
    "name",
    "status",
    "breaker",
    "listing_age_seconds",
    "books_age_seconds",
    "pairs",
    "currencies",
    "published",
)
CURRENCY_COLUMNS = ("code", "exchanges", "name")
PAIR_COLUMNS = ("exchange", "symbol", "base", "quote", "base_name", "quote_name")


def exchange_rows(exchanges: Iterable[ExchangeSchema]) -> Iterator[Row]:
    """Return a row for each exchange."""
    for each in exchanges:
        ages = (each.listing_age_seconds, each.books_age_seconds)
        published = None if each.published is None else str(each.published)
        yield (each.name, each.status, each.breaker, *ages, each.pairs, each.currencies, published)


def currency_rows(currencies: Iterable[TradableCurrency]) -> Iterator[Row]:
    """Return a row for each currency, with its exchanges in one cell."""
    for each in currencies:
        yield (each.code, " ".join(each.exchanges), each.name)


def pair_rows(pairs: Iterable[TradablePair]) -> Iterator[Row]:
    """Return a row for each pair."""
    for each in pairs:
        yield (each.exchange, each.symbol, each.base, each.quote, *each.names)
