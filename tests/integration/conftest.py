"""One pair of simulated exchanges for the run, reset before each test; services that ask them; databases."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser

from adapters.sql import liveness
from adapters.sql.liveness import PROBE_TIMEOUT_SECONDS
from entrypoints.http.endpoints import import_all
from entrypoints.wiring import identity
from tests.servers.chromium import find_chromium, running_chromium
from tests.servers.migrated import migrated_postgres, migrated_sqlite
from tests.servers.service import RunService, running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges
from tests.unit.fakes.clock import TickingClock

# The least that Argon2 takes.
LITTLE_KIBIBYTES = 8

# A Postgres that gets no processor for a second hangs as little as the service that asks it.
PATIENT_SECONDS = 15.0


@pytest.fixture(scope="session", autouse=True)
def imported_features() -> None:
    """Import all endpoints, as collecting all tests does, so that a test run alone meets the same service.

    Otherwise its first request for a feature waits until a thread has imported it, while the test counts what happens.
    """
    import_all()


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Make services inside the test process hash passwords in no time: a fifth of what such tests took.

    Those that run as processes of their own hash as users' services do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "MEMORY_KIBIBYTES", LITTLE_KIBIBYTES)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_probes() -> Iterator[None]:
    """Make services inside the test process take no busy Postgres for a hung one.

    Tests of a hung one use `prompt_probes`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(liveness, "PROBE_TIMEOUT_SECONDS", PATIENT_SECONDS)
        yield


@pytest.fixture
def prompt_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hung Postgres be noticed as soon as by users' services."""
    monkeypatch.setattr(liveness, "PROBE_TIMEOUT_SECONDS", PROBE_TIMEOUT_SECONDS)


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The run's one Chromium: a start takes seconds of processor time. Each page has a context of its own."""
    executable = find_chromium()
    assert executable is not None
    async with running_chromium(executable) as browser:
        yield browser


@pytest.fixture(scope="session")
async def session_exchanges(client: aiohttp.ClientSession) -> AsyncIterator[SimulatedExchanges]:
    async with running_simulated_exchanges(client) as exchanges:
        yield exchanges


@pytest.fixture(scope="session")
async def session_service(
    session_exchanges: SimulatedExchanges, client: aiohttp.ClientSession
) -> AsyncIterator[Service]:
    async with running_service(session_exchanges.url, client, TickingClock()) as service:
        assert (await service.convert()).status == 200
        yield service


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty database of the module's own, with its schema: SQLite, then Postgres."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path_factory.mktemp("database") / "crossrate.db")
    return await migrated_postgres(request.getfixturevalue("postgres_server"))


@pytest.fixture
async def exchanges(session_exchanges: SimulatedExchanges) -> SimulatedExchanges:
    """Both exchanges, without faults and not called yet."""
    await session_exchanges.reset()
    return session_exchanges


@pytest.fixture
async def warm_service(session_service: Service, exchanges: SimulatedExchanges) -> AsyncIterator[Service]:  # noqa: ARG001 -- reset
    """A service that holds Binance's market. It must still hold it after the test, and convert."""
    yield session_service
    answer = await session_service.convert(cache_max_seconds=1000)
    assert answer.status == 200, answer.body


@pytest.fixture
async def fresh_client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that takes a new connection for each request, so that any worker may get it."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session


@pytest.fixture
async def moving_exchanges(client: aiohttp.ClientSession) -> AsyncIterator[SimulatedExchanges]:
    """Simulated exchanges of the test's own, whose prices move with the real time."""
    async with running_simulated_exchanges(client, in_real_time=True) as exchanges:
        yield exchanges


@pytest.fixture
def clock() -> TickingClock:
    """The services' clock."""
    return TickingClock()


@pytest.fixture
def run_service(exchanges: SimulatedExchanges, client: aiohttp.ClientSession, clock: TickingClock) -> RunService:
    """Run a service with some settings of its own: `async with run_service(...) as service`."""
    return lambda **settings: running_service(exchanges.url, client, clock, **settings)


@pytest.fixture
async def service(run_service: RunService) -> AsyncIterator[Service]:
    """A service without any request so far, with the cache in memory."""
    async with run_service() as service:
        yield service


@pytest.fixture(params=["sqlite", "postgres"])
async def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of the test's own, with its schema: SQLite, then Postgres."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "crossrate.db")
    return await migrated_postgres(request.getfixturevalue("postgres_server"))
