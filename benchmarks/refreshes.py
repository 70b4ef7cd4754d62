"""Refreshes of a market, timed in a process of their own.

In a shared process, Python's garbage collector would also walk through other objects, and count as refresh time.

`python -m benchmarks.refreshes BINANCE_URL REDIS_URL REFRESHES` prints samples by name as JSON.
"""

import gc
import itertools
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import aiohttp
import orjson
import uvloop

from benchmarks.arithmetic import interleaved
from benchmarks.other_readers import BOOKS_PATH, CCXT_TICKERS_PATH, LISTING_PATH, Refresh, ccxt_refresh, fetch_and_parse
from benchmarks.ticker import Ticker
from domain.rates.market_snapshot import MarketSnapshot
from entrypoints.garbage import freeze_startup_objects
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.running import running

Samples = dict[str, list[float]]


async def measured(binance: str, redis_url: str, refreshes: int) -> dict[str, Samples]:
    """Return longest stalls in ms, durations in seconds, and durations after ccxt was loaded."""
    settings = Settings(
        _env_file=None,
        binance_url=binance,
        redis_url=redis_url,
        attempt_timeout_seconds=10,
        cache_secret="benchmark " * 4,  # so that what is shared is sealed, as in the service
    )
    async with running(settings) as container, aiohttp.ClientSession() as session:
        await _prime(session, binance)
        freeze_startup_objects()  # as the service does when it starts
        contenders: dict[str, Refresh] = {
            "ours": _Refresher(container).refresh,
            "bare": partial(fetch_and_parse, session, binance),
        }
        stalls = await _interleaved(contenders, _longest_stall, refreshes)
        seconds = await _interleaved(contenders, _duration, refreshes)
        async with ccxt_refresh(binance) as ccxt:
            # Exclude ccxt's thousands of modules from collections, because the service does not have them.
            gc.collect()
            gc.freeze()
            with_ccxt = await _interleaved({"ours": contenders["ours"], "ccxt": ccxt}, _duration, refreshes)
    return {"stalls": stalls, "seconds": seconds, "with_ccxt": with_ccxt}


class _Refresher:
    """Fetches, parses, validates, indexes and stores with the service's own parts, and holds the result."""

    def __init__(self, container: ApplicationContainer) -> None:
        self._exchange, self._cache = container.market_data().exchanges()["binance"], container.market_data().cache()
        self._fencing_tokens = itertools.count(time.time_ns() // 1000)  # above those of any earlier fetch
        self.held: MarketSnapshot | None = None

    async def refresh(self) -> None:
        instruments = await self._exchange.fetch_instruments()
        await self._cache.write_instruments(instruments, next(self._fencing_tokens))
        book_tickers = await self._exchange.fetch_book_tickers()
        await self._cache.write_book_tickers(book_tickers, next(self._fencing_tokens))
        self.held = MarketSnapshot(instruments, book_tickers)


async def _prime(session: aiohttp.ClientSession, binance: str) -> None:
    """Make the simulated exchange build its documents, so that no contender waits for that."""
    for path in (LISTING_PATH, BOOKS_PATH, CCXT_TICKERS_PATH):
        async with session.get(binance + path) as response:
            await response.read()


async def _interleaved(
    contenders: dict[str, Refresh], measure: Callable[[Refresh, int], Awaitable[float]], refreshes: int
) -> Samples:
    return await interleaved({name: partial(measure, refresh, refreshes) for name, refresh in contenders.items()})


async def _duration(refresh: Refresh, refreshes: int) -> float:
    """Return the median duration of a few refreshes, in seconds."""
    durations = []
    for _ in range(refreshes):
        started = time.perf_counter()
        await refresh()
        durations.append(time.perf_counter() - started)
    return statistics.median(durations)


async def _longest_stall(refresh: Refresh, refreshes: int) -> float:
    """Return the longest stall during a few refreshes, in milliseconds."""
    async with Ticker() as ticker:
        for _ in range(refreshes):
            await refresh()
    return ticker.longest_stall_ms


if __name__ == "__main__":
    samples = uvloop.run(measured(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.stdout.write(orjson.dumps(samples).decode())
