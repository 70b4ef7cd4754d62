"""The newest reference rates in Redis, which processes share."""

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adapters.redis.connection import RedisConnection
from adapters.redis.keys import key_prefix
from application.rates.ports.reference_cache import ReferenceCache
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates

VERSION = 1

# The longest time between two publications is five days, at Easter.
TTL_SECONDS = 7 * 24 * 3600

# Ten times the size of thirty rates.
MAX_BYTES = 16 * 1024

PAYLOAD = "reference_rates"

log = structlog.get_logger()


class _Stored(msgspec.Struct, array_like=True):
    version: int
    source: str
    day: str
    rates: dict[str, str]


_DECODER = msgspec.msgpack.Decoder(_Stored)
_ENCODER = msgspec.msgpack.Encoder()


class RedisReferenceCache(ReferenceCache):
    """One value, sealed like all that processes share, and checked like an answer of the bank whenever it is read."""

    def __init__(self, connection: RedisConnection, source: str, url: str) -> None:
        """A process with another `url`, such as a simulator's, shares nothing."""
        self._connection = connection
        self._source = source
        self._key = key_prefix(connection.sealed_prefix, source, url) + PAYLOAD
        self._was_rejected = False

    async def read(self) -> ReferenceRates | None:
        """Return the newest publication."""

        async def get(client: Redis) -> bytes | None:
            try:
                value = await client.get(self._key)
            except ResponseError as error:
                if str(error).startswith("WRONGTYPE"):  # damage, which the next write repairs
                    return None
                raise
            return value if isinstance(value, bytes) and len(value) <= MAX_BYTES else None

        sealed = await self._connection.call("read", get)
        if sealed is None:
            return None
        opened = self._connection.seal.opened(self._key, sealed)
        if opened is None and not self._was_rejected:
            log.warning("cached_value_rejected", cache="redis", exchange=self._source, payload=PAYLOAD)
        self._was_rejected = opened is None
        return None if opened is None else self._decoded(opened.value)

    async def write(self, rates: ReferenceRates) -> None:
        """Replace the newest publication."""
        digits = {str(code): str(rate) for code, rate in rates.per_euro.items()}
        value = _ENCODER.encode(_Stored(VERSION, rates.source, rates.day.isoformat(), digits))
        sealed = self._connection.seal.sealed(self._key, rates.day.toordinal(), value)
        await self._connection.call("write", lambda client: client.set(self._key, sealed, ex=TTL_SECONDS))

    def _decoded(self, value: bytes) -> ReferenceRates | None:
        try:
            stored = _DECODER.decode(value)
            if (stored.version, stored.source) != (VERSION, self._source):
                return None
            return ReferenceRates.parse(self._source, stored.day, stored.rates)
        except (msgspec.DecodeError, UnicodeDecodeError, InvalidReferenceRates):
            return None
