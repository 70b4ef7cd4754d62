"""The broker: a Redis stream whose messages are acknowledged when their work is done."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import Redis
from taskiq import AckableMessage
from taskiq_redis import RedisStreamBroker

QUEUE = "crossrate:jobs"

# How long one reading waits for a message, and so how often abandoned ones are looked for while none comes.
BLOCK_SECONDS = 2.0

CONNECT_TIMEOUT_SECONDS = 2.0

# A message is a few hundred bytes; a day of ticks is a thousand of them.
MOST_MESSAGES = 10_000

# (number, fields) each; the library calls the number a string, which it is not.
Entries = list[tuple[Any, dict[bytes, bytes]]]


class ReclaimingStreamBroker(RedisStreamBroker):
    """Takes abandoned messages over on an idle stream too.

    The library's own looks for them only after a new message has come: the last one before a quiet time would wait as
    long as that lasts.
    """

    def __init__(self, url: str, abandoned_after_seconds: float, stop: asyncio.Event) -> None:
        """Take over what was not acknowledged for so long: its worker was killed. `stop` ends the listening."""
        self._stop = stop
        super().__init__(
            url,
            queue_name=QUEUE,
            consumer_group_name="crossrate",
            consumer_id="0",  # what was sent before the first worker ever came is work too
            xread_block=round(BLOCK_SECONDS * 1000),
            xread_count=10,
            maxlen=MOST_MESSAGES,
            idle_timeout=round(abandoned_after_seconds * 1000),
            socket_timeout=BLOCK_SECONDS + CONNECT_TIMEOUT_SECONDS,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        )

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Yield new messages as they come, and abandoned ones at least every other second."""
        await self._declare_consumer_group()  # here rather than once at the start: a flushed Redis has lost it
        async with Redis(connection_pool=self.connection_pool) as client:
            # Told here too: being cancelled in the midst of a command can get lost in the client.
            while not self._stop.is_set():
                for number, fields in [*await self._new(client), *await self._abandoned(client)]:
                    yield AckableMessage(
                        data=fields[b"data"], ack=self._ack_generator(id=number, queue_name=self.queue_name)
                    )

    async def _new(self, client: Redis) -> Entries:
        streams: dict[Any, Any] = {self.queue_name: ">"}
        found: Any = await client.xreadgroup(
            self.consumer_group_name, self.consumer_name, streams, block=self.block, count=self.count
        )
        return [entry for _, entries in found or () for entry in entries]

    async def _abandoned(self, client: Redis) -> Entries:
        # One command, and so one taker, however many look at once.
        found: Any = await client.xautoclaim(
            self.queue_name, self.consumer_group_name, self.consumer_name, min_idle_time=self.idle_timeout, count=10
        )
        entries: Entries = found[1]
        return entries
