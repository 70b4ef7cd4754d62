"""Hearing from Redis when other processes have ended a turn."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any

import structlog
from redis.asyncio.client import PubSub

from adapters.redis.connection import NO_ANSWER, RedisConnection, end_if_cancelled
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.keys import FETCH_LOCK, key_prefix
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate

# After so long a silence Redis is asked whether it is still there, and must say so within as long again.
QUIET_SECONDS = 10.0

# Between attempts to hear again, twice as long after each that failed.
SHORTEST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0

log = structlog.get_logger()


class RedisMarketUpdates(MarketUpdates):
    """One channel an exchange, called as the key of its turns is: each end of a turn is told of there."""

    def __init__(self, link: RedisConnection, fetch_lock: RedisFetchLock, sources: Mapping[str, str]) -> None:
        """`fetch_lock` are told too, so that who waits for one looks at once."""
        self._link = link
        self._fetch_lock = fetch_lock
        self._exchanges = {(key_prefix(each, source) + FETCH_LOCK).encode(): each for each, source in sources.items()}

    async def follow(self, heard: OnUpdate) -> None:
        """Listen, and begin anew after every break. The first word on each channel is that it is listened to."""
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            async with aclosing(self._told()) as told:
                async for exchange in told:
                    pause = SHORTEST_PAUSE_SECONDS
                    await heard(exchange)
            end_if_cancelled()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _told(self) -> AsyncGenerator[str, None]:
        """Give each exchange of which there may be something newer, until Redis answers no more."""
        with suppress(*NO_ANSWER):  # the calls of this link tell of it in the log
            async with self._link.client.pubsub() as pubsub:
                await pubsub.subscribe(*self._exchanges)
                while message := await _next_message(pubsub):
                    exchange = self._exchanges.get(message["channel"])
                    if exchange is None:
                        continue
                    self._fetch_lock.ring(exchange)
                    if message["type"] == "subscribe" or message["data"]:
                        yield exchange


async def _next_message(pubsub: PubSub) -> dict[str, Any] | None:
    """Return the next, None when even a question is not answered."""
    end_if_cancelled()
    message: dict[str, Any] | None = await pubsub.get_message(timeout=QUIET_SECONDS)
    end_if_cancelled()
    if message is None:
        await pubsub.ping()
        message = await pubsub.get_message(timeout=QUIET_SECONDS)
    return message
