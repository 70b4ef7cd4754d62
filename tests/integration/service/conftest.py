"""One pair of stand-in exchanges for the run, reset before each test, and services that ask them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from tests.integration.service.served import Service, running_service
from tests.integration.service.stand_ins import StandIns, running_stand_ins
from tests.servers.postgres import empty
from tests.unit.fakes.clock import TickingClock

RunService = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


@pytest.fixture(scope="session")
async def session_stand_ins(client: aiohttp.ClientSession) -> AsyncIterator[StandIns]:
    async with running_stand_ins(client) as stand_ins:
        yield stand_ins


@pytest.fixture(scope="session")
async def session_service(session_stand_ins: StandIns, client: aiohttp.ClientSession) -> AsyncIterator[Service]:
    async with running_service(session_stand_ins, client, TickingClock()) as service:
        assert (await service.convert()).status == 200
        yield service


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database of the module's own with nothing in its tables: SQLite's first, then Postgres'."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('database')}/crossrate.db"
    else:
        url = request.getfixturevalue("postgres_server")
        await empty(url)
    database = SqlDatabase(url, upgrades_itself=False)
    await database.migrate()
    await database.close()
    return url


@pytest.fixture
async def stand_ins(session_stand_ins: StandIns) -> StandIns:
    """Both exchanges in good order, not asked yet."""
    await session_stand_ins.reset()
    return session_stand_ins


@pytest.fixture
async def warm_service(session_service: Service, stand_ins: StandIns) -> AsyncIterator[Service]:  # noqa: ARG001 -- reset
    """A service that has Binance's listing and prices in hand. It must still have them after the test, and convert."""
    yield session_service
    answer = await session_service.convert(cache_max_seconds=1000)
    assert answer.status == 200, answer.body


@pytest.fixture
def clock() -> TickingClock:
    """The services' clock."""
    return TickingClock()


@pytest.fixture
def run_service(stand_ins: StandIns, client: aiohttp.ClientSession, clock: TickingClock) -> RunService:
    """Run a service with some settings of its own: `async with run_service(...) as service`."""
    return lambda **settings: running_service(stand_ins, client, clock, **settings)


@pytest.fixture
async def service(run_service: RunService) -> AsyncIterator[Service]:
    """A service that has not been asked yet, with the memory cache."""
    async with run_service() as service:
        yield service
