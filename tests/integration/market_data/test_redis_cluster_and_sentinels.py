"""Everything that uses Redis, on a real cluster of three primaries and through real Sentinels, with failovers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.keys import FETCH_LOCK, key_prefix
from adapters.redis.leader_election import RedisLeaderElection
from adapters.redis.market_cache import RedisMarketCache
from adapters.redis.market_updates import RedisMarketUpdates
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.redis.seal import Seal
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from application.market_data.ports.fetch_lock import FetchOutcome, Lease, Payload
from application.ports.rate_limiter import Group, RateLimit
from domain.errors import CacheUnavailable
from entrypoints.settings.settings import Settings
from tests.contracts.market_cache_contract import book_tickers, instruments
from tests.integration.redis_state import redis_is
from tests.secrecy import secret
from tests.servers.certificates import make_certificates
from tests.servers.redis_topologies import Topology, running_cluster, running_sentinels
from tests.servers.service import JWT_SECRET, RunService
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.servers.source import free_port
from tests.unit.fakes.clock import FakeClock, TickingClock
from tests.waiting import eventually

SOURCES = {name: f"https://{name}.example" for name in ("binance", "kucoin", "kraken")}
PASSWORD = secret("p@ss/word-of-redis", "Redis password")

RUNNING = {"cluster": running_cluster, "sentinels": running_sentinels}


@pytest.fixture(scope="module", params=RUNNING)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    """One for all tests that kill nothing."""
    with RUNNING[request.param](tmp_path_factory.mktemp(request.param)) as topology:
        yield topology


@pytest.fixture(params=RUNNING)
def topology(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Topology]:
    """One of the test's own."""
    with RUNNING[request.param](tmp_path / request.param) as topology:
        yield topology


async def everything_works(url: str) -> bool:
    async with redis_connection(url, f"test:{free_port()}") as link:
        await market_data_is_shared(link)
        assert await RedisLeaderElection(link, SOURCES).acquire(10) == 0
        fallback = MemoryRateLimiter({}, FakeClock())
        limiter = RedisRateLimiter({Group.CONVERT: RateLimit(2, 3600)}, link, fallback, FakeClock())
        counted = [await limiter.count(Group.CONVERT, "somebody") for _ in range(3)]
        assert [each is not None and each.is_allowed for each in counted] == [True, True, False]
        await a_job_passes(url, link.prefix)
    return True


async def market_data_is_shared(link: RedisConnection) -> None:
    cache, lock = RedisMarketCache(link, SOURCES), RedisFetchLock(link, SOURCES)
    await cache.check()
    updated: list[str] = []

    async def on_update(exchange: str) -> None:
        updated.append(exchange)

    async def are_subscribed() -> bool:
        return set(updated) == set(SOURCES)

    async def are_all_told() -> bool:
        return len(updated) == 2 * len(SOURCES)

    subscription = asyncio.create_task(RedisMarketUpdates(link, lock, SOURCES).subscribe(on_update))
    await eventually(are_subscribed)
    for exchange in SOURCES:
        lease = await lock.acquire(exchange, Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
        assert isinstance(lease, Lease)
        await cache.write_instruments(instruments(exchange), lease.fencing_token)
        await cache.write_book_tickers(book_tickers(exchange), lease.fencing_token)
        await lock.release(lease, FetchOutcome(is_cached=True))
        assert await cache.instruments(exchange) == instruments(exchange)
        assert await cache.book_tickers(exchange) == book_tickers(exchange)
    await eventually(are_all_told)
    subscription.cancel()
    await asyncio.wait([subscription])


async def a_job_passes(url: str, prefix: str) -> None:
    stop = asyncio.Event()
    queue = TaskiqJobQueue(ReclaimingStreamBroker(url, 60, asyncio.Event(), prefix))
    broker = ReclaimingStreamBroker(url, 60, stop, prefix)
    await queue.enqueue("record_hour", {"pair": "BTC/USD", "hour": 1})
    async for message in broker.listen():
        assert b"BTC/USD" in message.data
        acknowledged = message.ack()
        assert acknowledged is not None
        await acknowledged
        stop.set()
    await queue.close()
    await broker.shutdown()


async def test_everything_works(shared: Topology) -> None:
    assert await everything_works(shared.url)


async def test_a_new_connection_may_begin_by_subscribing(shared: Topology) -> None:
    async with redis_connection(shared.url, f"test:{free_port()}") as link, asyncio.timeout(10):
        updated = asyncio.Event()

        async def on_update(_: str) -> None:
            updated.set()

        updates = RedisMarketUpdates(link, RedisFetchLock(link, SOURCES), SOURCES)
        subscribing = asyncio.create_task(updates.subscribe(on_update))
        waiting = asyncio.create_task(updated.wait())
        await asyncio.wait([subscribing, waiting], return_when=asyncio.FIRST_COMPLETED)
        assert not subscribing.done()
        subscribing.cancel()
        await asyncio.wait([subscribing])


async def test_services_share_what_one_of_them_fetched(
    shared: Topology, run_service: RunService, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    settings = {"redis_url": SecretStr(shared.url), "redis_prefix": f"test:{free_port()}"}
    async with run_service(**settings) as first, run_service(**settings) as second:
        assert (await first.convert()).status == 200
        asked = await exchanges.calls("binance")
        await asyncio.sleep(1.0)  # prices are written after the answer
        assert (await second.convert(cache_max_seconds=1000)).status == 200
        assert await exchanges.calls("binance") == asked
        await eventually(redis_is(second, "up", clock))


async def test_conversions_continue_during_a_failover_and_share_again_after_it(
    topology: Topology, run_service: RunService, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    async with run_service(redis_url=SecretStr(topology.url)) as service:
        assert (await service.convert()).status == 200
        await eventually(redis_is(service, "up", clock))
        topology.kill_primary(
            key_prefix(f"crossrate:{Seal(JWT_SECRET.encode()).fingerprint}", "binance", f"{exchanges.url}/binance")
            + FETCH_LOCK
        )
        assert (await service.convert()).status == 200
        assert await redis_is(service, "down", clock)()

        async def is_back() -> bool:
            answer = await service.convert()
            assert (answer.status, answer.json["exchange"]) == (200, "binance")
            assert answer.seconds < 3
            return await redis_is(service, "up", clock)()

        await eventually(is_back, 60)
    assert await everything_works(topology.url)


@pytest.mark.parametrize(
    ("running", "told"),
    [
        (running_cluster, "CROSSRATE_REDIS_URL must begin with redis+cluster://"),
        (running_sentinels, "CROSSRATE_REDIS_URL begins with redis+sentinel://"),
    ],
    ids=RUNNING,
)
async def test_a_plain_url_is_told_what_to_write_instead(
    tmp_path: Path, run_service: RunService, clock: TickingClock, running: object, told: str
) -> None:
    assert callable(running)
    with running(tmp_path / "redis") as topology:
        server = topology.servers[-1]  # a replica in the cluster, or a Sentinel
        async with run_service(redis_url=SecretStr(server.url)) as service:
            assert (await service.convert()).status == 200
            assert await redis_is(service, "down", clock)()
            assert told in (await service.readiness())["dependencies"]["redis"]["detail"]


async def test_a_cluster_url_to_a_single_server_is_told_what_to_write_instead(redis_url: str) -> None:
    url = redis_url.replace("redis://", "redis+cluster://").removesuffix("/0")
    async with redis_connection(url) as link:
        with pytest.raises(
            CacheUnavailable, match="this is no cluster, so CROSSRATE_REDIS_URL must begin with redis://"
        ):
            await RedisMarketCache(link, SOURCES).check()


@pytest.mark.parametrize("shared", ["sentinels"], indirect=True)
async def test_sentinels_that_watch_another_name_are_told_from_silence(shared: Topology) -> None:
    async with redis_connection(shared.url.replace("mymaster", "another")) as link:
        with pytest.raises(CacheUnavailable, match="MasterNotFoundError"):
            await RedisMarketCache(link, SOURCES).check()


async def test_sentinels_and_redis_may_have_passwords(tmp_path: Path) -> None:
    with running_sentinels(tmp_path, password=PASSWORD) as topology:
        settings = Settings(
            _env_file=None,
            redis_url=SecretStr(topology.url),
            redis_password=SecretStr(PASSWORD),
            redis_sentinel_password=SecretStr(PASSWORD),
        )
        assert settings.redis_url is not None
        assert await everything_works(settings.redis_url.get_secret_value())


async def test_the_nodes_of_a_cluster_may_speak_tls_and_have_a_password(tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    files = ["--tls-ca-cert-file", made.authority, "--tls-cert-file", made.certificate, "--tls-key-file", made.key]
    arguments = [*files, "--tls-cluster", "yes", "--tls-replication", "yes", "--tls-auth-clients", "no"]
    with running_cluster(tmp_path / "cluster", *map(str, arguments), password=PASSWORD, is_encrypted=True) as topology:
        settings = Settings(
            _env_file=None,
            redis_url=SecretStr(topology.url),
            redis_password=SecretStr(PASSWORD),
            redis_ca_file=made.authority,
        )
        assert settings.redis_url is not None
        assert await everything_works(settings.redis_url.get_secret_value())
