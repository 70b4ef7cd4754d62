"""The service on a real socket, inside the test process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web
from dependency_injector import providers

from application.ports.clock import Clock
from entrypoints.http.app import create_app
from entrypoints.settings.settings import Settings
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.wiring.application import ApplicationContainer
from tests.secrecy import secrets_of
from tests.servers.migrated import migrated_sqlite
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import settings_of

JWT_SECRET = "a secret of the tests, and of nobody else, as long as any algorithm asks for"  # noqa: S105 -- nothing but tests is signed with it

RunService = Callable[..., AbstractAsyncContextManager[Service]]


def service_app(exchanges_url: str, /, **settings: Any) -> web.Application:  # noqa: ANN401 -- any value of a setting
    """Make a service that uses the simulated exchanges at that address and no setting from outside."""
    folder = TemporaryDirectory(prefix="crossrate-test-")
    chosen: dict[str, Any] = {
        **settings_of(exchanges_url),
        "redis_url": None,
        "database_url": migrated_sqlite(Path(folder.name, "crossrate.db")),
        "jwt_secret": JWT_SECRET,
        # Off unless a test says otherwise: most count the calls that their own requests make.
        "sync_interval_seconds": 0,
        "quote_pairs": (),
        "reference_rates": "none",
        "clearing_interval_seconds": 60,  # looking for orders twice a second is a twentieth of all work of the tests
        "redis_prefix": "crossrate",  # as in service_process.py
        **settings,
    }
    secrets_of(chosen)
    app = create_app(Settings(_env_file=None, **chosen))

    async def remove_the_folder(_: web.Application) -> None:
        folder.cleanup()

    app.on_cleanup.append(remove_the_folder)
    return app


@asynccontextmanager
async def running_service(
    exchanges_url: str,
    client: aiohttp.ClientSession,
    clock: Clock,
    /,
    **settings: Any,  # noqa: ANN401 -- any value of a setting
) -> AsyncIterator[Service]:
    """Serve with `clock` in place of the machine's."""
    app = service_app(exchanges_url, **settings)
    # The container is made while the application starts; after that, other services must have their own clocks.
    async with AsyncExitStack() as stack:
        with ApplicationContainer.core.clock.override(providers.Object(clock)):
            url = await stack.enter_async_context(serving(app))
        yield Service(url, client)


@asynccontextmanager
async def running_crossrate(**settings: Any) -> AsyncIterator[str]:  # noqa: ANN401 -- any value of a setting
    """Yield the address of a service over simulated exchanges with few pairs, which include USDT, TRX, ADA and BTC."""
    market = SimulatedMarket(binance_pairs=80, kucoin_pairs=60)
    async with serving(simulator_app(market)) as exchanges, serving(service_app(exchanges, **settings)) as address:
        yield address
