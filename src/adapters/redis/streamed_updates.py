"""Streamed books through Redis' publish and subscribe: one sealed message for each update of an exchange."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress

import msgspec

from adapters.redis.connection import RedisConnection, end_if_cancelled
from adapters.redis.keys import key_prefix
from adapters.redis.subscription import MAX_BACKOFF_SECONDS, MIN_BACKOFF_SECONDS, next_message
from adapters.redis_clients import NO_ANSWER
from application.market_data.ports.streamed_updates import OnStreamed, StreamedUpdate, StreamedUpdates

# The channel of an exchange's streamed books.
STREAMED = "streamed"

# All books of an exchange take about 100 KB.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024

# A subscriber gets its own messages too, a moment later, and need not read them.
OWN_MESSAGES = 64
OWN_BYTES = 32


class _Message(msgspec.Struct, array_like=True):
    publisher: str
    observed_at: float
    symbols: list[str]
    bids: list[str]
    asks: list[str]
    older: dict[str, float]
    is_whole: bool


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Message)


class RedisStreamedUpdates(StreamedUpdates):
    """One channel per exchange. What none of our processes has sealed is not used."""

    def __init__(
        self, connection: RedisConnection, sources: Mapping[str, str], on_rejected: Callable[[str], None]
    ) -> None:
        """`sources` maps exchanges to URLs; a process with another URL, such as a simulator's, shares nothing.

        `on_rejected` is called with the exchange for each message that none of our processes has sent.
        """
        self._connection = connection
        self._channels = {
            each: key_prefix(connection.sealed_prefix, each, source) + STREAMED for each, source in sources.items()
        }
        self._exchanges = {channel.encode(): exchange for exchange, channel in self._channels.items()}
        self._on_rejected = on_rejected
        self._own: deque[bytes] = deque(maxlen=OWN_MESSAGES)  # their beginnings, which no two share

    @property
    def channels(self) -> Sequence[bytes]:
        """The channels, one per exchange."""
        return tuple(self._exchanges)

    async def publish(self, update: StreamedUpdate) -> None:
        """Publish the sealed update."""
        symbols, bids, asks = ([row[column] for row in update.rows] for column in range(3))
        head = update.publisher, update.observed_at
        value = _ENCODER.encode(_Message(*head, symbols, bids, asks, dict(update.older), update.is_whole))
        channel = self._channels[update.exchange]
        sealed = self._connection.seal.sealed(channel, update.number, value)
        self._own.append(sealed[:OWN_BYTES])
        await self._connection.call("publish", lambda client: client.publish(channel, sealed))

    async def subscribe(self, on_update: OnStreamed) -> None:
        """Subscribe, and resubscribe after every lost connection."""
        backoff_seconds = MIN_BACKOFF_SECONDS
        while True:
            async with aclosing(self._updates()) as updates:
                async for update in updates:
                    backoff_seconds = MIN_BACKOFF_SECONDS
                    await on_update(update)
            end_if_cancelled()
            await asyncio.sleep(backoff_seconds)
            backoff_seconds = min(2 * backoff_seconds, MAX_BACKOFF_SECONDS)

    async def _updates(self) -> AsyncGenerator[StreamedUpdate, None]:
        with suppress(*NO_ANSWER):  # calls on the same connection log the outage
            async with self._connection.client.pubsub() as pubsub:
                await pubsub.subscribe(*self._exchanges)
                while message := await next_message(pubsub):
                    exchange = self._exchanges.get(message["channel"])
                    if exchange is None or message["type"] != "message" or message["data"][:OWN_BYTES] in self._own:
                        continue
                    update = self._read(exchange, message["data"])
                    if update is None:
                        self._on_rejected(exchange)
                    else:
                        yield update

    def _read(self, exchange: str, sealed: bytes) -> StreamedUpdate | None:
        opened = None
        if len(sealed) <= MAX_MESSAGE_BYTES:
            opened = self._connection.seal.opened(self._channels[exchange], sealed)
        if opened is None:
            return None
        try:
            message = _DECODER.decode(opened.value)
            rows = list(zip(message.symbols, message.bids, message.asks, strict=True))
        except (ValueError, RecursionError):  # a DecodeError is a ValueError
            return None
        if not all(map(math.isfinite, (message.observed_at, *message.older.values()))):
            return None
        head = exchange, message.publisher, opened.fencing_token, message.observed_at
        return StreamedUpdate(*head, rows, message.older, message.is_whole)
