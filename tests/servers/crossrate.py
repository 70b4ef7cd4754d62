"""The service on a real socket, in a thread with a loop of its own: for clients that block."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from aiohttp import web

from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market import SimulatedMarket
from tests.servers.simulator import running_simulator

START_TIMEOUT_SECONDS = 30.0


@contextmanager
def crossrate_over_the_simulator() -> Iterator[str]:
    """Give the address of a running service whose exchanges are the stand-ins, with few pairs and still prices."""
    running: asyncio.Future[str]
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()
    address: list[str] = []
    started = threading.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            exchanges = await stack.enter_async_context(
                running_simulator(simulator_app(SimulatedMarket(binance_pairs=80, kucoin_pairs=60), tick_seconds=1e9))
            )
            settings = settings_for(exchanges)
            address.append(await stack.enter_async_context(running_app(create_app(settings))))
            started.set()
            await stopping.wait()
