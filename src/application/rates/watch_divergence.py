"""Know which pairs the exchanges quote too far apart, so that none of them is failed over to in silence."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from operator import eq
from typing import NamedTuple

import structlog

from application.market_data.market_data import MarketData
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from domain.currency import Currency
from domain.decimals import plain
from domain.pair import Pair
from domain.rates.divergence import Divergence, divergences, strangers

# It takes about a millisecond, and a coin does not become another one from one minute to the next.
COMPARE_EVERY_SECONDS = 30.0

# Prices observed further apart than this say nothing of each other: a coin may well have moved.
COMPARABLE_SECONDS = 60.0

# While an exchange cannot be asked, what was last found stands for so long, and then it counts as not known.
VERDICT_LASTS_SECONDS = 24 * 3600.0

LOG_AGAIN_SECONDS = 3600.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What came of comparing two markets of those moments; `observed_at` is the older prices', in Unix seconds."""

    moments: "_Moments"
    pairs: frozenset[Pair]
    strangers: frozenset[Currency]
    observed_at: float

    def doubts(self, pair: Pair) -> bool:
        """Tell whether the pair is priced too differently, or made of a currency that is likely another one."""
        return pair in self.pairs or pair.base in self.strangers or pair.quote in self.strangers


class _Moments(NamedTuple):
    """When two listings and two sets of books were observed, in Unix seconds."""

    instruments: tuple[float, float]
    book_tickers: tuple[float, float]

    @property
    def apart(self) -> float:
        return abs(self.book_tickers[0] - self.book_tickers[1])

    def is_worse_than(self, earlier: "_Moments") -> bool:
        """Tell whether it holds prices that were already compared with some nearer to them in time."""
        return self.apart > earlier.apart and any(map(eq, self.book_tickers, earlier.book_tickers))


class WatchDivergence:
    """Compares the markets in hand, two by two; it never has anything fetched. Bounded by the pairs they share."""

    def __init__(
        self,
        *,
        markets: Mapping[str, MarketData],
        clock: Clock,
        meter: Meter,
        threshold_percent: Decimal,
        compare_every_seconds: float = COMPARE_EVERY_SECONDS,
    ) -> None:
        self._markets = dict(markets)
        self._clock = clock
        self._meter = meter
        self._threshold_percent = threshold_percent
        self._compare_every_seconds = compare_every_seconds
        self._verdicts: dict[tuple[str, str], _Verdict] = {}
        self._logged_at: dict[tuple[str, str, Pair], float] = {}

    async def run(self) -> None:
        """Compare on and on, until it is cancelled."""
        while True:
            await asyncio.sleep(self._compare_every_seconds)
            self.compare_all()

    def compare_all(self) -> None:
        """Compare every two exchanges."""
        for one, other in combinations(self._markets, 2):
            self._compare(one, other)

    def diverging(self, failed: str, other: str, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Return those of `pairs` on which the exchange `other` cannot stand in for the one that has failed.

        None where nothing is known: they were never seen at the same time, or that was a day ago.
        """
        one, another = sorted((failed, other), key=list(self._markets).index)
        self._compare(one, another)
        verdict = self._verdicts.get((one, another))
        if verdict is None or self._clock.now() - verdict.observed_at > VERDICT_LASTS_SECONDS:
            return ()
        return tuple(filter(verdict.doubts, pairs))

    def _compare(self, one: str, other: str) -> None:
        mine, theirs = self._markets[one].last_known, self._markets[other].last_known
        if mine is None or theirs is None:
            return
        instruments = mine.instruments.observed_at, theirs.instruments.observed_at
        moments = _Moments(instruments, (mine.book_tickers.observed_at, theirs.book_tickers.observed_at))
        known = self._verdicts.get((one, other))
        if moments.apart > COMPARABLE_SECONDS:
            return
        # While one has failed, its last prices stay and the other's go on: a coin that moved is not another coin.
        if known is not None and (known.moments == moments or moments.is_worse_than(known.moments)):
            return
        found = list(divergences(mine, theirs, self._threshold_percent))
        self._verdicts[one, other] = _Verdict(
            moments, frozenset(each.pair for each in found), strangers(mine, theirs, found), min(moments.book_tickers)
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
