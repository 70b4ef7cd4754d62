"""Whoever can write in Redis can slow the service down, but set no price and make no failure up."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from itertools import count

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.encoding import BOOK_TICKERS, INSTRUMENTS, encode_book_tickers
from adapters.redis.failures import encode_failure
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.keys import DEFAULT_PREFIX, FETCH_LOCK, key_prefix
from adapters.redis.market_cache import RedisMarketCache
from adapters.redis.seal import Seal
from application.market_data.errors import LockUnavailable
from application.market_data.ports.fetch_lock import FetchOutcome, Lease, Payload
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.contracts.exposed import Exposed
from tests.contracts.market_cache_contract import OBSERVED_AT, book_tickers, instruments
from tests.integration.redis_state import value_keys
from tests.servers.service import RunService
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

SECRET = b"a secret of these tests, and of nobody else"
SOURCES = {"binance": "https://binance.example", "kucoin": "https://kucoin.example"}
FORGED = b'{"forged": "BTC costs 1.005"}'

numbers = count(1)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """What the attacker has."""
    async with Redis.from_url(redis_url, legacy_responses=False) as client:
        yield client


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_url, DEFAULT_PREFIX, SECRET) as link:
        yield link


@pytest.fixture
def rejected() -> list[str]:
    return []


@pytest.fixture
def cache(link: RedisConnection, rejected: list[str]) -> RedisMarketCache:
    return RedisMarketCache(link, SOURCES, rejected.append)


def key(link: RedisConnection, exchange: str, payload: str) -> str:
    return key_prefix(link.sealed_prefix, exchange, SOURCES[exchange]) + payload


def plain(_: str, genuine: bytes) -> bytes:
    return genuine[40:]


def changed(_: str, genuine: bytes) -> bytes:
    return genuine.replace(b"0.0210", b"9.0210")


def sealed_by_another(name: str, genuine: bytes) -> bytes:
    return Seal(b"what the attacker knows, such as the password").sealed(name, next(numbers), genuine[40:])


@pytest.mark.parametrize("forge", [plain, changed, sealed_by_another])
async def test_a_value_that_no_process_sealed_counts_as_missing_and_is_counted_and_logged_once(
    cache: RedisMarketCache,
    link: RedisConnection,
    redis: Redis,
    rejected: list[str],
    forge: Callable[[str, bytes], bytes],
) -> None:
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    name = key(link, "binance", BOOK_TICKERS)
    genuine = await redis.get(name)
    assert isinstance(genuine, bytes)
    assert forge(name, genuine) != genuine
    await redis.set(name, forge(name, genuine))
    with capture_logs() as logs:
        assert [await cache.book_tickers("binance") for _ in range(3)] == [None] * 3
    assert rejected == ["binance"] * 3
    assert [line["event"] for line in logs] == ["cached_value_rejected"]
    await redis.set(name, genuine)
    assert await cache.book_tickers("binance") == book_tickers("binance")


async def test_values_cannot_be_put_in_place_of_one_another(
    cache: RedisMarketCache, link: RedisConnection, redis: Redis, rejected: list[str]
) -> None:
    await cache.write_book_tickers(book_tickers("kucoin"), next(numbers))
    await cache.write_instruments(instruments("kucoin"), next(numbers))
    for name in (BOOK_TICKERS, INSTRUMENTS):
        await redis.copy(key(link, "kucoin", name), key(link, "binance", name))
    assert (await cache.book_tickers("binance"), await cache.instruments("binance")) == (None, None)
    await redis.copy(key(link, "kucoin", INSTRUMENTS), key(link, "kucoin", BOOK_TICKERS), replace=True)
    assert await cache.book_tickers("kucoin") is None
    assert len(rejected) == 3


async def test_an_old_value_is_not_taken_for_that_of_a_later_fetch(
    cache: RedisMarketCache, link: RedisConnection, redis: Redis, rejected: list[str]
) -> None:
    name = key(link, "binance", BOOK_TICKERS)
    await cache.write_book_tickers(book_tickers("binance"), 100)
    old = await redis.get(name)
    assert isinstance(old, bytes)
    await cache.write_book_tickers(book_tickers("binance", OBSERVED_AT + 5), 101)
    await redis.set(name, old)
    assert await cache.book_tickers("binance", 101) is None
    assert rejected == ["binance"]
    assert await cache.book_tickers("binance", 100) == book_tickers("binance")  # as old as it says it is


async def test_a_failure_that_no_process_sealed_fails_nobody(link: RedisConnection, redis: Redis) -> None:
    fetch_lock = RedisFetchLock(link, SOURCES)
    lease = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert isinstance(lease, Lease)
    failure = ExchangeUnavailable("binance", FailureReason.NETWORK, "https://evil.example says so")
    await fetch_lock.release(lease, FetchOutcome())
    lock = key(link, "binance", FETCH_LOCK)
    for forged in (encode_failure(failure), Seal(b"x" * 32).sealed(lock, lease.fencing_token, encode_failure(failure))):
        await redis.hset(lock, mapping={"failed:books": lease.fencing_token, "failure:books": forged})
        with pytest.raises(LockUnavailable):
            await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=lease.fencing_token)


async def test_the_reason_of_a_pause_cannot_be_made_up(link: RedisConnection, redis: Redis) -> None:
    fetch_lock = RedisFetchLock(link, SOURCES)
    pause = ExchangeUnavailable("binance", FailureReason.RATE_LIMITED, "429", 30.0)
    await fetch_lock.pause(pause)
    forged = ExchangeUnavailable("binance", FailureReason.BLOCKED, "https://evil.example says so", 30.0)
    await redis.hset(key(link, "binance", FETCH_LOCK), "pause", encode_failure(forged))
    with pytest.raises(ExchangeUnavailable) as caught:
        await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert "evil" not in caught.value.detail


async def test_processes_with_another_secret_share_nothing(cache: RedisMarketCache, redis_url: str) -> None:
    await cache.write_book_tickers(book_tickers("binance"), next(numbers))
    async with redis_connection(redis_url, DEFAULT_PREFIX, SECRET + b"!") as rotated:
        other = RedisMarketCache(rotated, SOURCES)
        assert await other.book_tickers("binance") is None
        await other.write_book_tickers(book_tickers("binance", OBSERVED_AT + 1), next(numbers))
    assert await cache.book_tickers("binance") == book_tickers("binance")


async def test_a_forged_price_reaches_no_conversion(
    run_service: RunService, exchanges: SimulatedExchanges, redis: Redis, redis_url: str
) -> None:
    async with run_service(redis_url=redis_url) as first, run_service(redis_url=redis_url) as second:
        true = await first.convert()

        async def is_cached() -> bool:
            return len(await value_keys(redis)) == 2

        await eventually(is_cached)
        (books,) = [name for name in await value_keys(redis) if name.endswith(BOOK_TICKERS.encode())]
        forged = encode_book_tickers(book_tickers("binance", exchanges.clock.now()), f"{exchanges.url}/binance")
        genuine = await redis.get(books)
        assert isinstance(genuine, bytes)
        for value in (forged, genuine[:40] + forged, FORGED):
            await redis.set(books, value)
            lock = books.removesuffix(BOOK_TICKERS.encode()) + FETCH_LOCK.encode()
            await redis.hset(lock, f"cached:{BOOK_TICKERS}", 8 * 10**15)
            await redis.publish(lock, BOOK_TICKERS)
            answer = await second.convert(cache_max_seconds=1000)
            assert (answer.status, answer.json["rate"]) == (200, true.json["rate"])
        metrics = (await second.ask("GET", "/metrics")).body.decode()
        assert 'crossrate_cached_values_rejected_total{exchange="binance"}' in metrics
        assert 'crossrate_cached_values_rejected_total{exchange="binance"} 0.0' not in metrics


async def test_prices_planted_with_the_secret_in_small_steps_are_held_back_and_alarmed(
    run_service: RunService, exchanges: SimulatedExchanges, link: RedisConnection, redis_url: str
) -> None:
    """The attacker has all of Redis and the secret: 13 steps, each below the bound, end at a tenth of the price."""
    sources = {"binance": f"{exchanges.url}/binance"}
    cache, fetch_lock = RedisMarketCache(link, sources), RedisFetchLock(link, sources)
    async with run_service(redis_url=redis_url, cache_secret=SECRET.decode(), exchanges="binance") as service:
        true = Decimal((await service.convert()).json["rate"])

        async def is_cached() -> bool:
            return await cache.book_tickers("binance") is not None

        await eventually(is_cached)
        genuine = await cache.book_tickers("binance")
        assert genuine is not None
        lowest = true
        for step in range(1, 14):
            exchanges.clock.advance(0.2)
            lease = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
            assert isinstance(lease, Lease)
            forged = times(genuine, Decimal("0.84") ** step, exchanges.clock.now())
            await cache.write_book_tickers(forged, lease.fencing_token)
            await fetch_lock.release(lease, FetchOutcome(is_cached=True))
            exchanges.clock.advance(0.2)
            answer = await service.convert(cache_max_seconds=60)
            if answer.status == 200:
                lowest = min(lowest, Decimal(answer.json["rate"]))
            else:
                assert "held_back" in str(answer.json["failures"])
        assert lowest > true / Decimal("1.2")
        metrics = Exposed((await service.ask("GET", "/metrics")).body.decode())
        assert (metrics.value("crossrate_prices_held_back_total", exchange="binance") or 0) > 100

        async def is_right_again() -> bool:
            answer = await service.convert(cache_max_seconds=60)
            return answer.status == 200 and abs(Decimal(answer.json["rate"]) / true - 1) < Decimal("0.1")

        await eventually(is_right_again)


def times(genuine: BookTickers, factor: Decimal, observed_at: float) -> BookTickers:
    prices = genuine.by_symbol
    rows = [(each, f"{prices[each].bid * factor:.18f}", f"{prices[each].ask * factor:.18f}") for each in prices]
    return BookTickers.of(genuine.exchange, rows, observed_at)
