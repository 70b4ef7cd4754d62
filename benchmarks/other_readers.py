"""Other readers of the same simulated Binance market: msgspec alone, and ccxt."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeAlias

import aiohttp
import msgspec

LISTING_PATH = "/api/v3/exchangeInfo?showPermissionSets=false"  # as the service requests it
BOOKS_PATH = "/api/v3/ticker/bookTicker"
CCXT_TICKERS_PATH = "/api/v3/ticker/24hr"

Refresh: TypeAlias = Callable[[], Awaitable[None]]
Untyped: TypeAlias = Any  # ccxt has no type annotations


class _Symbol(msgspec.Struct, rename="camel"):
    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    is_spot_trading_allowed: bool


class _ExchangeInfo(msgspec.Struct):
    symbols: list[_Symbol]


class _BookTicker(msgspec.Struct, rename="camel"):
    symbol: str
    bid_price: Decimal
    ask_price: Decimal


_LISTING = msgspec.json.Decoder(_ExchangeInfo)
_BOOKS = msgspec.json.Decoder(list[_BookTicker])


async def fetch_and_parse(session: aiohttp.ClientSession, binance: str) -> None:
    """Fetch and parse instruments and book tickers, prices as Decimals, and nothing else."""
    async with session.get(binance + LISTING_PATH) as response:
        _LISTING.decode(await response.read())
    async with session.get(binance + BOOKS_PATH) as response:
        _BOOKS.decode(await response.read())


@asynccontextmanager
async def ccxt_refresh(binance: str) -> AsyncIterator[Refresh]:
    """Yield a function that makes ccxt read markets and tickers again."""
    import ccxt.async_support  # noqa: PLC0415 -- takes seconds and a hundred megabytes

    # Spot only, without its rate-limit waits: no work that the service does not do as well.
    client: Untyped = ccxt.async_support.binance(
        {"enableRateLimit": False, "options": {"fetchMarkets": {"types": ["spot"]}}}
    )
    client.urls["api"]["public"] = f"{binance}/api/v3"

    async def refresh() -> None:
        await client.load_markets(reload=True)
        await client.fetch_tickers()

    async with client:
        yield refresh
