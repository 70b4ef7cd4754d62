"""Redis that hangs, is full, takes no writes, loses everything or holds nonsense, under load: nobody notices much."""

import asyncio
import os
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from tests.integration.service.served import eventually
from tests.resilience.driver import Answered
from tests.resilience.harness import Harness
from tests.resilience.length import FAULT_SECONDS
from tests.resilience.links import EXCHANGES
from tests.resilience.verdict import percentile

SLOWEST_AT_FIRST_SECONDS = 1.0
SLOWEST_ONCE_NOTICED_SECONDS = 0.020
NOTICING_SECONDS = 1.0

# Where more wants to run than there are processors, a service waits for its turn, whatever becomes of Redis: there no
# more than this share is held to the bound, still too many for anyone who asks Redis again and again.
SHARE = 0.99
SHARE_WHERE_BUSY = 0.9

# A machine that is busy with other things stalls now and then, but not in all of these; whoever asked Redis again and
# again would have others wait in each.
WINDOW_SECONDS = 1.5
LONG_SECONDS = 10
WINDOWS = 4

CORRUPTED_EVERY_SECONDS = 0.05
BOOKS = "crossrate:*:books"

# What `adapters/redis/scripts.py` tells of.
FIELDS_OF_TURNS = (
    *("number", "token", "held_until", "kept:books", "kept:listing"),
    *("failed", "failed_of", "failure", "pause_until", "pause"),
)

Act = Callable[[Redis], Awaitable[object]]


@pytest.fixture
async def redis(harness: Harness) -> AsyncIterator[Redis]:
    async with Redis.from_url(harness.redis.url) as client:
        yield client


async def is_used(redis: Redis) -> bool:
    """Tell whether it has been given the books of every exchange."""
    return len(await redis.keys(BOOKS)) == len(EXCHANGES)


async def test_one_that_hangs_is_noticed_once_and_left_alone_until_it_goes_on(harness: Harness, redis: Redis) -> None:
    async with harness.loaded() as load:
        harness.redis.pause()
        hung_at = time.time()
        try:
            await load.lasts(NOTICING_SECONDS + max(FAULT_SECONDS, WINDOWS * WINDOW_SECONDS))
        finally:
            harness.redis.resume()
        resumed_at = time.time()
        await redis.flushall()
        await eventually(lambda: is_used(redis))
        await harness.recovers(load, resumed_at)
        answers = await load.end()
    await harness.check(answers)
    # The time of those at prices fetched for them is the exchange's, whatever becomes of Redis; once it is left alone,
    # so is that of those who want younger ones than are in hand.
    answers = [each for each in answers if each.asked.cache_max_seconds is not None]
    warm = [each for each in answers if (each.asked.cache_max_seconds or 0) >= LONG_SECONDS]
    at_first = [each for each in answers if hung_at <= each.sent_at < hung_at + NOTICING_SECONDS]
    noticed = [each for each in warm if hung_at + NOTICING_SECONDS <= each.sent_at < resumed_at]
    assert percentile(at_first, 0.99) < SLOWEST_AT_FIRST_SECONDS
    is_busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    assert _best(noticed, SHARE_WHERE_BUSY if is_busy else SHARE) < SLOWEST_ONCE_NOTICED_SECONDS


def _best(answers: Sequence[Answered], share: float) -> float:
    """Return within how many seconds this share was answered, in the best of the whole windows."""
    windows: dict[int, list[Answered]] = defaultdict(list)
    for each in answers:
        windows[int((each.sent_at - answers[0].sent_at) / WINDOW_SECONDS)].append(each)
    return min(percentile(window, share) for window in list(windows.values())[:WINDOWS])


async def _fill(redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.config_set("maxmemory", 1)


async def _make_room(redis: Redis) -> None:
    await redis.config_set("maxmemory", 0)


async def _follow_nobody_there(redis: Redis) -> None:
    await redis.replicaof("127.0.0.1", 1)


async def _lead(redis: Redis) -> None:
    await redis.replicaof("NO", "ONE")


@pytest.mark.parametrize(
    ("begin", "end"), [(_fill, _make_room), (_follow_nobody_there, _lead)], ids=["full", "read only"]
)
async def test_one_that_takes_no_writes_is_no_loss(harness: Harness, redis: Redis, begin: Act, end: Act) -> None:
    async with harness.loaded() as load:
        await begin(redis)
        try:
            with pytest.raises(ResponseError):
                await redis.set("anything", "at all")
            await load.lasts(FAULT_SECONDS)
        finally:
            await end(redis)
        ended_at = time.time()
        await redis.flushall()
        await eventually(lambda: is_used(redis))
        await harness.recovers(load, ended_at)
        await harness.check(await load.end())


async def test_one_that_loses_everything_again_and_again_is_filled_again(harness: Harness, redis: Redis) -> None:
    async with harness.loaded() as load:
        for _ in range(int(FAULT_SECONDS / 0.5)):
            await redis.flushall()
            await load.lasts(0.5)
        flushed_at = time.time()
        await redis.flushall()
        await eventually(lambda: is_used(redis))
        await harness.recovers(load, flushed_at)
        await harness.check(await load.end())


async def test_one_that_is_killed_and_started_again_is_used_again(harness: Harness, redis: Redis) -> None:
    async with harness.loaded() as load:
        harness.redis.kill()
        try:
            await load.lasts(FAULT_SECONDS)
        finally:
            await asyncio.to_thread(harness.redis.start)
        started_at = time.time()
        await eventually(lambda: is_used(redis))
        await harness.recovers(load, started_at)
        await harness.check(await load.end())


async def test_nonsense_in_it_is_passed_over_and_overwritten(harness: Harness, redis: Redis) -> None:
    async with harness.loaded() as load:
        corrupted: dict[bytes, bytes] = {}
        for _ in range(int(FAULT_SECONDS / CORRUPTED_EVERY_SECONDS)):
            corrupted = await _corrupt_all(redis)
            await load.lasts(CORRUPTED_EVERY_SECONDS)
        ended_at = time.time()

        async def is_overwritten() -> bool:
            return all([await redis.get(key) != spoiled for key, spoiled in corrupted.items() if b"books" in key])

        assert len(corrupted) >= len(EXCHANGES)
        await eventually(is_overwritten)
        await harness.recovers(load, ended_at)
        await harness.check(await load.end())


async def _corrupt_all(redis: Redis) -> dict[bytes, bytes]:
    """Spoil every value, each in some way, and something of all turns; return the values that stand there now."""
    corrupted = {}
    for key in await redis.keys("crossrate:*"):
        assert isinstance(key, bytes)
        if await redis.type(key) == b"hash":
            await _corrupt_turns(redis, key)
            continue
        value = await redis.get(key)
        assert isinstance(value, bytes)
        spoiled = random.choice((_truncated, _of_another_version, _with_a_bit_changed, _replaced))(value)  # noqa: S311
        await redis.set(key, spoiled)
        corrupted[key] = spoiled
    return corrupted


async def _corrupt_turns(redis: Redis, key: bytes) -> None:
    """Put nonsense into one of the fields, those that are missing too, or lose it."""
    field = random.choice(FIELDS_OF_TURNS)  # noqa: S311
    nonsense = random.choice((b"", b"nonsense", b"-1", b"1e400", b"9" * 5000, b"\xff\x00", None))  # noqa: S311
    await (redis.hdel(key, field) if nonsense is None else redis.hset(key, field, nonsense))


def _truncated(value: bytes) -> bytes:
    return value[: len(value) // 2]


def _of_another_version(value: bytes) -> bytes:
    return value[:1] + b"\x63" + value[2:]  # the version is what comes first in the array


def _with_a_bit_changed(value: bytes) -> bytes:
    # In its head: one in a price would be another price, and no format can know.
    place = random.randrange(16)  # noqa: S311
    return value[:place] + bytes([value[place] ^ 0x80]) + value[place + 1 :] if len(value) > place else value


def _replaced(_: bytes) -> bytes:
    return random.randbytes(1000)  # noqa: S311
