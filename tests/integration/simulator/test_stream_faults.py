"""Every fault of a stream does on a real socket what its name says."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import WSMsgType

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.integration.simulator.streaming import (
    BTC_AND_ETH,
    Json,
    all_heard,
    bullet,
    closed,
    got,
    heard,
    others_heard,
    subscribed,
    subscribing,
)
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock

MARKET = SimulatedMarket(binance_pairs=100, kucoin_pairs=100)
EXCHANGES = ("binance", "kucoin")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def client(clock: FakeClock) -> AsyncIterator[aiohttp.ClientSession]:
    async with serving(simulator_app(MARKET, clock=clock.now)) as url, aiohttp.ClientSession(url) as session:
        yield session


@pytest.fixture(params=EXCHANGES)
async def exchange(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def opened(client: aiohttp.ClientSession, exchange: str) -> aiohttp.ClientWebSocketResponse:
    """Connect, subscribed to BTC/USDT and ETH/USDT."""
    if exchange == "binance":
        return await client.ws_connect(BTC_AND_ETH)
    return await subscribed(client, "/market/ticker:BTC-USDT,ETH-USDT")


async def commit(client: aiohttp.ClientSession, exchange: str, **fault: object) -> Json:
    async with client.put(f"/control/streams/{exchange}/fault", json=fault) as response:
        assert response.status == 200, await response.text()
        return (await response.json())["exchanges"][exchange]


async def stop(client: aiohttp.ClientSession, exchange: str) -> None:
    async with client.delete(f"/control/streams/{exchange}/fault") as response:
        assert response.status == 200


async def closes(client: aiohttp.ClientSession, exchange: str, seconds: float = 5) -> Json:
    """Wait until a connection has ended, and return how many have and by what."""
    async with asyncio.timeout(seconds):
        while True:
            if counts := (await got(client, "/control/streams"))["exchanges"][exchange]["closed"]:
                return counts
            await asyncio.sleep(0.01)


def symbol(message: Json) -> str:
    name: str = message["data"]["s"] if "stream" in message else message["topic"].rpartition(":")[2]
    return name.replace("-", "")


def sequence(message: Json) -> int:
    return int(message["data"]["u"] if "stream" in message else message["data"]["sequence"])


def bid(message: Json) -> str:
    price: str = message["data"]["b"] if "stream" in message else message["data"]["bestBid"]
    return price


async def moves(clock: FakeClock, socket: aiohttp.ClientWebSocketResponse, ticks: int) -> list[Json]:
    """Let the market move, and return what is heard."""
    messages = []
    for _ in range(ticks):
        clock.advance(1)
        messages += await others_heard(socket)
    return messages


async def test_a_silent_binance_goes_on_with_pings(clock: FakeClock) -> None:
    async with (
        serving(simulator_app(MARKET, clock=clock.now, hurry=100)) as url,
        aiohttp.ClientSession(url) as client,
        client.ws_connect(BTC_AND_ETH, autoping=False) as socket,
    ):
        await commit(client, "binance", kind="silence")
        clock.advance(1)
        assert [(await socket.receive(timeout=5)).type for _ in range(2)] == [WSMsgType.PING] * 2


async def test_a_silent_kucoin_goes_on_with_pongs(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    async with await opened(client, "kucoin") as socket:
        await commit(client, "kucoin", kind="silence")
        clock.advance(1)
        await socket.send_json({"id": "2", "type": "ping"})
        assert await all_heard(socket) == [{"id": "2", "type": "pong"}]


async def test_total_silence_sends_nothing_and_keeps_the_connection_open(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="silence", pings=False)
        clock.advance(1)
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1, "type": "ping"})
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.3)
        await stop(client, exchange)
        assert len(await all_heard(socket)) == 2  # what moved meanwhile


async def test_a_new_connection_ends_a_silence_that_lasts_until_then(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    async with await opened(client, exchange) as old:
        await commit(client, exchange, kind="silence", until_reconnected=True)
        async with await opened(client, exchange) as new:
            assert len(await moves(clock, new, 1)) == 2
        assert await others_heard(old) == []


async def test_dead_symbols_move_over_rest_and_not_in_the_stream(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    dead = {"binance": "BTCUSDT", "kucoin": "BTC-USDT"}[exchange]
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="dead_symbols", symbols=[dead])
        before = (await got(client, f"/control/books?exchange={exchange}"))["books"][dead]
        assert {symbol(message) for message in await moves(clock, socket, 1)} == {"ETHUSDT"}
        assert (await got(client, f"/control/books?exchange={exchange}"))["books"][dead] != before


async def test_subscribing_anew_revives_a_symbol(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    async with await opened(client, "binance") as socket:
        await commit(client, "binance", kind="dead_symbols", every=1, until_resubscribed=True)
        assert await moves(clock, socket, 1) == []
        await socket.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@bookTicker"], "id": 1})
        await heard(socket)
        assert [symbol(message) for message in await moves(clock, socket, 1)] == ["BTCUSDT"]


async def test_gaps_lose_messages(client: aiohttp.ClientSession, clock: FakeClock, exchange: str) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="gaps", every=2, until_reconnected=True)
        async with await opened(client, exchange) as spared:
            some = await moves(clock, socket, 3)
            every_one = await others_heard(spared)
    assert len(every_one) > 3
    assert some == every_one[::2]


async def test_duplicates_come_twice(client: aiohttp.ClientSession, clock: FakeClock, exchange: str) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="duplicates", every=2)
        messages = await moves(clock, socket, 1)
        assert [symbol(message) for message in messages] == ["BTCUSDT", "ETHUSDT", "ETHUSDT"]
        assert messages[1] == messages[2]


async def test_messages_out_of_order_come_after_their_successor(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="out_of_order", every=2)
        messages = await moves(clock, socket, 2)
        ethers = [sequence(message) for message in messages if symbol(message) == "ETHUSDT"]
        assert ethers[0] > ethers[1]


async def test_stale_messages_look_new_with_old_prices(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    async with await opened(client, exchange) as socket:
        fresh = (await moves(clock, socket, 1))[0]
        await commit(client, exchange, kind="stale", ticks=2)
        await moves(clock, socket, 1)
        stale = (await moves(clock, socket, 1))[0]
        assert symbol(stale) == symbol(fresh)
        assert bid(stale) == bid(fresh)
        assert sequence(stale) > sequence(fresh)


async def test_a_burst_repeats_prices_with_new_sequences(client: aiohttp.ClientSession, exchange: str) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="burst", per_second=20_000)
        began = asyncio.get_running_loop().time()
        messages = [await heard(socket) for _ in range(4000)]
        assert asyncio.get_running_loop().time() - began < 4
        assert len({bid(message) for message in messages}) == 2
        sequences = [sequence(message) for message in messages]
        assert sequences == sorted(set(sequences))


async def test_a_server_that_stops_reading_answers_nothing_and_streams_on(
    client: aiohttp.ClientSession, clock: FakeClock, exchange: str
) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="stops_reading")
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1, "type": "ping"})
        assert {symbol(message) for message in await moves(clock, socket, 1)} == {"BTCUSDT", "ETHUSDT"}
        await stop(client, exchange)
        assert (await heard(socket))["id"] in {1, "1"}


async def test_a_client_that_does_not_read_is_cut_off(client: aiohttp.ClientSession) -> None:
    async with await opened(client, "binance"):
        await commit(client, "binance", kind="say", messages=["x" * 100_000], times=200)
        assert await closes(client, "binance") == {"too slow": 1}


@pytest.mark.parametrize(("code", "retry_after"), [(429, 7), (418, 120), (503, None)])
async def test_connections_are_refused_over_http(
    client: aiohttp.ClientSession, exchange: str, code: int, retry_after: int | None
) -> None:
    await commit(client, exchange, kind="refuse_connections", code=code, retry_after=retry_after, times=1)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await opened(client, exchange)
    assert refused.value.status == code
    assert refused.value.headers is not None
    assert refused.value.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    async with await opened(client, exchange):
        pass


async def test_subscriptions_are_refused_in_the_exchanges_form(client: aiohttp.ClientSession) -> None:
    for exchange in EXCHANGES:
        await commit(client, exchange, kind="refuse_subscriptions", times=1)
    async with client.ws_connect("/binance/stream") as socket:
        message = {"method": "SUBSCRIBE", "params": ["btcusdt@bookTicker"], "id": 1}
        await socket.send_json(message)
        assert await heard(socket) == {"error": {"code": 4, "msg": "Too many subscriptions"}, "id": 1}
        await socket.send_json(message)
        assert await heard(socket) == {"result": None, "id": 1}
    address, _ = await bullet(client)
    async with client.ws_connect(address) as socket:
        await heard(socket)
        await socket.send_json(subscribing("/market/ticker:all"))
        assert await heard(socket) == {
            "id": "1",
            "type": "error",
            "code": 509,
            "data": "service busy, please retry later",
        }
        await socket.send_json(subscribing("/market/ticker:all"))
        assert await heard(socket) == {"id": "1", "type": "ack"}


@pytest.mark.parametrize(
    ("fault", "code", "counted"),
    [
        ({"kind": "reset"}, None, "reset"),
        ({"kind": "drop"}, None, "dropped"),
        ({"kind": "close", "code": 1012, "reason": "restart"}, 1012, "1012"),
        ({"kind": "half_message"}, None, "half a message"),
        ({"kind": "half_message", "within": "frame"}, None, "half a message"),
    ],
)
async def test_connections_end_at_once(
    client: aiohttp.ClientSession, exchange: str, fault: dict[str, object], code: int | None, counted: str
) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, **fault)
        ended = await closed(socket)
        assert ended == code or (code is None and ended in {None, 1000, 1006})
        assert await closes(client, exchange) == {counted: 1}
    async with await opened(client, exchange):
        pass


async def test_binance_announces_that_it_shuts_down(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    async with await opened(client, "binance") as socket:
        await commit(client, "binance", kind="server_shutdown", milliseconds=100)
        event = {"e": "serverShutdown", "E": int(clock.now() * 1000)}
        assert await heard(socket) == {"stream": "!serverShutdown", "data": event}
        assert await closed(socket) == aiohttp.WSCloseCode.GOING_AWAY
    async with client.put("/control/streams/kucoin/fault", json={"kind": "server_shutdown"}) as response:
        assert response.status == 422
        assert "only binance" in await response.text()


async def test_any_message_can_be_said(client: aiohttp.ClientSession, exchange: str) -> None:
    async with await opened(client, exchange) as socket:
        await commit(client, exchange, kind="say", messages=["not json", "[]"])
        assert await socket.receive_str(timeout=5) == "not json"
        assert await socket.receive_str(timeout=5) == "[]"


async def test_a_reset_ends_the_fault(client: aiohttp.ClientSession, clock: FakeClock) -> None:
    assert (await commit(client, "binance", kind="silence"))["fault"]["kind"] == "silence"
    async with client.post("/control/reset") as response:
        assert response.status == 200
    assert (await got(client, "/control/streams"))["exchanges"]["binance"]["fault"] is None
    async with await opened(client, "binance") as socket:
        assert len(await moves(clock, socket, 1)) == 2
