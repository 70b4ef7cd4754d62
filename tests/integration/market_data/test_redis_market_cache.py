"""The cache in a real Redis: damage counts as missing, and nobody waits for a hung one."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.encoding import BOOK_TICKERS, INSTRUMENTS, VERSION, encode_book_tickers
from adapters.redis.keys import DEFAULT_PREFIX, FETCH_LOCK, TTL_SECONDS, key_prefix
from adapters.redis.market_cache import RedisMarketCache
from domain.errors import CacheUnavailable
from tests.contracts.market_cache_contract import OBSERVED_AT, book_tickers, instruments
from tests.servers.redis import RedisProcess

SOURCES = {"binance": "https://binance.example", "kucoin": "https://kucoin.example"}
PATIENCE_SECONDS = 1.5
numbers = itertools.count(1)
RECOVERY_SECONDS = 20.0


def packed(*fields: object) -> bytes:
    return msgspec.msgpack.encode(fields)


GOOD = [["BTC-USDT"], ["1"], ["2"]]
DAMAGED = {
    "empty": b"",
    "text": b"not what we wrote",
    "JSON": b'{"version":1}',
    "another version": packed(VERSION + 1, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, *GOOD),
    "another exchange": packed(VERSION, BOOK_TICKERS, "kucoin", SOURCES["kucoin"], OBSERVED_AT, *GOOD),
    "another kind": packed(VERSION, "candles", "binance", SOURCES["binance"], OBSERVED_AT, *GOOD),
    "another source": packed(VERSION, BOOK_TICKERS, "binance", "http://127.0.0.1:8090", OBSERVED_AT, *GOOD),
    "no version": packed(BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, *GOOD),
    "no rows": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, [], [], []),
    "no usable row": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, ["A"], ["0"], ["0"]),
    "a column too few": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, *GOOD[:2]),
    "a short column": packed(
        VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, ["BTC-USDT", "A"], ["1", "1"], ["2"]
    ),
    "numbers for strings": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, ["A"], [1], [2]),
    "a time that never was": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], float("nan"), *GOOD),
    "a time that never will be": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], float("inf"), *GOOD),
    "bad UTF-8": packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, *GOOD).replace(
        b"BTC", b"\xff\xff\xff"
    ),
    "nested without end": b"\x98"
    + packed(VERSION, BOOK_TICKERS, "binance", SOURCES["binance"], OBSERVED_AT, *GOOD)[1:]
    + b"\x91" * 100_000,
}


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, legacy_responses=False) as client:
        yield client


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_url) as link:
        yield link


@pytest.fixture
def cache(link: RedisConnection) -> RedisMarketCache:
    return RedisMarketCache(link, SOURCES)


@pytest.fixture
async def breakable(redis_process: RedisProcess) -> AsyncIterator[RedisMarketCache]:
    async with redis_connection(redis_process.url) as link:
        yield RedisMarketCache(link, SOURCES)


def calls(cache: RedisMarketCache) -> list[Callable[[], Awaitable[object]]]:
    return [
        lambda: cache.instruments("binance"),
        lambda: cache.book_tickers("binance"),
        lambda: cache.write_instruments(instruments("binance"), next(numbers)),
        lambda: cache.write_book_tickers(book_tickers("binance"), next(numbers)),
        cache.check,
    ]


@contextmanager
def hanging(redis_process: RedisProcess) -> Iterator[None]:
    redis_process.pause()
    try:
        yield
    finally:
        redis_process.resume()


async def fails_in_time(call: Callable[[], Awaitable[object]]) -> None:
    began = time.perf_counter()
    with pytest.raises(CacheUnavailable):
        await call()
    assert time.perf_counter() - began < PATIENCE_SECONDS


async def recovered(cache: RedisMarketCache) -> None:
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            try:
                return await cache.check()
            except CacheUnavailable:
                await asyncio.sleep(0.05)


async def keys(client: Redis) -> list[bytes]:
    """Return the keys of cached values, without those of fetch locks."""
    found = [key for key in await client.keys("*") if isinstance(key, bytes)]
    return sorted(key for key in found if not key.endswith(FETCH_LOCK.encode()))


@pytest.mark.parametrize("value", DAMAGED.values(), ids=DAMAGED.keys())
async def test_a_damaged_value_counts_as_missing(cache: RedisMarketCache, client: Redis, value: bytes) -> None:
    await cache.write_instruments(instruments("binance"), next(numbers))
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    for key in await keys(client):
        await client.set(key, value)
    assert await cache.book_tickers("binance") is None
    assert await cache.instruments("binance") is None
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    assert await cache.book_tickers("binance") == book_tickers("binance")


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.75, 0.99])
async def test_a_truncated_value_counts_as_missing(cache: RedisMarketCache, client: Redis, share: float) -> None:
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    (key,) = await keys(client)
    whole = await client.get(key)
    assert isinstance(whole, bytes)
    await client.set(key, whole[: int(len(whole) * share)])
    assert await cache.book_tickers("binance") is None


async def test_every_key_has_the_version_of_the_format_and_expires(cache: RedisMarketCache, client: Redis) -> None:
    await cache.write_instruments(instruments("binance"), next(numbers))
    await cache.write_book_tickers(book_tickers("kucoin"), next(numbers))
    assert await keys(client) == [
        (key_prefix(DEFAULT_PREFIX, "binance", SOURCES["binance"]) + INSTRUMENTS).encode(),
        (key_prefix(DEFAULT_PREFIX, "kucoin", SOURCES["kucoin"]) + BOOK_TICKERS).encode(),
    ]
    assert all(key.startswith(f"crossrate:v{VERSION}:".encode()) for key in await keys(client))
    assert [0 < await client.ttl(key) <= TTL_SECONDS for key in await keys(client)] == [True, True]


async def test_processes_with_other_urls_share_nothing(cache: RedisMarketCache, link: RedisConnection) -> None:
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    other = RedisMarketCache(link, SOURCES | {"binance": "http://127.0.0.1:8090/binance"})
    assert await other.book_tickers("binance") is None
    await other.write_book_tickers(book_tickers("binance", OBSERVED_AT + 1), next(numbers))
    assert await cache.book_tickers("binance") == book_tickers("binance")


async def test_book_tickers_are_never_taken_for_instruments(cache: RedisMarketCache, client: Redis) -> None:
    await client.set(
        key_prefix(DEFAULT_PREFIX, "binance", SOURCES["binance"]) + INSTRUMENTS,
        encode_book_tickers(book_tickers("binance"), SOURCES["binance"]),
    )
    assert await cache.instruments("binance") is None


async def test_a_key_of_another_type_counts_as_missing_and_is_overwritten(
    cache: RedisMarketCache, client: Redis
) -> None:
    await client.rpush(key_prefix(DEFAULT_PREFIX, "binance", SOURCES["binance"]) + BOOK_TICKERS, "of another kind")
    assert await cache.book_tickers("binance") is None
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    assert await cache.book_tickers("binance") == book_tickers("binance")


async def test_a_flushed_redis_is_an_empty_cache(cache: RedisMarketCache, client: Redis) -> None:
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    await client.flushall()
    assert await cache.book_tickers("binance") is None


@pytest.mark.parametrize("number", range(5), ids=["listing", "books", "keep_listing", "keep_books", "check"])
async def test_a_hung_redis_delays_nobody(
    breakable: RedisMarketCache, redis_process: RedisProcess, number: int
) -> None:
    await breakable.check()
    with hanging(redis_process):
        await fails_in_time(calls(breakable)[number])


async def test_a_redis_that_hung_from_the_start_delays_nobody(
    breakable: RedisMarketCache, redis_process: RedisProcess
) -> None:
    with hanging(redis_process):
        await fails_in_time(calls(breakable)[0])


async def test_a_hung_redis_delays_a_hundred_callers_no_longer_than_one(
    breakable: RedisMarketCache, redis_process: RedisProcess
) -> None:
    await breakable.check()
    with hanging(redis_process):
        await asyncio.gather(*(fails_in_time(call) for call in calls(breakable) * 20))


async def test_after_a_failure_calls_fail_at_once_without_reaching_redis(
    breakable: RedisMarketCache, redis_process: RedisProcess
) -> None:
    redis_process.kill()
    await fails_in_time(calls(breakable)[0])
    began = time.perf_counter()
    for call in calls(breakable):
        with pytest.raises(CacheUnavailable, match="a moment ago"):
            await call()
    assert time.perf_counter() - began < 0.2  # less than it takes to try even once


@pytest.mark.parametrize("number", range(5), ids=["listing", "books", "keep_listing", "keep_books", "check"])
async def test_a_refused_connection_is_an_unavailable_cache_with_its_cause(
    breakable: RedisMarketCache, redis_process: RedisProcess, number: int
) -> None:
    redis_process.kill()
    with pytest.raises(CacheUnavailable, match="ConnectionError") as caught:
        await calls(breakable)[number]()
    assert caught.value.__cause__ is not None


async def test_a_redis_that_hung_is_read_again_when_it_resumes(
    breakable: RedisMarketCache, redis_process: RedisProcess
) -> None:
    await breakable.write_book_tickers(book_tickers("binance"), next(numbers))
    with hanging(redis_process):
        await fails_in_time(calls(breakable)[1])
    await recovered(breakable)
    assert await breakable.book_tickers("binance") == book_tickers("binance")


async def test_a_restarted_redis_is_used_again_and_the_log_says_both_once(
    breakable: RedisMarketCache, redis_process: RedisProcess
) -> None:
    await breakable.write_book_tickers(book_tickers("binance"), next(numbers))
    with capture_logs() as logs:
        redis_process.kill()
        for call in calls(breakable):
            await fails_in_time(call)
        redis_process.start()
        await recovered(breakable)
    assert await breakable.book_tickers("binance") is None
    await breakable.write_book_tickers(book_tickers("binance"), next(numbers))
    assert await breakable.book_tickers("binance") == book_tickers("binance")
    assert [entry["event"] for entry in logs] == ["cache_failed", "cache_recovered"]


async def test_a_full_redis_is_an_unavailable_cache_until_it_has_room(
    breakable: RedisMarketCache, redis_process: RedisProcess
) -> None:
    async with Redis.from_url(redis_process.url) as client:
        await client.config_set("maxmemory", 1)
        await fails_in_time(calls(breakable)[3])
        with pytest.raises(CacheUnavailable, match="Redis rejects write: OutOfMemoryError"):
            await breakable.check()
        await client.config_set("maxmemory", 0)
    await breakable.write_book_tickers(book_tickers("binance"), next(numbers))
    await breakable.check()
    assert await breakable.book_tickers("binance") == book_tickers("binance")
