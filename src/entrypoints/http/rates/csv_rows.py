"""A conversion, exchanges, currencies and pairs as rows of CSV."""

from collections.abc import Iterable, Iterator

from application.rates.convert_best import BestConversion
from application.rates.convert_further import FurtherConversion
from application.rates.list_tradable import TradableCurrency
from application.rates.tradable_pairs import TradablePair
from domain.quotes.past_conversion import PastConversion
from domain.rates.conversion import Conversion
from domain.rates.median import MedianConversion
from entrypoints.http.rates.tradable_schemas import ExchangeSchema
from entrypoints.http.server.csv_response import Row, iso_time

CONVERSION_COLUMNS = (
    "currency_from",
    "currency_to",
    "exchange",
    "amount",
    "rate",
    "result",
    "updated_at",
    "updated_at_iso",
)
PAST_COLUMNS = (*CONVERSION_COLUMNS, "at", "at_iso", "seconds_from_at")
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


def conversion_row(conversion: Conversion | FurtherConversion) -> Row:
    """Return the row of a conversion, without its legs."""
    if isinstance(conversion, BestConversion):
        return conversion_row(conversion.best)
    ends = conversion if isinstance(conversion, MedianConversion) else conversion.route
    return (
        *(ends.currency_from, ends.currency_to, ends.exchange),
        *(conversion.amount, conversion.rate, conversion.result),
        *(conversion.updated_at, iso_time(conversion.updated_at)),
    )


def past_row(conversion: PastConversion) -> Row:
    """Return the row of a conversion at a past moment, without what it is made of."""
    return (
        *(conversion.currency_from, conversion.currency_to, conversion.exchange),
        *(conversion.amount, conversion.rate, conversion.result),
        *(conversion.updated_at, iso_time(conversion.updated_at)),
        *(conversion.at, iso_time(conversion.at), conversion.seconds_from_at),
    )


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
