"""The broker: a Redis stream whose messages are acknowledged after their jobs have ended."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from taskiq import AckableMessage, BrokerMessage
from taskiq_redis import RedisStreamBroker

from adapters.redis_clients import NO_ANSWER, reason_of, redis_client

# The stream of versions before 0.2, which all installations on the same Redis shared.
FORMER_QUEUE = "crossrate:jobs"
GROUP = "crossrate"

# How long a read waits for a new message, and thus how often an idle worker looks for abandoned ones.
BLOCK_SECONDS = 2.0

CONNECT_TIMEOUT_SECONDS = 2.0

# A message is a few hundred bytes; a day has about a thousand.
MAX_MESSAGES = 10_000

# A message that was delivered more often without an acknowledgement is dropped: its job kills workers. The schedule
# enqueues whatever is still due.
MAX_DELIVERIES = 5

# The cursor from which a scan of pending messages starts, and which Redis returns when it is complete.
FIRST = b"0-0"

# Atomic: otherwise a worker that was only paused could read a message in between, which would be lost with its name. A
# worker that returns gets its name again.
_REMOVE_DEAD = """
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local fields = {}
  for place = 1, #consumer, 2 do fields[consumer[place]] = consumer[place + 1] end
  if fields.pending == 0 and fields.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fields.name)
  end
end
"""

# (id, fields) each; the library types the id as a string, which it is not.
Entries = list[tuple[Any, dict[bytes, bytes]]]

log = structlog.get_logger()


def queue_of(prefix: str) -> str:
    """Return the name of the installation's stream."""
    return f"{prefix}:jobs"


class ReclaimingStreamBroker(RedisStreamBroker):
    """Takes over abandoned messages even while no new ones arrive.

    The library's broker looks for them only after a new message.
    """

    def __init__(
        self, url: str, abandoned_after_seconds: float, stop: asyncio.Event, prefix: str = "crossrate"
    ) -> None:
        """Take over messages that are unacknowledged for `abandoned_after_seconds`. `stop` ends `listen`.

        `prefix` starts the name of the stream.
        """
        self._stop = stop
        self._has_reported = False
        super().__init__(
            "redis://unused",  # the library's own connections: they are for one server only
            queue_name=queue_of(prefix),
            consumer_group_name=GROUP,
            consumer_id="0",  # messages from before the first worker count too
            xread_block=round(BLOCK_SECONDS * 1000),
            xread_count=1,  # a message counts as started when it is read, so a worker reads only what it can run
            maxlen=MAX_MESSAGES,
            idle_timeout=round(abandoned_after_seconds * 1000),
        )
        self._client = redis_client(
            url,
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=BLOCK_SECONDS + CONNECT_TIMEOUT_SECONDS,
            legacy_responses=True,
        )

    async def shutdown(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        await super().shutdown()

    async def kick(self, message: BrokerMessage) -> None:
        """Append a message to the stream."""
        fields: dict[Any, Any] = {b"data": message.message}
        await self._client.xadd(self.queue_name, fields, maxlen=self.maxlen, approximate=self.approximate)

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Yield new messages as they arrive, and abandoned ones, looked for at least every 2 seconds.

        No message is prefetched: one that waited here would look abandoned, and finally as if its job killed workers.
        """
        await self._declare_consumer_group()  # each time, because a flushed Redis has lost it
        client = self._client
        await self._report_former_jobs(client)
        await client.eval(_REMOVE_DEAD, 1, self.queue_name, self.consumer_group_name, self.idle_timeout)
        # A cancellation in the middle of a command can get lost in the client; the event cannot.
        while not self._stop.is_set():
            # Abandoned ones first, since reading new ones may wait.
            for id_, fields in await self._abandoned(client) or await self._new(client):
                if b"data" not in fields:  # not written by this service
                    await self._drop(client, id_, "not a job")
                    continue
                yield AckableMessage(data=fields[b"data"], ack=partial(self._acknowledge, id_))

    async def _declare_consumer_group(self) -> None:
        with suppress(ResponseError):  # there is one
            await self._client.xgroup_create(
                self.queue_name, self.consumer_group_name, id=self.consumer_id, mkstream=True
            )

    async def _acknowledge(self, id_: bytes) -> None:
        try:
            await self._client.xack(self.queue_name, self.consumer_group_name, id_)
        except NO_ANSWER as error:  # nobody waits for a job's end, where the library would raise it
            log.warning("acknowledgement_failed", queue=self.queue_name, id=id_.decode(), reason=reason_of(error))

    async def _new(self, client: Redis) -> Entries:
        streams: dict[Any, Any] = {self.queue_name: ">"}
        found: Any = await client.xreadgroup(
            self.consumer_group_name, self.consumer_name, streams, block=self.block, count=self.count
        )
        return [entry for _, entries in found or () for entry in entries]

    async def _abandoned(self, client: Redis) -> Entries:
        # Each call scans ten pending messages, and an abandoned one may come after more than that.
        place: Any = FIRST
        while True:
            # A single command, so that only one of several workers gets the message.
            found: Any = await client.xautoclaim(
                self.queue_name, self.consumer_group_name, self.consumer_name, self.idle_timeout, place, count=1
            )
            place, entries = found[:2]
            left = await self._without_deadly(client, entries)
            if left or place == FIRST:
                return left

    async def _without_deadly(self, client: Redis, entries: Entries) -> Entries:
        left = []
        for id_, fields in entries:
            pending: Any = await client.xpending_range(
                self.queue_name, self.consumer_group_name, min=id_, max=id_, count=1
            )
            if pending and pending[0]["times_delivered"] > MAX_DELIVERIES:
                await self._drop(client, id_, f"it was started {MAX_DELIVERIES} times and never finished")
            else:
                left.append((id_, fields))
        return left

    async def _report_former_jobs(self, client: Redis) -> None:
        """Warn once if an earlier version's stream has jobs left, which no worker will run.

        They do not name their installation, so a worker of another one could run them. The schedule has enqueued
        whatever is still due.
        """
        if self.queue_name == FORMER_QUEUE or self._has_reported:
            return
        self._has_reported = True
        with suppress(ResponseError):  # there is no such stream
            groups: Any = await client.xinfo_groups(FORMER_QUEUE)
            left = sum((group["lag"] or 0) + group["pending"] for group in groups)
            if left:
                log.warning("former_jobs_ignored", queue=FORMER_QUEUE, jobs=left, remedy=f"DEL {FORMER_QUEUE}")

    async def _drop(self, client: Redis, id_: bytes, reason: str) -> None:
        log.warning("message_dropped", queue=self.queue_name, id=id_.decode(), reason=reason)
        await client.xack(self.queue_name, self.consumer_group_name, id_)
