"""The WebSocket sides of exchanges whose listing is generated, read by their feeds and as they are."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from adapters.bybit.feed import BybitFeed
from adapters.coinbase.feed import CoinbaseFeed
from adapters.kraken.feed import KrakenFeed
from adapters.okx.feed import OkxFeed
from adapters.rest.registered_exchange import FeedParts
from application.market_data.ports.feed import Feed
from domain.rates.errors import ExchangeUnavailable, FailureReason
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.contracts.feed_contract import reading
from tests.integration.simulator.streaming import Json, closed, got, heard
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter

FEEDS: dict[str, Callable[[FeedParts], Feed]] = {
    "kraken": KrakenFeed,
    "okx": OkxFeed,
    "bybit": BybitFeed,
    "coinbase": CoinbaseFeed,
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def client(clock: FakeClock) -> AsyncIterator[aiohttp.ClientSession]:
    market = SimulatedMarket(binance_pairs=20, kucoin_pairs=20)
    async with serving(simulator_app(market, clock=clock.now)) as url, aiohttp.ClientSession(url) as session:
        yield session


def feed_of(exchange: str, client: aiohttp.ClientSession) -> Feed:
    url = f"{client._base_url}/{exchange}"
    parts = FeedParts(url=url.replace("http", "ws"), rest_url=url, session=client, clock=FakeClock(), meter=FakeMeter())
    return FEEDS[exchange](parts)


async def books(client: aiohttp.ClientSession, exchange: str) -> dict[str, tuple[Any, Any]]:
    """Return all books with prices on two sides, as over REST."""
    rows = (await got(client, f"/control/books?exchange={exchange}"))["books"]
    return {
        symbol: (row["bid"], row["ask"])
        for symbol, row in rows.items()
        if float(row["bid"] or 0) and float(row["ask"] or 0)
    }


@pytest.mark.parametrize("exchange", FEEDS)
async def test_a_feed_reads_the_books_that_rest_has_at_the_same_tick(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    before = await books(client, exchange)
    symbols = list(before)[:30]
    async with reading(feed_of(exchange, client), *symbols) as (_, reader):
        await reader.until(rows=len(symbols))
        assert {row.symbol: row[1:3] for row in reader.rows} == {symbol: before[symbol] for symbol in symbols}
        clock.advance(1)
        after = await books(client, exchange)
        moved = {symbol for symbol in symbols if after[symbol] != before[symbol]}
        await reader.until(rows=len(symbols) + len(moved))
        assert {row.symbol: row[1:3] for row in reader.rows} == {symbol: after[symbol] for symbol in symbols}
        sequences: dict[str, int] = {}
        for row in reader.rows:
            assert row.sequence > sequences.get(row.symbol, -1)
            sequences[row.symbol] = row.sequence


@pytest.mark.parametrize("exchange", FEEDS)
async def test_a_refused_subscription_ends_the_attempt(client: aiohttp.ClientSession, exchange: str) -> None:
    (symbol, *_) = await books(client, exchange)
    async with client.put(f"/control/streams/{exchange}/fault", json={"kind": "refuse_subscriptions"}) as response:
        assert response.status == 200
    with pytest.raises(ExchangeUnavailable) as caught:
        async with reading(feed_of(exchange, client), symbol):
            pass
    assert caught.value.reason is FailureReason.REFUSED


@pytest.mark.parametrize("exchange", FEEDS)
async def test_unknown_symbols_are_left_out_and_all_others_stream(client: aiohttp.ClientSession, exchange: str) -> None:
    known = list(await books(client, exchange))[:12]
    symbols = ["GONE-USDT", *known[:7], "GONEUSD", *known[7:]]
    async with reading(feed_of(exchange, client)) as (connection, reader):
        assert sorted(await connection.subscribe(symbols)) == ["GONE-USDT", "GONEUSD"]
        await reader.until(rows=len(known))
        assert {row.symbol for row in reader.rows} == set(known)


@pytest.mark.parametrize("exchange", FEEDS)
async def test_an_exchange_that_knows_few_symbols_refuses_the_attempt(
    client: aiohttp.ClientSession, exchange: str
) -> None:
    (known, *_) = await books(client, exchange)
    with pytest.raises(ExchangeUnavailable) as caught:
        async with reading(feed_of(exchange, client), known, *(f"GONE{number}-USDT" for number in range(21))):
            pass
    assert caught.value.reason is FailureReason.REFUSED


@pytest.mark.parametrize("exchange", FEEDS)
async def test_silence_is_silence_of_prices_only(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    symbols = list(await books(client, exchange))[:30]
    async with reading(feed_of(exchange, client), *symbols) as (connection, reader):
        await reader.until(rows=len(symbols))
        async with client.put(f"/control/streams/{exchange}/fault", json={"kind": "silence"}) as response:
            assert response.status == 200
        clock.advance(1)
        await connection.ping(1)
        async with asyncio.timeout(5):
            while not any(frame.answered == 1 for frame in reader.frames):  # noqa: ASYNC110 -- a test waits
                await asyncio.sleep(0.01)
        assert len(reader.rows) == len(symbols)


async def talk(client: aiohttp.ClientSession, path: str, *messages: str) -> list[Json]:
    """Say these, and return as many answers."""
    async with client.ws_connect(path) as socket:
        for message in messages:
            await socket.send_str(message)
        return [await heard(socket) for _ in messages]


async def test_okx_explains_what_is_wrong(client: aiohttp.ClientSession) -> None:
    request = {"id": "7", "op": "subscribe", "args": [{"channel": "tickers", "instId": "NO-SUCH"}]}
    unknown, illegal = await talk(client, "/okx/ws/v5/public", json.dumps(request), "{}")
    assert (unknown["id"], unknown["event"], unknown["code"]) == ("7", "error", "60018")
    assert (illegal["event"], illegal["code"]) == ("error", "60012")
    async with client.ws_connect("/okx/ws/v5/public") as socket:
        await socket.send_str("ping")
        assert await socket.receive_str(timeout=5) == "pong"


async def test_bybit_takes_ten_topics_in_a_message(client: aiohttp.ClientSession) -> None:
    symbols = list(await books(client, "bybit"))[:11]
    topics = [f"orderbook.1.{symbol}" for symbol in symbols]
    many, one = {"req_id": "1", "op": "subscribe", "args": topics}, {"req_id": "2", "op": "ping"}
    refused, pong = await talk(client, "/bybit/v5/public/spot", json.dumps(many), json.dumps(one))
    assert (refused["success"], refused["ret_msg"], refused["req_id"]) == (False, "args size >10", "1")
    assert (pong["success"], pong["ret_msg"], pong["req_id"], pong["op"]) == (True, "pong", "2", "ping")


async def test_kraken_greets_and_names_the_pair_that_it_does_not_know(client: aiohttp.ClientSession) -> None:
    request = {"method": "subscribe", "params": {"channel": "ticker", "symbol": ["XBT/USD"]}, "req_id": 3}
    status, refused = await talk(client, "/kraken/v2", json.dumps(request), "{}")
    assert (status["channel"], status["data"][0]["api_version"]) == ("status", "v2")
    assert (refused["success"], refused["error"]) == (False, "Currency pair not supported XBT/USD")


async def test_a_quiet_kraken_sends_a_heartbeat_each_second() -> None:
    market = SimulatedMarket(binance_pairs=20, kucoin_pairs=20)
    async with (
        serving(simulator_app(market, clock=FakeClock().now, hurry=10)) as url,
        aiohttp.ClientSession(url) as client,
        client.ws_connect("/kraken/v2") as socket,
    ):
        assert [(await heard(socket))["channel"] for _ in range(3)] == ["status", "heartbeat", "heartbeat"]


async def test_coinbase_tells_the_last_trade_and_what_is_wrong(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    subscribe = {"type": "subscribe", "channels": ["ticker"]}
    unknown, missing, malformed = await talk(
        client,
        "/coinbase/",
        json.dumps(subscribe | {"product_ids": ["NO-SUCH"]}),
        json.dumps({"type": "subscribe", "product_ids": ["BTC-USD"]}),
        "hello",
    )
    refused = {"type": "error", "message": "Failed to subscribe"}
    assert unknown == refused | {"reason": "NO-SUCH is not a valid product"}
    assert missing == refused | {"reason": "channels required but missing"}
    assert malformed == {"type": "error", "message": "Malformed JSON"}
    async with client.ws_connect("/coinbase/") as socket:
        await socket.send_json(subscribe | {"product_ids": ["BTC-USD"]})
        assert (await heard(socket))["channels"] == [
            {"name": "ticker", "product_ids": ["BTC-USD"], "account_ids": None}
        ]
        first = await heard(socket)
        clock.advance(10)
        second = await heard(socket)
    async with client.ws_connect("/coinbase/") as socket:
        clock.advance(10)
        await socket.send_json(subscribe | {"product_ids": ["BTC-USD"]})
        await heard(socket)
        again = await heard(socket)
    assert first["time"] < second["time"]
    assert again == second, "what happened before the subscription is as old as it was"


async def test_coinbase_sends_heartbeats_and_ends_a_connection_that_subscribes_to_nothing() -> None:
    market = SimulatedMarket(binance_pairs=20, kucoin_pairs=20)
    async with (
        serving(simulator_app(market, clock=FakeClock().now, hurry=10)) as url,
        aiohttp.ClientSession(url) as client,
        client.ws_connect("/coinbase/") as beating,
        client.ws_connect("/coinbase/") as idle,
    ):
        channel = {"name": "heartbeat", "product_ids": ["BTC-USD", "ETH-USD"]}
        await beating.send_json({"type": "subscribe", "channels": [channel]})
        beats = [(each["type"], each.get("product_id")) for each in [await heard(beating) for _ in range(5)]]
        two = [("heartbeat", "BTC-USD"), ("heartbeat", "ETH-USD")]
        assert beats == [("subscriptions", None), *two, *two]
        assert await closed(idle) == 1008
