"""The service on a real socket, on the test's event loop or, for blocking clients, in a thread."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from aiohttp import web

from entrypoints.http.app import create_app
from entrypoints.settings.settings import Settings
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.secrecy import secrets_of
from tests.servers.simulator import running_simulator as serving

THREAD_TIMEOUT_SECONDS = 30.0
JWT_SECRET = "a secret of the tests, and of nobody else"  # noqa: S105 -- nothing but tests is signed with it

T = TypeVar("T")
R = TypeVar("R")


def app_over(exchanges: str, **settings: Any) -> web.Application:  # noqa: ANN401 -- any value of a setting
    """Make a service that uses the simulated exchanges at the address `exchanges` and no setting from outside."""
    folder = TemporaryDirectory(prefix="crossrate-test-")
    chosen: dict[str, Any] = {
        "binance_url": f"{exchanges}/binance",
        "kucoin_url": f"{exchanges}/kucoin",
        "redis_url": None,
        "sync_interval_seconds": 0,
        "database_url": f"sqlite:///{folder.name}/crossrate.db",
        "jwt_secret": JWT_SECRET,
        "quote_pairs": (),
    }
    chosen |= settings
    secrets_of(chosen)
    app = create_app(Settings(_env_file=None, **chosen))

    async def remove_the_folder(_: web.Application) -> None:
        folder.cleanup()

    app.on_cleanup.append(remove_the_folder)
    return app


@asynccontextmanager
async def running_crossrate(**settings: Any) -> AsyncIterator[str]:  # noqa: ANN401 -- as above
    """Give the address of a service over simulated exchanges with a few pairs, which include USDT, TRX, ADA and BTC."""
    market = SimulatedMarket(binance_pairs=80, kucoin_pairs=60)
    async with serving(simulator_app(market)) as exchanges, serving(app_over(exchanges, **settings)) as address:
        yield address


@contextmanager
def in_a_thread(server: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Run `server` in a thread with its own event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)

    def run(coroutine: Coroutine[object, object, R]) -> R:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(THREAD_TIMEOUT_SECONDS)

    thread.start()
    try:
        yield run(server.__aenter__())
        run(server.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(THREAD_TIMEOUT_SECONDS)
        loop.close()
