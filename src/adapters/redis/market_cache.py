"""Redis as the cache that processes share, never waited for longer than it is worth."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from adapters.redis.encoding import BOOKS, LISTING, VERSION, decode_books, decode_listing, encode_books, encode_listing
from application.ports.market_cache import MarketCache
from domain.errors import CacheUnavailable
from domain.market import Books, Listing

# A cache slower than this is no help: fetching from the exchange takes about as long.
SOCKET_TIMEOUT_SECONDS = 0.2
CALL_TIMEOUT_SECONDS = 0.5

# After a failure Redis is left alone, so that a hung one costs one call its timeout and not every call.
REST_SECONDS = 1.0

# What no process has renewed for a day is of no use to anyone.
KEEP_SECONDS = 24 * 3600

MAX_CONNECTIONS = 16

log = structlog.get_logger()

T = TypeVar("T")


def redis_client(url: str) -> Redis:
    """Return a client that gives up early: the library's defaults retry for more than 30 s on a hung server."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=SOCKET_TIMEOUT_SECONDS,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
        legacy_responses=False,
    )
    return Redis.from_pool(pool)


class RedisMarketCache(MarketCache):
    """One value a listing and one a snapshot of books: a single GET of 300 KB beats 3,500 hash fields many times."""

    def __init__(self, client: Redis, sources: Mapping[str, str]) -> None:
        """`sources` says where each exchange is asked: who asks elsewhere, a stand-in say, shares nothing with us."""
        self._client = client
        self._prefixes = {exchange: key_prefix(exchange, source) for exchange, source in sources.items()}
        self._resting_until = 0.0
        self._is_failing = False
        self._last_failure = ""

    async def listing(self, exchange: str) -> Listing | None:
        """Return the listing kept for this exchange."""
        value = await self._read(self._prefixes[exchange] + LISTING)
        return decode_listing(value, exchange) if value is not None else None

    async def keep_listing(self, listing: Listing) -> None:
        """Replace the listing kept for its exchange."""
        await self._write(self._prefixes[listing.exchange] + LISTING, encode_listing(listing))

    async def books(self, exchange: str) -> Books | None:
        """Return the books kept for this exchange."""
        value = await self._read(self._prefixes[exchange] + BOOKS)
        return decode_books(value, exchange) if value is not None else None

    async def keep_books(self, books: Books) -> None:
        """Replace the books kept for their exchange."""
        await self._write(self._prefixes[books.exchange] + BOOKS, encode_books(books))

    async def check(self) -> None:
        """Return when Redis answers a PING."""
        await self._bounded(self._client.ping)

    async def _read(self, key: str) -> bytes | None:
        return await self._bounded(lambda: self._bytes_at(key))

    async def _bytes_at(self, key: str) -> bytes | None:
        try:
            value = await self._client.get(key)
        except ResponseError as error:
            if str(error).startswith("WRONGTYPE"):  # not ours; the next write puts it right
                return None
            raise
        return value if isinstance(value, bytes) else None

    async def _write(self, key: str, value: bytes) -> None:
        await self._bounded(lambda: self._client.set(key, value, ex=KEEP_SECONDS))

    async def _bounded(self, call: Callable[[], Awaitable[T]]) -> T:
        now = asyncio.get_running_loop().time()
        if now < self._resting_until:
            raise CacheUnavailable(f"Redis: {self._last_failure}, a moment ago")
        try:
            async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                result = await call()
        # RuntimeError: what uvloop raises for a connection that was reset before the library came to write to it.
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            self._resting_until = now + REST_SECONDS
            self._last_failure = type(error).__name__
            if not self._is_failing:
                self._is_failing = True
                log.warning("cache_failed", cache="redis", reason=type(error).__name__, detail=str(error))
            raise CacheUnavailable(f"Redis: {type(error).__name__}") from error
        if self._is_failing:
            self._is_failing = False
            log.info("cache_recovered", cache="redis")
        return result


def key_prefix(exchange: str, source: str) -> str:
    """Return what the keys of an exchange begin with when it is asked at `source`."""
    return f"crossrate:v{VERSION}:{exchange}:{hashlib.sha256(source.encode()).hexdigest()[:12]}:"
