"""Find the pairs that exchanges price too differently, so that failover does not use them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from operator import eq
from typing import NamedTuple

import structlog

from application.market_data.market_data import MarketData
from application.ports.clock import Clock
from application.rates.ports.meter import RatesMeter
from domain.currency import Currency
from domain.decimals import plain
from domain.pair import Pair
from domain.rates.divergence import Divergence, divergences, mismatched_currencies
from domain.rates.tickers import coin_of, coins_of

# A comparison takes about a millisecond, and a ticker does not change its coin within a minute.
COMPARE_EVERY_SECONDS = 30.0

# Prices observed further apart than this are not compared: the market may have moved.
COMPARABLE_SECONDS = 60.0

# While an exchange is unavailable, the last comparison holds for this long.
COMPARISON_MAX_AGE_SECONDS = 24 * 3600.0

LOG_AGAIN_SECONDS = 3600.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The result of comparing two markets; `observed_at` is that of their older prices, in Unix seconds.

    Pairs and currencies are coins here, whichever units of them the exchanges list.
    """

    timestamps: "_Timestamps"
    pairs: frozenset[Pair]
    mismatched_currencies: frozenset[Currency]
    observed_at: float

    def diverges(self, pair: Pair) -> bool:
        """Return whether the pair is priced too differently, or has a currency that is probably another coin there."""
        pair = coins_of(pair)
        return pair in self.pairs or pair.base in self.mismatched_currencies or pair.quote in self.mismatched_currencies


class _Timestamps(NamedTuple):
    """When the instruments and the book tickers of two markets were observed, in Unix seconds."""

    instruments: tuple[float, float]
    book_tickers: tuple[float, float]

    @property
    def apart_seconds(self) -> float:
        return abs(self.book_tickers[0] - self.book_tickers[1])

    def is_worse_than(self, earlier: "_Timestamps") -> bool:
        """Return whether one side was already compared with prices observed closer to its own."""
        return self.apart_seconds > earlier.apart_seconds and any(map(eq, self.book_tickers, earlier.book_tickers))


class WatchDivergence:
    """Compares the markets in memory, two by two, without fetching. Bounded by the number of shared pairs."""

    def __init__(
        self,
        *,
        markets: Mapping[str, MarketData],
        clock: Clock,
        meter: RatesMeter,
        threshold_percent: Decimal,
        compare_every_seconds: float = COMPARE_EVERY_SECONDS,
    ) -> None:
        self._markets = dict(markets)
        self._clock = clock
        self._meter = meter
        self._threshold_percent = threshold_percent
        self._compare_every_seconds = compare_every_seconds
        self._comparisons: dict[tuple[str, str], _Comparison] = {}
        self._logged_at: dict[tuple[str, str, Pair], float] = {}

    async def run(self) -> None:
        """Compare at intervals, until cancelled."""
        while True:
            await asyncio.sleep(self._compare_every_seconds)
            self.compare_all()

    def compare_all(self) -> None:
        """Compare each exchange with each other one."""
        for one, other in combinations(self._markets, 2):
            self._compare(one, other)

    def diverging(self, failed: str, other: str, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Return those of `pairs` for which the exchange `other` must not replace the failed one.

        Empty also if nothing is known: the two were never compared, or more than a day ago.
        """
        one, another = sorted((failed, other), key=list(self._markets).index)
        self._compare(one, another)
        comparison = self._comparisons.get((one, another))
        if comparison is None or self._clock.now() - comparison.observed_at > COMPARISON_MAX_AGE_SECONDS:
            return ()
        return tuple(filter(comparison.diverges, pairs))

    def _compare(self, one: str, other: str) -> None:
        mine, theirs = self._markets[one].newest, self._markets[other].newest
        if mine is None or theirs is None:
            return
        instruments = mine.instruments.observed_at, theirs.instruments.observed_at
        timestamps = _Timestamps(instruments, (mine.book_tickers.observed_at, theirs.book_tickers.observed_at))
        earlier = self._comparisons.get((one, other))
        if timestamps.apart_seconds > COMPARABLE_SECONDS:
            return
        # While one exchange is unavailable its prices stand still and the other's move: that is no divergence.
        if earlier is not None and (earlier.timestamps == timestamps or timestamps.is_worse_than(earlier.timestamps)):
            return
        found = list(divergences(mine, theirs, self._threshold_percent))
        self._comparisons[one, other] = _Comparison(
            timestamps,
            frozenset(coins_of(each.pair) for each in found),
            frozenset(map(coin_of, mismatched_currencies(mine, theirs, found))),
            min(timestamps.book_tickers),
        )
        self._meter.divergence_found(one, other, len(found))
        self._log(one, other, found)

    def _log(self, one: str, other: str, found: Iterable[Divergence]) -> None:
        now = self._clock.now()
        recent = {each: at for each, at in self._logged_at.items() if 0 <= now - at < LOG_AGAIN_SECONDS}
        for each in found:
            if (one, other, each.pair) in recent:
                continue
            recent[one, other, each.pair] = now
            log.warning(
                "pair_diverged",
                pair=str(each.pair),
                mids={one: plain(each.mid), other: plain(each.other_mid)},
                percent=round(each.percent, 1),
            )
        self._logged_at = recent
