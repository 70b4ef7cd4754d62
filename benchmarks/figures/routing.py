"""How long route search takes, and how that grows with the market."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.pairs import Ends, ends_by_legs, simulated_market
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import MAX_LEGS, find_route

SIZES = (1_500, 15_000, 150_000)
_SMALLEST, _LARGEST = f"{SIZES[0]:,}", f"{SIZES[-1]:,}"


@dataclass(frozen=True, slots=True)
class _Case:
    """A market of one size, and the conversions to search routes for."""

    market: MarketSnapshot
    ends: dict[int, list[Ends]]


async def routing(bench: Bench) -> list[Measurement]:
    """Measure one, two and three legs, alternating between the sizes."""
    cases = {f"{size:,}": _case(size, bench.effort.routes) for size in SIZES}
    measured = []
    for legs in range(1, MAX_LEGS + 1):
        measured += await _measured(cases, legs)
    return measured


async def _measured(cases: dict[str, _Case], legs: int) -> list[Measurement]:
    # The first search after a refresh calculates the spreads that later ones reuse.
    unseen = _median_microseconds(_with_new_books(next(iter(cases.values()))), legs)
    times = await interleaved({size: partial(_timed, case, legs) for size, case in cases.items()})
    small, middle, large = times.values()
    medians = {size: statistics.median(each) for size, each in times.items()}
    listed = ", ".join(f"{median:.1f} at {size}" for size, median in medians.items())
    note = f"{listed}; {unseen:.1f} before any spread is known; medians over different pairs, {_counts(cases, legs)}"
    growth_note = f"{statistics.median(ratios(middle, small)):.1f} at 15,000"
    growth = f"{medians[_LARGEST]:.1f} µs against {medians[_SMALLEST]:.1f} µs"
    return [
        Measurement(f"route.{legs}.time", small, note),
        Measurement(f"route.{legs}.growth", ratios(large, small), growth_note, growth),
    ]


async def _timed(case: _Case, legs: int) -> float:
    return _median_microseconds(case, legs)


def _median_microseconds(case: _Case, legs: int) -> float:
    return statistics.median(_nanoseconds(case.market, case.ends[legs])) / 1000


def _nanoseconds(market: MarketSnapshot, pairs: Sequence[Ends]) -> list[int]:
    taken = []
    for currency_from, currency_to in pairs:
        started = time.perf_counter_ns()
        find_route(market, currency_from, currency_to)
        taken.append(time.perf_counter_ns() - started)
    return taken


def _case(size: int, count: int) -> _Case:
    market = simulated_market(size)
    return _Case(market, ends_by_legs(market, count))


def _with_new_books(case: _Case) -> _Case:
    instruments, book_tickers = case.market.instruments, case.market.book_tickers
    prices = book_tickers.by_symbol
    unseen_prices = Prices(prices.symbols, prices.bids, prices.asks)
    unseen = BookTickers(book_tickers.exchange, unseen_prices, book_tickers.observed_at)
    return replace(case, market=MarketSnapshot(instruments, unseen))


def _counts(cases: dict[str, _Case], legs: int) -> str:
    return ", ".join(f"{len(case.ends[legs]):,}" for case in cases.values())
