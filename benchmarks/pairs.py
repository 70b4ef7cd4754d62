"""Markets of any size, and many different conversions in them with a given number of legs."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

import orjson

from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import MAX_LEGS, find_route
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.generated_binance import GeneratedBinance
from entrypoints.simulator.venues.payloads import BOOK_TICKER, EXCHANGE_INFO

SEED = 1
TICK = 1_700_000_000
MOST_DRAWS = 400_000

Ends = tuple[Currency, Currency]


def simulated_market(pairs: int) -> MarketSnapshot:
    """Return the snapshot that the service would make of a simulated Binance with this many pairs."""
    payloads = GeneratedBinance(SimulatedMarket(binance_pairs=pairs))
    listed = (
        (row["symbol"], row["baseAsset"], row["quoteAsset"])
        for row in payloads.rows(EXCHANGE_INFO, TICK)
        if row["status"] == "TRADING" and row["isSpotTradingAllowed"]
    )
    quoted = ((row["symbol"], row["bidPrice"], row["askPrice"]) for row in payloads.rows(BOOK_TICKER, TICK))
    return MarketSnapshot(Instruments.of("binance", listed, TICK), BookTickers.of("binance", quoted, TICK))


def ends_by_legs(market: MarketSnapshot, count: int) -> dict[int, list[Ends]]:
    """Draw `count` ordered pairs of currencies for each number of legs, the same ones every time."""
    found: defaultdict[int, list[Ends]] = defaultdict(list)
    for ends in islice(_drawn(market, random.Random(SEED)), MOST_DRAWS):  # noqa: S311 -- repeatable, not secret
        route = find_route(market, *ends)
        if route is not None and len(found[len(route.legs)]) < count:
            found[len(route.legs)].append(ends)
        if all(len(found[legs]) == count for legs in range(1, MAX_LEGS + 1)):
            break
    return dict(found)


def bodies(pairs: Sequence[Ends], cache_max_seconds: int | None) -> list[bytes]:
    """Return one request per pair, each with its own amount."""
    return [
        orjson.dumps(
            {
                "currency_from": currency_from,
                "currency_to": currency_to,
                "exchange": None,
                "amount": 100 + number,
                "cache_max_seconds": cache_max_seconds,
            }
        )
        for number, (currency_from, currency_to) in enumerate(pairs)
    ]


def _drawn(market: MarketSnapshot, chance: random.Random) -> Iterator[Ends]:
    """Draw any two currencies and the two of an instrument alternately, because chance rarely hits an instrument."""
    pairs = [each.pair for each in market.instruments]
    currencies = sorted({end for pair in pairs for end in (pair.base, pair.quote)})
    while True:
        one, other = chance.sample(currencies, 2)
        yield one, other
        pair = chance.choice(pairs)
        yield (pair.base, pair.quote) if chance.random() < 0.5 else (pair.quote, pair.base)
