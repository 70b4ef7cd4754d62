"""How long route search takes, and how that grows with the market."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.pairs import Ends, ends_by_legs, simulated_market
from domain.rates.book_tickers import BookTickers
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import MAX_LEGS, find_route

SIZES = (1_500, 15_000, 150_000)


@dataclass(frozen=True, slots=True)
class _Field:
    """A market of one size, and the conversions to search routes for."""

    market: MarketSnapshot
    ends: dict[int, list[Ends]]


async def routing(bench: Bench) -> list[Measurement]:
    """Measure one, two and three legs, alternating between the sizes."""
    fields = {f"{size:,}": _field(size, bench.effort.routes) for size in SIZES}
    measured = []
    for legs in range(1, MAX_LEGS + 1):
        measured += await _measured(fields, legs)
    return measured


async def _measured(fields: dict[str, _Field], legs: int) -> list[Measurement]:
    # The first search after a refresh calculates the spreads that later ones reuse.
    unseen = _median_microseconds(_with_new_books(next(iter(fields.values()))), legs)
    times = await interleaved({size: partial(_timed, field, legs) for size, field in fields.items()})
    small, middle, large = times.values()
    medians = {size: statistics.median(each) for size, each in times.items()}
    told = ", ".join(f"{median:.1f} at {size}" for size, median in medians.items())
    note = f"{told}; {unseen:.1f} before any spread is known; medians over different pairs, {_counts(fields, legs)}"
    growth_note = f"{statistics.median(ratios(middle, small)):.1f} at 15,000"
    return [
        Measurement(f"route.{legs}.time", small, note),
        Measurement(f"route.{legs}.growth", ratios(large, small), growth_note),
    ]


async def _timed(field: _Field, legs: int) -> float:
    return _median_microseconds(field, legs)


def _median_microseconds(field: _Field, legs: int) -> float:
    return statistics.median(_nanoseconds(field.market, field.ends[legs])) / 1000


def _nanoseconds(market: MarketSnapshot, pairs: Sequence[Ends]) -> list[int]:
    taken = []
    for currency_from, currency_to in pairs:
        started = time.perf_counter_ns()
        find_route(market, currency_from, currency_to)
        taken.append(time.perf_counter_ns() - started)
    return taken


def _field(size: int, count: int) -> _Field:
    market = simulated_market(size)
    return _Field(market, ends_by_legs(market, count))


def _with_new_books(field: _Field) -> _Field:
    instruments, book_tickers = field.market.instruments, field.market.book_tickers
    prices = book_tickers.by_symbol
    unseen = BookTickers.of_columns(
        book_tickers.exchange, prices.symbols, prices.bids, prices.asks, book_tickers.observed_at
    )
    return replace(field, market=MarketSnapshot(instruments, unseen))


def _counts(fields: dict[str, _Field], legs: int) -> str:
    return ", ".join(f"{len(field.ends[legs]):,}" for field in fields.values())
