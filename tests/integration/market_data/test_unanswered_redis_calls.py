"""A Redis that hangs, or whose reply is lost, leaves no lease behind that nobody holds."""

import asyncio
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.redis.connection import MAX_RECOVERY_CALLS, RedisConnection, redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from application.market_data.errors import LockUnavailable
from application.market_data.ports.fetch_lock import NO_FETCH, Cached, FetchOutcome, InFlight, Lease, Payload
from domain.errors import CacheUnavailable
from tests.resilience.proxy import Fault, Link, running_proxy
from tests.servers.redis import RedisProcess
from tests.waiting import eventually

SOURCES = {"binance": "https://binance.example"}

# Less than half a lease; it takes half a second.
SOON_SECONDS = 1.4


@pytest.fixture
async def link(redis_process: RedisProcess) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_process.url) as link:
        yield link


@pytest.fixture
async def fetch_lock(link: RedisConnection) -> RedisFetchLock:
    """The lock of the process that gets no reply; Redis knows its scripts, as it does in a running service."""
    fetch_lock = RedisFetchLock(link, SOURCES)
    await fetch_lock.release(await acquired(fetch_lock), FetchOutcome())
    return fetch_lock


@pytest.fixture
async def others(redis_process: RedisProcess) -> AsyncIterator[RedisFetchLock]:
    """The lock of another process, which calls nothing while Redis hangs."""
    async with redis_connection(redis_process.url) as link:
        yield RedisFetchLock(link, SOURCES)


async def acquired(fetch_lock: RedisFetchLock) -> Lease:
    answer = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert isinstance(answer, Lease)
    return answer


async def seconds_to_acquire(fetch_lock: RedisFetchLock) -> float:
    """Return how long it took to get a lease."""
    began = time.monotonic()

    async def is_acquired() -> bool:
        return isinstance(
            await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None), Lease
        )

    await eventually(is_acquired)
    return time.monotonic() - began


async def test_a_lease_requested_while_redis_hung_is_released_when_it_resumes(
    fetch_lock: RedisFetchLock, others: RedisFetchLock, redis_process: RedisProcess
) -> None:
    redis_process.pause()
    with pytest.raises(LockUnavailable):
        await acquired(fetch_lock)
    redis_process.resume()
    assert await seconds_to_acquire(others) < SOON_SECONDS


async def test_a_lease_that_could_not_be_released_is_released_later_with_its_outcome(
    fetch_lock: RedisFetchLock, others: RedisFetchLock, redis_process: RedisProcess
) -> None:
    held = await acquired(fetch_lock)
    redis_process.pause()
    with pytest.raises(LockUnavailable):
        await fetch_lock.newest_cached("binance", Payload.BOOK_TICKERS)
    with pytest.raises(LockUnavailable, match="a moment ago"):  # not even sent
        await fetch_lock.release(held, FetchOutcome(is_cached=True))
    redis_process.resume()
    assert await seconds_to_acquire(others) < SOON_SECONDS
    answer = await others.acquire("binance", Payload.BOOK_TICKERS, newer_than=NO_FETCH, waited_for=None)
    assert answer == Cached(held.fencing_token)


async def test_a_late_release_does_not_end_a_later_lease(
    fetch_lock: RedisFetchLock, others: RedisFetchLock, link: RedisConnection, redis_process: RedisProcess
) -> None:
    fetch_lock.lease_seconds = 0.05
    lost = await acquired(fetch_lock)
    redis_process.pause()
    with pytest.raises(LockUnavailable):
        await fetch_lock.release(lost, FetchOutcome(is_cached=True))
    redis_process.kill()
    await asyncio.to_thread(redis_process.start)
    held = await acquired(others)
    await eventually(lambda: answers(link))
    answer = await others.acquire("binance", Payload.BOOK_TICKERS, newer_than=NO_FETCH, waited_for=None)
    assert answer == InFlight(held.fencing_token)


async def answers(link: RedisConnection) -> bool:
    return link.answers


class LosingOneAnswer(Fault):
    """The first answer on any connection is lost with the connection."""

    has_lost_it = False

    async def carry(self, chunk: bytes, link: Link) -> None:
        if link.is_answer and not self.has_lost_it:
            self.has_lost_it = True
            raise ConnectionResetError
        await link.send(chunk)


async def test_a_lease_whose_reply_was_lost_with_the_connection_is_granted_all_the_same(
    others: RedisFetchLock, redis_process: RedisProcess
) -> None:
    place = urlsplit(redis_process.url)
    assert place.hostname is not None
    assert place.port is not None
    async with (
        running_proxy((place.hostname, place.port)) as proxy,
        redis_connection(f"redis://127.0.0.1:{proxy.port}/0") as link,
    ):
        fetch_lock = RedisFetchLock(link, SOURCES)
        await fetch_lock.release(await acquired(fetch_lock), FetchOutcome())
        fault = LosingOneAnswer()
        proxy.commit(fault)
        held = await acquired(fetch_lock)
        assert fault.has_lost_it
        answer = await others.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
        assert answer == InFlight(held.fencing_token)
        await fetch_lock.release(held, FetchOutcome())
        assert (await acquired(others)).fencing_token == held.fencing_token + 1


async def test_recovery_calls_are_bounded_and_made_before_any_other_call(
    link: RedisConnection, redis_process: RedisProcess
) -> None:
    given: list[bool] = []

    async def give(client: Redis) -> None:
        given.append(link.answers)
        await client.set("word", "no number")
        await client.incr("word")  # an error is an answer: the next call follows

    link.run_on_recovery(give)  # dropped: there is no outage
    redis_process.pause()
    with pytest.raises(CacheUnavailable):
        await link.call("ping", Redis.ping)
    for _ in range(MAX_RECOVERY_CALLS + 1):
        link.run_on_recovery(give)
    with capture_logs() as logs:
        redis_process.resume()
        await eventually(lambda: answers(link))
    assert given == [False] * MAX_RECOVERY_CALLS
    assert [entry["event"] for entry in logs] == ["cache_recovered"]


async def test_a_recovery_call_is_made_again_when_redis_falls_silent_during_it(
    link: RedisConnection, redis_process: RedisProcess
) -> None:
    attempts: list[int] = []

    async def give(client: Redis) -> None:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise TimeoutError
        await client.ping()

    redis_process.pause()
    with pytest.raises(CacheUnavailable):
        await link.call("ping", Redis.ping)
    link.run_on_recovery(give)
    redis_process.resume()
    await eventually(lambda: answers(link))
    assert attempts == [0, 1]
