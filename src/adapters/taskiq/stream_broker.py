"""The broker: a Redis stream whose messages are acknowledged when their work is done."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from taskiq import AckableMessage
from taskiq_redis import RedisStreamBroker

QUEUE = "crossrate:jobs"
GROUP = "crossrate"

# How long one reading waits for a message, and so how often abandoned ones are looked for while none comes.
BLOCK_SECONDS = 2.0

CONNECT_TIMEOUT_SECONDS = 2.0

# A message is a few hundred bytes; a day of ticks is a thousand of them.
MOST_MESSAGES = 10_000

# One that was taken so often and never done is given up: it kills whoever does it. Its hour is asked for anew.
MOST_DELIVERIES = 5

# Where a look at what was taken begins, and what Redis says is next once it has ended.
FIRST = b"0-0"

# In one step, so that a worker that only slept cannot take a message in between, which would be lost with its name. Any
# that comes back has its name anew.
_REMOVE_DEAD = """
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local told = {}
  for place = 1, #consumer, 2 do told[consumer[place]] = consumer[place + 1] end
  if told.pending == 0 and told.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], told.name)
  end
end
"""

# (number, fields) each; the library calls the number a string, which it is not.
Entries = list[tuple[Any, dict[bytes, bytes]]]

log = structlog.get_logger()


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
            consumer_group_name=GROUP,
            consumer_id="0",  # what was sent before the first worker ever came is work too
            xread_block=round(BLOCK_SECONDS * 1000),
            xread_count=1,  # what is read counts as begun: who has room for one more takes one
            maxlen=MOST_MESSAGES,
            idle_timeout=round(abandoned_after_seconds * 1000),
            socket_timeout=BLOCK_SECONDS + CONNECT_TIMEOUT_SECONDS,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            # The library's default goes on for half a minute, which is for those who ask to decide.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Yield new messages as they come, and abandoned ones at least every other second.

        None is taken before it is asked for: one that lay here would pass for abandoned, and at last for deadly.
        """
        await self._declare_consumer_group()  # here rather than once at the start: a flushed Redis has lost it
        async with Redis(connection_pool=self.connection_pool) as client:
            await client.eval(_REMOVE_DEAD, 1, self.queue_name, self.consumer_group_name, self.idle_timeout)
            # Told here too: being cancelled in the midst of a command can get lost in the client.
            while not self._stop.is_set():
                # What was abandoned first: for what is new, one waits.
                for number, fields in await self._abandoned(client) or await self._new(client):
                    if b"data" not in fields:  # written by somebody else
                        await self._drop(client, number, "it is no job")
                        continue
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
        # Each call looks at ten that were taken and not done; an abandoned one may come after more that are under way.
        place: Any = FIRST
        while True:
            # One command, and so one taker, however many look at once.
            found: Any = await client.xautoclaim(
                self.queue_name, self.consumer_group_name, self.consumer_name, self.idle_timeout, place, count=1
            )
            place, entries = found[:2]
            left = await self._without_those_taken_too_often(client, entries)
            if left or place == FIRST:
                return left

    async def _without_those_taken_too_often(self, client: Redis, entries: Entries) -> Entries:
        left = []
        for number, fields in entries:
            told: Any = await client.xpending_range(
                self.queue_name, self.consumer_group_name, min=number, max=number, count=1
            )
            if told and told[0]["times_delivered"] > MOST_DELIVERIES:
                await self._drop(client, number, f"it was begun {MOST_DELIVERIES} times and never done")
            else:
                left.append((number, fields))
        return left

    async def _drop(self, client: Redis, number: bytes, reason: str) -> None:
        log.warning("message_dropped", queue=self.queue_name, number=number.decode(), reason=reason)
        await client.xack(self.queue_name, self.consumer_group_name, number)
