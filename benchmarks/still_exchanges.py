"""Simulated exchanges with a stopped clock: they build each document once, so no contender waits for that."""

import asyncio
import sys
import time

from aiohttp import web

from benchmarks.sizes import BINANCE_PAIRS
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket


async def serve() -> None:
    """Serve on a free port until the process ends; print the address as `crossrate simulate` does."""
    now = time.time()
    app = simulator_app(SimulatedMarket(binance_pairs=BINANCE_PAIRS), clock=lambda: now)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"CROSSRATE_BINANCE_URL=http://127.0.0.1:{runner.addresses[0][1]}/binance\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
