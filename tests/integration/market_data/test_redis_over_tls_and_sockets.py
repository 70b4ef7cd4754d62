"""A Redis that speaks TLS only and asks for the client's certificate, and one behind a Unix socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.market_cache import RedisMarketCache
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from application.ports.rate_limiter import Group, RateLimit
from domain.errors import CacheUnavailable
from entrypoints.settings.settings import Settings
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.packages import packaged
from tests.servers.redis import RedisProcess
from tests.servers.source import free_port
from tests.unit.fakes.clock import FakeClock

SOURCES = {"binance": "https://data-api.binance.vision"}


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path)


@pytest.fixture
def tls_port(certificates: Certificates) -> Iterator[int]:
    binary = packaged("redis-server")  # the wheel is built without TLS
    port = free_port()
    files = ["--tls-ca-cert-file", certificates.authority, "--tls-cert-file", certificates.certificate]
    arguments = [*files, "--tls-key-file", certificates.key, "--tls-port", port]
    process = RedisProcess(binary, *map(str, arguments))
    process.start()
    yield port
    process.kill()


def address(**settings: object) -> str:
    url = Settings(_env_file=None, **settings).redis_url  # type: ignore[arg-type]  # any setting
    assert url is not None
    return url.get_secret_value()


async def everything_works(url: str) -> bool:
    async with redis_connection(url) as link:
        await RedisMarketCache(link, SOURCES).check()
        assert await RedisMarketCache(link, SOURCES).book_tickers("binance") is None
        assert await is_counted(link)
    queue = TaskiqJobQueue(ReclaimingStreamBroker(url, 60, asyncio.Event()))
    await queue.enqueue("record_hour", {"pair": "BTC/USD", "hour": 1})
    await queue.close()
    return True


async def is_counted(link: RedisConnection) -> bool:
    limits = {Group.CONVERT: RateLimit(1, 60)}
    limiter = RedisRateLimiter(limits, link, MemoryRateLimiter({}, FakeClock()), FakeClock())
    allowance = await limiter.count(Group.CONVERT, "somebody")
    return allowance is not None and allowance.is_allowed


async def test_everything_works_over_tls_with_a_certificate_of_ours(certificates: Certificates, tls_port: int) -> None:
    files = {"redis_cert_file": certificates.certificate, "redis_key_file": certificates.key}
    assert await everything_works(
        address(redis_host="127.0.0.1", redis_port=tls_port, redis_ca_file=certificates.authority, **files)
    )


async def test_a_server_of_an_unknown_authority_is_rejected(certificates: Certificates, tls_port: int) -> None:
    files = {"redis_cert_file": certificates.certificate, "redis_key_file": certificates.key}
    url = address(redis_url=SecretStr(f"rediss://127.0.0.1:{tls_port}/0"), **files)
    async with redis_connection(url) as link:
        with pytest.raises(CacheUnavailable):
            await RedisMarketCache(link, SOURCES).check()


@pytest.fixture
async def socket(tmp_path: Path, redis_process: RedisProcess) -> AsyncIterator[Path]:
    file = tmp_path / "redis.sock"
    process = RedisProcess(redis_process.binary, "--unixsocket", str(file))
    process.start()
    yield file
    process.kill()


async def test_everything_works_over_a_unix_socket(socket: Path) -> None:
    assert await everything_works(address(redis_url=SecretStr(f"unix://{socket}?db=1")))
