"""A market cache in Redis, which processes share."""

from collections.abc import Callable, Mapping

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adapters.redis.connection import RedisConnection
from adapters.redis.encoding import (
    BOOK_TICKERS,
    INSTRUMENTS,
    InstrumentsEncoder,
    decode_book_tickers,
    decode_instruments,
    encode_book_tickers,
)
from adapters.redis.keys import FETCH_LOCK, TTL_SECONDS, key_prefix, without_credentials
from adapters.redis.run_script import Arguments
from adapters.redis.scripts import WRITE
from application.market_data.ports.fetch_lock import NO_FETCH
from application.market_data.ports.market_cache import MarketCache
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments

log = structlog.get_logger()


class RedisMarketCache(MarketCache):
    """One value per payload: a single GET of 300 KB is many times faster than 3,500 hash fields."""

    def __init__(
        self,
        connection: RedisConnection,
        sources: Mapping[str, str],
        on_rejected: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`sources` maps exchanges to URLs; a process with another URL, such as a simulator's, shares nothing.

        `on_rejected` is called with the exchange for each value that none of our processes wrote, or not as this one.
        """
        self._connection = connection
        self._prefixes = {each: key_prefix(connection.sealed_prefix, each, source) for each, source in sources.items()}
        self._sources = {each: without_credentials(source) for each, source in sources.items()}
        self._on_rejected = on_rejected
        self._rejected: set[str] = set()
        self._instruments_encoder = InstrumentsEncoder()
        self._write_script = connection.client.register_script(WRITE)

    async def instruments(self, exchange: str, since: int = NO_FETCH) -> Instruments | None:
        """Return the cached instruments."""
        value = await self._read(exchange, INSTRUMENTS, since)
        return decode_instruments(value, exchange, self._sources[exchange]) if value is not None else None

    async def write_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        """Replace the cached instruments."""
        value = self._instruments_encoder.encode(instruments, self._sources[instruments.exchange])
        await self._write(self._prefixes[instruments.exchange], INSTRUMENTS, value, fencing_token)

    async def book_tickers(self, exchange: str, since: int = NO_FETCH) -> BookTickers | None:
        """Return the cached book tickers."""
        value = await self._read(exchange, BOOK_TICKERS, since)
        return await decode_book_tickers(value, exchange, self._sources[exchange]) if value is not None else None

    async def write_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        """Replace the cached book tickers."""
        value = encode_book_tickers(book_tickers, self._sources[book_tickers.exchange])
        await self._write(self._prefixes[book_tickers.exchange], BOOK_TICKERS, value, fencing_token)

    async def check(self) -> None:
        """Return if Redis answers, and takes what it is sent."""
        await self._connection.check(prefix + FETCH_LOCK for prefix in self._prefixes.values())

    async def _read(self, exchange: str, payload: str, since: int) -> bytes | None:
        key = self._prefixes[exchange] + payload
        sealed = await self._get(key)
        if sealed is None:
            return None
        opened = self._connection.seal.opened(key, sealed)
        if opened is None or opened.fencing_token < since:
            self._reject(key, exchange, payload)
            return None
        self._rejected.discard(key)
        return opened.value

    def _reject(self, key: str, exchange: str, payload: str) -> None:
        self._on_rejected(exchange)
        if key not in self._rejected:
            self._rejected.add(key)
            log.warning("cached_value_rejected", cache="redis", exchange=exchange, payload=payload)

    async def _get(self, key: str) -> bytes | None:
        async def get(client: Redis) -> bytes | None:
            try:
                value = await client.get(key)
            except ResponseError as error:
                if str(error).startswith("WRONGTYPE"):  # damage, which the next write repairs
                    return None
                raise
            return value if isinstance(value, bytes) else None

        return await self._connection.call("read", get)

    async def _write(self, prefix: str, payload: str, value: bytes, fencing_token: int) -> None:
        keys = [prefix + FETCH_LOCK, prefix + payload]
        value = self._connection.seal.sealed(prefix + payload, fencing_token, value)
        arguments: Arguments = [fencing_token, value, TTL_SECONDS, payload]
        await self._connection.call("write", lambda client: self._write_script(keys, arguments, client))
