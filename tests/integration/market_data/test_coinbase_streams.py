"""Prices of Coinbase come by its stream alone, and each is as old as the trade that told it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp

from entrypoints.simulator.app import VENUES, simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.servers.service import running_service
from tests.servers.service_client import Answer, Service
from tests.servers.serving import serving
from tests.unit.fakes.clock import NOON, FakeClock

PATIENCE_SECONDS = 20.0


@dataclass
class Trading:
    """A service over Coinbase and Binance, whose trades happen when `clock` is moved."""

    service: Service
    clock: FakeClock
    url: str
    client: aiohttp.ClientSession

    async def converted(self, base: str, quote: str, seconds: int | None, **fields: Any) -> Answer:  # noqa: ANN401
        return await self.service.convert(base, quote, "1", cache_max_seconds=seconds, **fields)

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await is_so():  # noqa: ASYNC110 -- a test waits
                await asyncio.sleep(0.05)

    async def until_traded(self, base: str, quote: str) -> None:
        """Wait until a trade of now is in use."""

        async def is_new() -> bool:
            answer = await self.converted(base, quote, 100, exchange="coinbase")
            return answer.status == 200 and bool(answer.json["updated_at"] == int(self.clock.now()))

        await self.until(is_new)

    async def book(self, symbol: str) -> Decimal:
        """Return the mid that Coinbase has now."""
        async with self.client.get(f"{self.url}/control/books?exchange=coinbase") as response:
            row = (await response.json())["books"][symbol]
        return (Decimal(row["bid"]) + Decimal(row["ask"])) / 2

    async def commit(self, **fault: Any) -> None:  # noqa: ANN401
        async with self.client.put(f"{self.url}/control/streams/coinbase/fault", json=fault) as response:
            assert response.status == 200, await response.text()


@asynccontextmanager
async def trading(client: aiohttp.ClientSession) -> AsyncIterator[Trading]:
    clock, market = FakeClock(), SimulatedMarket(binance_pairs=60, kucoin_pairs=20)
    simulator = simulator_app(market, clock=clock.now, weight_times=1000)
    async with serving(simulator) as url:
        urls = {f"{name}_url": f"{url}/{name}" for name in ("coinbase", "binance")}
        settings: dict[str, Any] = {"exchanges": ("coinbase", "binance"), "sync_interval_seconds": 0.5}
        async with running_service(url, client, clock, **settings, **urls) as service:
            yield Trading(service, clock, url, client)
        assert set(simulator[VENUES]["coinbase"].state()["paths"]) <= {"/products", "other"}


def reason_of(answer: Answer) -> str:
    assert answer.status == 503, answer
    reason: str = answer.json["failures"]["coinbase"]
    return reason


async def test_no_answer_is_newer_than_the_trade_that_proved_it(client: aiohttp.ClientSession) -> None:
    async with trading(client) as market:
        await market.until_traded("ETH", "BTC")
        first = await market.converted("ETH", "BTC", 3, exchange="coinbase")
        assert Decimal(first.json["rate"]).quantize(Decimal("1e-9")) == (await market.book("ETH-BTC")).quantize(
            Decimal("1e-9")
        )

        await market.commit(kind="dead_symbols", symbols=["ETH-BTC"])
        market.clock.advance(5)
        await market.until_traded("BTC", "USD")
        old = await market.converted("ETH", "BTC", 10, exchange="coinbase")
        assert (old.json["rate"], old.json["updated_at"]) == (first.json["rate"], NOON)
        detour = await market.converted("ETH", "BTC", 3, exchange="coinbase", include_route=True)
        assert detour.json["updated_at"] == NOON + 5
        assert {leg["symbol"] for leg in detour.json["route"]} != {"ETH-BTC"}

        await market.commit(kind="silence")
        market.clock.advance(60)
        for seconds in (3, None):
            assert reason_of(await market.converted("BTC", "USD", seconds, exchange="coinbase")) == "stale"
        assert (await market.converted("ETH", "BTC", 3)).json["exchange"] == "binance"
        assert (await market.converted("ETH", "BTC", None)).json["exchange"] == "binance"
        kept = await market.converted("BTC", "USD", 100, exchange="coinbase")
        assert kept.json["updated_at"] == NOON + 5

        await market.commit(kind="close", code=1012)
        await market.until(lambda: _is_connected_again(market))
        again = await market.converted("BTC", "USD", 100, exchange="coinbase")
        assert (again.json["rate"], again.json["updated_at"]) == (kept.json["rate"], NOON + 5)
        market.clock.advance(1)
        async with client.delete(f"{market.url}/control/streams/coinbase/fault"):
            market.clock.advance(1)
        await market.until_traded("BTC", "USD")


async def test_an_amount_is_walked_through_its_order_books_and_a_batch_is_answered(
    client: aiohttp.ClientSession,
) -> None:
    async with trading(client) as market:
        await market.until_traded("ETH", "BTC")
        deep = await market.converted("ETH", "BTC", 30, exchange="coinbase", rate_type="depth", include_route=True)
        assert (deep.status, deep.json["exchange"]) == (200, "coinbase")
        assert {each["symbol"] for each in deep.json["trades"]} == {"ETH-BTC"}
        table = await market.service.ask("GET", "/api/v1/rates?base=USD&symbols=BTC,ETH,ADA&cache_max_seconds=30")
        assert table.status == 200, table


async def _is_connected_again(market: Trading) -> bool:
    async with market.client.get(f"{market.url}/control/streams") as response:
        state = (await response.json())["exchanges"]["coinbase"]
    return state["opened"] > 1 and all(each["subscriptions"] for each in state["connections"])
