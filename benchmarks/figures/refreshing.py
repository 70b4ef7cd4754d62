"""How long refreshing a whole market takes, and how long it stalls the event loop."""

import asyncio
import statistics
import sys

import orjson

from benchmarks.arithmetic import Measurement, ratios
from benchmarks.bench import Bench
from benchmarks.refreshes import Samples
from benchmarks.servers import STILL_EXCHANGES, DidNotStart, benchmark_environment, running_exchanges

CCXT_NOTE = "ccxt: load_markets and fetch_tickers, spot only, rate limiter off"
BARE_NOTE = "the service writes to a real Redis; the other only reads with msgspec to Decimals"
STALL_NOTE = "on uvloop, measured every 1 ms; {:.1f} ms while the same bodies are only fetched and parsed"


async def refreshing(bench: Bench) -> list[Measurement]:
    """Compare the service's refresh with two other readers of the same bodies."""
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        samples = await _samples(f"{exchanges}/binance", bench.harness.redis_url, bench.effort.refreshes)
    stalls, seconds, with_ccxt = samples["stalls"], samples["seconds"], samples["with_ccxt"]
    with_bare = f"{_ms(seconds['ours']):.0f} ms against {_ms(seconds['bare']):.0f} ms"
    beside_ccxt = f"{_ms(with_ccxt['ours']):.0f} ms against {_ms(with_ccxt['ccxt']):.0f} ms"
    stall_note = STALL_NOTE.format(statistics.median(stalls["bare"]))
    return [
        Measurement("refresh.bare", ratios(seconds["ours"], seconds["bare"]), BARE_NOTE, with_bare),
        Measurement("refresh.ccxt", ratios(with_ccxt["ccxt"], with_ccxt["ours"]), CCXT_NOTE, beside_ccxt),
        Measurement("refresh.stall", stalls["ours"], stall_note),
    ]


async def _samples(binance: str, redis_url: str, refreshes: int) -> dict[str, Samples]:
    command = (sys.executable, "-m", "benchmarks.refreshes", binance, redis_url, str(refreshes))
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=benchmark_environment()
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise DidNotStart("the refreshes failed; see their output above")
    samples: dict[str, Samples] = orjson.loads(output)
    return samples


def _ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000
