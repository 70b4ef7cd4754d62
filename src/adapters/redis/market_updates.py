"""Market updates through Redis' publish and subscribe."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress

from adapters.redis.connection import RedisConnection, end_if_cancelled
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.keys import FETCH_LOCK, key_prefix
from adapters.redis.subscription import MAX_BACKOFF_SECONDS, MIN_BACKOFF_SECONDS, next_message
from adapters.redis_clients import NO_ANSWER
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate


class RedisMarketUpdates(MarketUpdates):
    """One channel per exchange, named like its lock's key: each release is published there."""

    def __init__(self, connection: RedisConnection, fetch_lock: RedisFetchLock, sources: Mapping[str, str]) -> None:
        """`fetch_lock` is notified too, so that callers that wait for a lease retry immediately."""
        self._connection = connection
        self._fetch_lock = fetch_lock
        self._exchanges = {
            (key_prefix(connection.sealed_prefix, each, source) + FETCH_LOCK).encode(): each
            for each, source in sources.items()
        }

    async def subscribe(self, on_update: OnUpdate) -> None:
        """Subscribe, and resubscribe after every lost connection. Each channel's confirmation counts as an update."""
        backoff_seconds = MIN_BACKOFF_SECONDS
        while True:
            async with aclosing(self._updates()) as updates:
                async for exchange in updates:
                    backoff_seconds = MIN_BACKOFF_SECONDS
                    await on_update(exchange)
            end_if_cancelled()
            await asyncio.sleep(backoff_seconds)
            backoff_seconds = min(2 * backoff_seconds, MAX_BACKOFF_SECONDS)

    async def _updates(self) -> AsyncGenerator[str, None]:
        """Yield each exchange that may have newer market data, until the connection is lost."""
        with suppress(*NO_ANSWER):  # calls on the same connection log the outage
            client = await self._connection.client.initialize()  # a cluster's must know the nodes before it subscribes
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(*self._exchanges)
                while message := await next_message(pubsub):
                    exchange = self._exchanges.get(message["channel"])
                    if exchange is None:
                        continue
                    self._fetch_lock.notify(exchange)
                    if message["type"] == "subscribe" or message["data"]:
                        yield exchange
