"""The simulated exchanges: real sockets, a clock that stands still, and a control endpoint."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from domain.rates.book import TopOfBook
from domain.rates.errors import InvalidBook
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange
from tests.servers.serving import serving
from tests.unit.fakes.clock import NOON, FakeClock

BINANCE_LISTING = "/api/v3/exchangeInfo"
BINANCE_BOOKS = "/api/v3/ticker/bookTicker"
KUCOIN_LISTING = "/api/v2/symbols"
KUCOIN_BOOKS = "/api/v1/market/allTickers"

# Small, so that a fetch takes a few milliseconds; every pair that a test names comes first in the listing.
MARKET = SimulatedMarket(binance_pairs=300, kucoin_pairs=250)


class SimulatedExchanges:
    """Prices stay as they are until `clock` is moved: a tick of the market is one second of it."""

    def __init__(self, url: str, client: aiohttp.ClientSession, clock: FakeClock) -> None:
        self.url = url
        self.clock = clock
        self._client = client

    async def reset(self) -> None:
        """Remove faults and counts, and set the clock back."""
        self.clock.time = NOON
        await self._control("POST", "/control/reset")

    async def commit(self, exchange: str, kind: str, **fault: object) -> None:
        """Give an exchange a fault from now on."""
        await self._control("PUT", f"/control/faults/{exchange}", {"kind": kind, **fault})

    async def stop(self, exchange: str) -> None:
        """End the fault."""
        await self._control("DELETE", f"/control/faults/{exchange}")

    async def calls(self, exchange: str) -> int:
        """Return the number of calls to the exchange."""
        return sum((await self.paths(exchange)).values())

    async def weight(self, exchange: str) -> int:
        """Return the weight of the calls to the exchange."""
        state = await self._control("GET", "/control")
        weight: int = state["exchanges"][exchange]["weight"]
        return weight

    async def all_calls(self) -> int:
        """Return the number of calls to both."""
        return await self.calls("binance") + await self.calls("kucoin")

    async def paths(self, exchange: str) -> dict[str, int]:
        """Return the number of calls to each path of the exchange."""
        state = await self._control("GET", "/control")
        paths: dict[str, int] = state["exchanges"][exchange]["paths"]
        return paths

    async def document(self, path: str) -> Any:  # noqa: ANN401 -- any JSON
        """Return what an exchange answers, such as `/binance/api/v3/depth?symbol=BTCUSDT`."""
        return await self._control("GET", path)

    async def most_at_once(self, exchange: str) -> int:
        """Return the highest number of calls to the exchange at once."""
        state = await self._control("GET", "/control")
        most: int = state["exchanges"][exchange]["most_at_once"]
        return most

    async def books(self, exchange: str, tick: int | None = None) -> dict[str, dict[str, Any]]:
        """Return every listed pair with its prices, now or at a tick, by symbol."""
        at = "" if tick is None else f"&tick={tick}"
        answer = await self._control("GET", f"/control/books?exchange={exchange}{at}")
        books: dict[str, dict[str, Any]] = answer["books"]
        return books

    async def tradable(self, exchange: str) -> dict[str, "TrueBook"]:
        """Return the pairs that trade with a sane book, by symbol."""
        found = {}
        for symbol, row in (await self.books(exchange)).items():
            try:
                book = TopOfBook.parse(row["bid"] or "", row["ask"] or "")
            except InvalidBook:
                continue
            if row["is_tradable"]:
                found[symbol] = TrueBook(row["base"], row["quote"], book.bid, book.ask)
        return found

    async def _control(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 -- any JSON
        async with self._client.request(method, self.url + path, json=document) as response:
            assert response.status == 200, await response.text()
            return await response.json()


class TrueBook:
    """One tradable pair with its true prices."""

    def __init__(self, base: str, quote: str, bid: Decimal, ask: Decimal) -> None:
        self.base = base
        self.quote = quote
        self.bid = bid
        self.ask = ask
        self.mid = (bid + ask) / 2
        self.is_wide = ask - bid > self.mid * 5 / 100


def settings_of(url: str) -> dict[str, str]:
    """Return the settings of a service that asks the simulated exchanges at `url`."""
    return {f"{name}_url": f"{url}/{name}" for name in ("binance", "kucoin", "alphavantage", "ecb")}


@asynccontextmanager
async def running_simulated_exchanges(
    client: aiohttp.ClientSession,
    *,
    in_real_time: bool = False,
    tick_seconds: float = 1.0,
    more: Sequence[SimulatedExchange] = (),
) -> AsyncIterator[SimulatedExchanges]:
    """Serve them. Prices move with `clock`, or with the machine's clock if `in_real_time`."""
    clock = FakeClock()
    now = time.time if in_real_time else clock.now
    async with serving(simulator_app(MARKET, clock=now, tick_seconds=tick_seconds, more=more)) as url:
        yield SimulatedExchanges(url, client, clock)
