"""Simulated exchanges with a stopped clock: they build each document once, so no contender waits for that."""

import asyncio
import sys
import time

from aiohttp import web

from benchmarks.sizes import BINANCE_PAIRS
from entrypoints.simulator.app import SIZE_CHANGES_PER_SECOND, simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket


async def serve() -> None:
    """Serve on a free port until the process ends; print the address as `crossrate simulate` does."""
    now = time.time()
    market, changes = SimulatedMarket(binance_pairs=BINANCE_PAIRS), SIZE_CHANGES_PER_SECOND
    app = simulator_app(market, clock=lambda: now, size_changes_per_second=changes, weight_times=1000)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"CROSSRATE_BINANCE_URL=http://127.0.0.1:{runner.addresses[0][1]}/binance\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
