"""The fetch lock in a real Redis whose data is damaged."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.keys import DEFAULT_PREFIX, FETCH_LOCK, key_prefix
from adapters.redis.scripts import RELEASE
from application.market_data.ports.fetch_lock import NO_FETCH, FetchOutcome, Lease, Payload
from domain.rates.errors import ExchangeUnavailable, FailureReason

SOURCES = {"binance": "https://binance.example"}
KEY = key_prefix(DEFAULT_PREFIX, "binance", SOURCES["binance"]) + FETCH_LOCK
PAUSE_SECONDS = 30.0

PAUSE = ExchangeUnavailable("binance", FailureReason.RATE_LIMITED, "429", PAUSE_SECONDS)


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_url) as link:
        yield link


@pytest.fixture
def fetch_lock(link: RedisConnection) -> RedisFetchLock:
    return RedisFetchLock(link, SOURCES)


@pytest.mark.parametrize(
    "damaged",
    [None, b"", b"nonsense", b"\xff\x00", b"\x94", b"\x91" * 100_000],
    ids=["lost", "empty", "text", "no UTF-8", "cut off", "nested without end"],
)
async def test_a_pause_holds_even_if_its_reason_is_damaged(
    fetch_lock: RedisFetchLock, link: RedisConnection, damaged: bytes | None
) -> None:
    await fetch_lock.pause(PAUSE)
    await (link.client.hdel(KEY, "pause") if damaged is None else link.client.hset(KEY, "pause", damaged))
    with pytest.raises(ExchangeUnavailable) as refused:
        await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert refused.value.reason is FailureReason.RATE_LIMITED
    assert not refused.value.is_transient
    assert refused.value.retry_after_seconds is not None
    assert PAUSE_SECONDS - 10 < refused.value.retry_after_seconds <= PAUSE_SECONDS


@pytest.mark.parametrize(
    "damaged",
    [b"", b"nonsense", b"-1", b"1.5", b"\xff", b"9000000000000000", b"9" * 17, b"9" * 5000],
    ids=["empty", "text", "negative", "a fraction", "no UTF-8", "too high", "too long", "far too long"],
)
async def test_a_damaged_fencing_token_counts_as_none_until_the_next_fetch(
    fetch_lock: RedisFetchLock, link: RedisConnection, damaged: bytes
) -> None:
    await link.client.hset(KEY, f"cached:{Payload.BOOK_TICKERS.value}", damaged)
    assert await fetch_lock.newest_cached("binance", Payload.BOOK_TICKERS) == NO_FETCH
    lease = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=2, waited_for=None)
    assert isinstance(lease, Lease)
    await fetch_lock.release(lease, FetchOutcome(is_cached=True))
    assert await fetch_lock.newest_cached("binance", Payload.BOOK_TICKERS) == lease.fencing_token


async def test_a_failure_is_kept_for_a_payload_whatever_its_name_is_made_of(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.hset("lock", "holder:books", "me")
        release = redis.register_script(RELEASE)
        await release(keys=["lock"], args=["me", 7, "", b"sealed", "books top_20", 0, "books"])
        kept = await redis.hmget("lock", ["failed:books", "failed:top_20", "failed:top"])
    assert [*kept] == [b"7", b"7", None]
