"""What 1,000 currencies are worth, from memory."""

import time
from decimal import Decimal
from uuid import UUID

from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter

from application.market_data.assembly import assemble_market_data
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market import Market
from application.rates.convert_many import ConvertMany
from application.wallets.find_prices import FindPrices
from benchmarks.arithmetic import REPEATS, Measurement
from benchmarks.bench import Bench
from benchmarks.pairs import simulated_market
from benchmarks.sizes import BINANCE_PAIRS
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.routing import MAX_LEGS, find_route, searches_of
from domain.wallets.holding import Holding
from domain.wallets.valuation import Valuation, value

CURRENCIES = 1000
TIMES = 50
USDT = Currency("USDT")

NOTE = "processor time of finding the prices at one snapshot and summing, without database and HTTP; the best of many"


async def worth(_: Bench) -> list[Measurement]:
    """Value the same holdings again and again; other work on the machine only ever adds time, even of the processor."""
    find, holdings = _prepared()
    await _valued(find, holdings)
    samples = [min([await _milliseconds(find, holdings) for _ in range(TIMES)]) for _ in range(REPEATS)]
    return [Measurement("worth.time", samples, NOTE)]


async def _milliseconds(find: FindPrices, holdings: list[Holding]) -> float:
    started = time.thread_time()
    await _valued(find, holdings)
    return (time.thread_time() - started) * 1000


async def _valued(find: FindPrices, holdings: list[Holding]) -> Valuation:
    codes = [holding.code for holding in holdings]
    prices = await find(codes, USDT, cache_max_seconds=60, rate_type=RateType.MID, exchange=None)
    valuation = value(holdings, USDT, prices)
    if not valuation.is_complete:
        raise AssertionError("a price is missing")
    return valuation


def _prepared() -> tuple[FindPrices, list[Holding]]:
    market, clock, meter = simulated_market(BINANCE_PAIRS), FakeClock(), FakeMeter()
    exchange = FakeExchange("binance", clock)
    exchange.listed = [(each.symbol, str(each.pair.base), str(each.pair.quote)) for each in market.instruments]
    books = market.book_tickers.by_symbol
    exchange.book_tickers = list(zip(books.symbols, books.bids, books.asks, strict=True))
    generations = Generations(clock)
    data = assemble_market_data(
        exchange=exchange,
        cache=FakeMarketCache(),
        fetch_lock=FakeFetchLock(clock),
        clock=clock,
        generations=generations,
        meter=meter,
        limits=MarketLimits(600),
    )
    markets: dict[str, Market] = {"binance": data}
    many = ConvertMany(markets=markets, generations=generations, meter=meter)
    listed = sorted({end for each in market.instruments for end in (each.pair.base, each.pair.quote)})
    codes = [code for code in listed if find_route(market, code, USDT) is not None][:CURRENCIES]
    holdings = [Holding(UUID(int=number), code, Decimal(f"{number}.25")) for number, code in enumerate(codes, 1)]
    if len(holdings) < CURRENCIES:
        raise AssertionError("the market has too few currencies")
    return FindPrices(convert_many=many, markets=markets, searches=searches_of(MAX_LEGS)), holdings
