"""Redis as the cache that processes share."""

from collections.abc import Mapping

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adapters.redis.encoding import BOOKS, LISTING, decode_books, decode_listing, encode_books, encode_listing
from adapters.redis.keys import KEEP_SECONDS, TURNS, key_prefix
from adapters.redis.link import RedisLink
from adapters.redis.scripts import KEEP
from application.ports.market_cache import MarketCache
from domain.market import Books, Listing


class RedisMarketCache(MarketCache):
    """One value a listing and one a snapshot of books: a single GET of 300 KB beats 3,500 hash fields many times."""

    def __init__(self, link: RedisLink, sources: Mapping[str, str]) -> None:
        """`sources` says where each exchange is asked: who asks elsewhere, a stand-in say, shares nothing with us."""
        self._link = link
        self._prefixes = {exchange: key_prefix(exchange, source) for exchange, source in sources.items()}
        self._keep = link.client.register_script(KEEP)

    async def listing(self, exchange: str) -> Listing | None:
        """Return the listing kept for this exchange."""
        value = await self._read(self._prefixes[exchange] + LISTING)
        return decode_listing(value, exchange) if value is not None else None

    async def keep_listing(self, listing: Listing, number: int) -> None:
        """Replace the listing kept for its exchange."""
        await self._write(self._prefixes[listing.exchange], LISTING, encode_listing(listing), number)

    async def books(self, exchange: str) -> Books | None:
        """Return the books kept for this exchange."""
        value = await self._read(self._prefixes[exchange] + BOOKS)
        return await decode_books(value, exchange) if value is not None else None

    async def keep_books(self, books: Books, number: int) -> None:
        """Replace the books kept for their exchange."""
        await self._write(self._prefixes[books.exchange], BOOKS, encode_books(books), number)

    async def check(self) -> None:
        """Return when Redis answers a PING."""
        await self._link.call("ping", Redis.ping)

    async def _read(self, key: str) -> bytes | None:
        async def get(client: Redis) -> bytes | None:
            try:
                value = await client.get(key)
            except ResponseError as error:
                if str(error).startswith("WRONGTYPE"):  # not ours; the next write puts it right
                    return None
                raise
            return value if isinstance(value, bytes) else None

        return await self._link.call("read", get)

    async def _write(self, prefix: str, payload: str, value: bytes, number: int) -> None:
        keys = [prefix + TURNS, prefix + payload]
        await self._link.call("keep", lambda client: self._keep(keys, [number, value, KEEP_SECONDS], client))
