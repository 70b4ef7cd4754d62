"""Both exchanges' WebSocket sides: what they accept, answer and send, on real sockets."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import aiohttp
import pytest
from aiohttp import WSMsgType

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.integration.simulator.streaming import BTC_AND_ETH, all_heard, bullet, closed, got, heard, subscribing
from tests.servers.recordings import recorded_data
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock

Json: TypeAlias = Any

MARKET = SimulatedMarket(binance_pairs=100, kucoin_pairs=100)
BINANCE_BOOKS = "/binance/api/v3/ticker/bookTicker"
KUCOIN_BOOKS = "/kucoin/api/v1/market/allTickers"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def url(clock: FakeClock) -> AsyncIterator[str]:
    async with serving(simulator_app(MARKET, clock=clock.now)) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(url) as session:
        yield session


async def test_binance_streams_the_books_that_rest_has_at_the_same_tick(
    client: aiohttp.ClientSession, clock: FakeClock
) -> None:
    async with client.ws_connect(BTC_AND_ETH) as socket:
        sequences: dict[str, int] = {}
        for _ in range(3):
            clock.advance(1)
            rows = {row["symbol"]: row for row in await got(client, BINANCE_BOOKS)}
            for message in (await heard(socket), await heard(socket)):
                data = message["data"]
                assert message["stream"] == data["s"].lower() + "@bookTicker"
                row = rows[data["s"]]
                assert [data[key] for key in "bBaA"] == [
                    row[key] for key in ("bidPrice", "bidQty", "askPrice", "askQty")
                ]
                assert data["u"] > sequences.get(data["s"], 0)
                sequences[data["s"]] = data["u"]
        assert set(sequences) == {"BTCUSDT", "ETHUSDT"}


async def test_only_the_pairs_that_moved_are_sent(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    rows = {row["symbol"]: row for row in await got(client, BINANCE_BOOKS)}
    names = "/".join(f"{symbol.lower()}@bookTicker" for symbol in rows)
    async with client.ws_connect(f"/binance/stream?streams={names}") as socket:
        clock.advance(1)
        after = {row["symbol"]: row for row in await got(client, BINANCE_BOOKS)}
        moved = {symbol for symbol in rows if rows[symbol] != after[symbol]}
        assert "ABANUSDT" in rows
        assert "ABANUSDT" not in moved
        assert [message["data"]["s"] for message in await all_heard(socket)] == [
            symbol for symbol in rows if symbol in moved
        ]


async def test_binance_obeys_messages_and_explains_errors(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    async with client.ws_connect("/binance/ws/btcusdt@bookTicker") as socket:
        await socket.send_json({"method": "SUBSCRIBE", "params": ["币安人生usdt@bookTicker"], "id": 7})
        assert await socket.receive_str(timeout=5) == '{"result":null,"id":7}'
        await socket.send_json({"method": "UNSUBSCRIBE", "params": ["btcusdt@bookTicker"], "id": "a1"})
        assert await heard(socket) == {"result": None, "id": "a1"}
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 3})
        assert await heard(socket) == {"result": ["币安人生usdt@bookTicker"], "id": 3}
        clock.advance(1)
        message = await heard(socket)
        assert list(message) == ["u", "s", "b", "B", "a", "A"]
        assert message["s"] == "币安人生USDT"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("{", {"error": {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}}),
        (
            '{"params":[],"id":4}',
            {"error": {"code": 2, "msg": "Invalid request: missing field `method` at line 1 column 1"}, "id": 4},
        ),
        (
            '{"method":"SUBSCRIBE","params":["btcusdt@bookTicker"]}',
            {"error": {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"}},
        ),
        (
            json.dumps({"method": "SUBSCRIBE", "params": [f"a{n}@bookTicker" for n in range(1025)], "id": 1}),
            {"error": {"code": 4, "msg": "Too many subscriptions"}, "id": 1},
        ),
    ],
)
async def test_binance_explains_what_is_wrong(client: aiohttp.ClientSession, message: str, error: Json) -> None:
    async with client.ws_connect("/binance/stream") as socket:
        await socket.send_str(message)
        assert await heard(socket) == error


async def test_binance_serves_at_most_1024_streams_a_connection(client: aiohttp.ClientSession) -> None:
    names = [f"{number}@bookTicker" for number in range(1025)]
    async with client.ws_connect(f"/binance/stream?streams={'/'.join(names[:300])}") as socket:
        for message, error in ((names[300:1024], None), (names[1024:], 4), (names[:1024], None)):
            await socket.send_json({"method": "SUBSCRIBE", "params": message, "id": 1})
            assert (await heard(socket)).get("error", {}).get("code") == error


async def test_binance_closes_on_the_sixth_message_in_a_second(client: aiohttp.ClientSession) -> None:
    async with client.ws_connect("/binance/stream") as socket:
        for number in range(6):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
        for number in range(5):
            assert (await heard(socket))["id"] == number
        assert await closed(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION
    closes = (await got(client, "/control/streams"))["exchanges"]["binance"]["closed"]
    assert closes == {"1008": 1}


async def test_binance_pings_and_closes_without_a_pong() -> None:
    async with (
        serving(simulator_app(MARKET, hurry=100)) as url,
        aiohttp.ClientSession(url) as client,
        client.ws_connect("/binance/stream", autoping=False) as socket,
        client.ws_connect("/binance/stream") as living,
    ):
        listening = asyncio.create_task(closed(living))
        ping = await socket.receive(timeout=5)
        assert ping.type is WSMsgType.PING
        assert abs(int(ping.data) / 1000 - time.time()) < 5
        assert await closed(socket) == aiohttp.WSCloseCode.POLICY_VIOLATION
        await asyncio.sleep(0.3)
        assert not listening.done()
        listening.cancel()


async def test_kucoin_streams_all_tickers_in_its_own_form(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    address, document = await bullet(client)
    assert list(document) == ["code", "data"]
    assert document["data"]["instanceServers"][0]["pingInterval"] == 18000
    async with client.ws_connect(address) as socket:
        assert await socket.receive_str(timeout=5) == '{"id":"mine","type":"welcome"}'
        await socket.send_json(subscribing("/market/ticker:all"))
        assert await socket.receive_str(timeout=5) == '{"id":"1","type":"ack"}'
        clock.advance(1)
        rows = {row["symbol"]: row for row in (await got(client, KUCOIN_BOOKS))["data"]["ticker"]}
        messages = await all_heard(socket)
        assert {message["topic"] for message in messages} == {"/market/ticker:all"}
        for message in messages:
            row, data = rows[message["subject"]], message["data"]
            assert (data["bestBid"], data["bestAsk"], data["price"]) == (row["buy"], row["sell"], row["last"])
            assert data["time"] == int(clock.now() * 1000)
        sequences = [int(message["data"]["sequence"]) for message in messages]
        assert sequences == sorted(set(sequences))


async def test_kucoin_streams_the_tickers_of_chosen_pairs(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    address, _ = await bullet(client)
    async with client.ws_connect(address) as socket:
        await heard(socket)
        await socket.send_json(subscribing("/market/ticker:BTC-USDT,ETH-USDT"))
        await heard(socket)
        clock.advance(1)
        assert [(await heard(socket))["topic"] for _ in range(2)] == [
            "/market/ticker:BTC-USDT",
            "/market/ticker:ETH-USDT",
        ]
        await socket.send_json(subscribing("/market/ticker:NO-SUCH", "2"))
        assert await heard(socket) == {"id": "2", "type": "error", "code": 404, "data": "topic does not exist"}
        await socket.send_json(subscribing("/market/ticker:ETH-USDT", "3") | {"type": "unsubscribe"})
        assert await heard(socket) == {"id": "3", "type": "ack"}
        clock.advance(1)
        assert [message["topic"] for message in await all_heard(socket)] == ["/market/ticker:BTC-USDT"]


async def test_kucoin_refuses_an_unknown_token(client: aiohttp.ClientSession) -> None:
    async with client.ws_connect("/kucoin/endpoint?token=made-up&connectId=mine") as socket:
        assert await heard(socket) == {"id": "mine", "type": "error", "code": 401, "data": "token is invalid"}
        assert await closed(socket) == aiohttp.WSCloseCode.OK


async def test_kucoin_answers_pings_and_closes_without_them() -> None:
    async with (
        serving(simulator_app(MARKET, hurry=100)) as url,
        aiohttp.ClientSession(url) as client,
    ):
        address, document = await bullet(client)
        assert document["data"]["instanceServers"][0]["pingInterval"] == 180
        async with client.ws_connect(address) as socket:
            began = time.monotonic()
            await heard(socket)
            while time.monotonic() - began < 0.6:
                await socket.send_json({"id": "9", "type": "ping"})
                assert await heard(socket) == {"id": "9", "type": "pong"}
                await asyncio.sleep(0.1)
            assert await heard(socket) == {"id": "mine", "type": "error", "code": 400, "data": "ping timeout"}
            assert await closed(socket) == aiohttp.WSCloseCode.OK


def shape(document: Json) -> Json:
    """Return keys in their order, with the type of each value."""
    if isinstance(document, list):
        return [shape(each) for each in document]
    if isinstance(document, dict):
        return [(key, shape(value)) for key, value in document.items()]
    return type(document).__name__


def recorded(name: str) -> list[str]:
    """Return the recorded messages that carry prices."""
    folder = recorded_data()
    if folder is None:
        pytest.skip("needs the recorded data")
    with gzip.open(folder / name, "rt") as file:
        lines = [json.loads(line) for line in file]
    return [line["raw"] for line in lines if line["dir"] == "recv" and '"data"' in line["raw"]]


async def test_messages_have_the_shape_of_recorded_ones(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    address, _ = await bullet(client)
    async with client.ws_connect(BTC_AND_ETH) as binance, client.ws_connect(address) as kucoin:
        await heard(kucoin)
        await kucoin.send_json(subscribing("/market/ticker:BTC-USDT"))
        await heard(kucoin)
        clock.advance(1)
        for socket, name in ((binance, "binance/ws_bookTicker.jsonl.gz"), (kucoin, "kucoin/ws_ticker.jsonl.gz")):
            raw = await socket.receive_str(timeout=5)
            assert {str(shape(json.loads(message))) for message in recorded(name)} == {str(shape(json.loads(raw)))}
            assert raw == json.dumps(json.loads(raw), separators=(",", ":"))


async def test_messages_have_the_shape_of_official_examples(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    folder = recorded_data()
    if folder is None:
        pytest.skip("needs the recorded data")
    with gzip.open(folder / "kucoin/official_examples.json.gz") as file:
        examples = json.load(file)
    address, document = await bullet(client)
    assert shape(document) == shape(examples["api_market_test.py:get_public_token_resp_model"]["example"])
    async with client.ws_connect(address) as socket:
        await heard(socket)
        await socket.send_json(subscribing("/market/ticker:all"))
        await heard(socket)
        clock.advance(1)
        example = examples["api_spot_public_test.py:all_tickers_resp_model"]["example"]
        assert shape(await heard(socket)) == shape(example)


async def test_the_control_tells_connections_and_their_subscriptions(client: aiohttp.ClientSession) -> None:
    async with client.ws_connect(BTC_AND_ETH):
        state = (await got(client, "/control/streams"))["exchanges"]["binance"]
        assert state["opened"] == 1
        assert state["connections"][0]["subscriptions"] == ["btcusdt@bookTicker", "ethusdt@bookTicker"]
    assert (await got(client, "/control"))["exchanges"]["binance"]["calls"] == 0


async def test_too_many_connections_are_refused_for_a_while(client: aiohttp.ClientSession) -> None:
    address, _ = await bullet(client)
    for _ in range(30):
        async with client.ws_connect(address):
            pass
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(address)
    assert refused.value.status == 429
    assert refused.value.headers is not None
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60


async def test_open_connections_end_when_the_simulator_shuts_down() -> None:
    async with aiohttp.ClientSession() as client:
        async with serving(simulator_app(MARKET)) as url:
            socket = await client.ws_connect(url + BTC_AND_ETH)
            listening = asyncio.create_task(closed(socket))
            await asyncio.sleep(0)
        assert await listening == aiohttp.WSCloseCode.GOING_AWAY
