"""Rates as they change, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import WSMsgType

from entrypoints.http.rates import stream_routes
from entrypoints.http.rates.stream_schemas import RateWriter
from tests.integration.problems import is_problem
from tests.servers.service import service_app
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

MOST_STREAMS = 4
STREAM = "/api/v1/stream"
PAIRS = "BTC/USDT,TRX/ADA,EUR/NOTHING"

Event = dict[str, Any]


@pytest.fixture
async def streaming(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession
) -> AsyncIterator[Service]:
    """A service that refreshes its prices each second, as often as the exchanges' prices move."""
    app = service_app(moving_exchanges.url, sync_interval_seconds=1, max_streams=MOST_STREAMS)
    async with serving(app) as url:
        yield Service(url, fresh_client)


async def events(response: aiohttp.ClientResponse) -> AsyncGenerator[Event, None]:
    """Yield events as a browser reads them."""
    event: Event = {}
    async for line in response.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            event[name] = orjson.loads(value) if name == "data" else value
        elif "data" in event:
            yield event
            event = {}


async def first(response: aiohttp.ClientResponse, number: int) -> list[Event]:
    async with aclosing(events(response)) as stream, asyncio.timeout(10):
        return [await anext(stream) for _ in range(number)]


async def test_a_stream_sends_each_rate_at_once_and_again_when_it_changes(
    streaming: Service, fresh_client: aiohttp.ClientSession
) -> None:
    async with fresh_client.get(f"{streaming.url}{STREAM}?pairs={PAIRS}&include_route=true") as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["X-Request-Id"]
        async with aclosing(events(response)) as stream, asyncio.timeout(20):
            begun = [await anext(stream) for _ in range(3)]
            before = {event["data"]["pair"]: event for event in begun}
            assert before["EUR/NOTHING"]["event"] == "problem"
            assert before["EUR/NOTHING"]["data"]["problem"]["type"] == "/problems/no-route"
            converted = (await streaming.convert("TRX", "ADA", cache_max_seconds=60, include_route=True)).json
            assert {name: converted[name] for name in ("rate", "exchange")} == {
                name: before["TRX/ADA"]["data"][name] for name in ("rate", "exchange")
            }
            assert [leg["symbol"] for leg in converted["route"]] == [
                leg["symbol"] for leg in before["TRX/ADA"]["data"]["route"]
            ]
            changed = await anext(stream)
            assert changed["data"]["rate"] != before[changed["data"]["pair"]]["data"]["rate"]
            assert int(changed["id"].partition("-")[2]) > max(int(each["id"].partition("-")[2]) for each in begun)


async def test_a_client_that_comes_again_gets_only_what_has_changed_since(
    streaming: Service, fresh_client: aiohttp.ClientSession
) -> None:
    url = f"{streaming.url}{STREAM}?pairs=BTC/USDT,ETH/USDT"
    async with fresh_client.get(url) as response, fresh_client.get(url) as other:
        seen = await first(response, 2)
        await first(other, 2)
        response.close()
        async with fresh_client.get(url, headers={"Last-Event-ID": seen[0]["id"]}) as again:
            assert (await first(again, 1))[0]["id"] == seen[1]["id"]
    async with fresh_client.get(url, headers={"Last-Event-ID": "deadbeef-999"}) as of_another_process:
        assert len(await first(of_another_process, 2)) == 2


async def test_a_websocket_at_the_same_path_sends_the_same(
    streaming: Service, fresh_client: aiohttp.ClientSession
) -> None:
    async with asyncio.timeout(20), fresh_client.ws_connect(f"{streaming.url}{STREAM}?pairs={PAIRS}") as websocket:
        begun = [await websocket.receive_json() for _ in range(3)]
        assert {each["pair"] for each in begun} == set(PAIRS.split(","))
        changed = await websocket.receive_json()
        assert changed["rate"] != next(each["rate"] for each in begun if each["pair"] == changed["pair"])
        await websocket.send_str("subscribe!")
        while (message := await websocket.receive()).type is not WSMsgType.CLOSE:
            pass
        assert (message.data, message.extra) == (1003, "this stream takes no messages")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "pairs"),
        ("?pairs=BTC", "pairs"),
        ("?pairs=BTC/BTC", "pairs"),
        (f"?pairs={','.join(f'BTC/X{number}' for number in range(101))}", "pairs"),
        ("?pairs=BTC/USDT&rate_type=none", "rate_type"),
        ("?pairs=BTC/USDT&include_route=1", "include_route"),
        ("?pairs=BTC/USDT&amount=1", "amount"),
    ],
)
async def test_a_wrong_question_is_refused(warm_service: Service, query: str, field: str) -> None:
    assert is_problem(await warm_service.ask("GET", f"{STREAM}{query}"), 422, field)


async def test_one_stream_too_many_is_refused_until_another_ends(
    streaming: Service, fresh_client: aiohttp.ClientSession
) -> None:
    url = f"{streaming.url}{STREAM}?pairs=BTC/USDT"
    sockets = [await fresh_client.ws_connect(url) for _ in range(MOST_STREAMS)]
    assert is_problem(await streaming.ask("GET", f"{STREAM}?pairs=BTC/USDT"), 503)
    assert f"\ncrossrate_streams {MOST_STREAMS}.0\n" in (await streaming.ask("GET", "/metrics")).body.decode()
    await sockets[0].close()

    async def is_admitted() -> bool:
        async with fresh_client.get(url) as response:
            return response.status == 200

    await eventually(is_admitted)


async def test_streams_end_when_the_process_stops(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession
) -> None:
    async with asyncio.timeout(20):
        async with serving(service_app(moving_exchanges.url, sync_interval_seconds=1)) as url:
            response = await fresh_client.get(f"{url}{STREAM}?pairs=BTC/USDT")
            websocket = await fresh_client.ws_connect(f"{url}{STREAM}?pairs=BTC/USDT")
            await first(response, 1)
        await response.read()
        while (message := await websocket.receive()).type is WSMsgType.TEXT:
            pass
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)


async def test_a_client_that_stops_reading_is_dropped(streaming: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_routes, "SEND_SECONDS", 0.2)
    monkeypatch.setattr(stream_routes, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(stream_routes, "HEARTBEAT", b":" + bytes(100_000) + b"\n\n")  # fills the buffers in a second
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.connect(("127.0.0.1", int(streaming.url.rpartition(":")[2])))
        silent.sendall(f"GET {STREAM}?pairs=BTC/USDT HTTP/1.1\r\nHost: x\r\n\r\n".encode())

        async def is_dropped() -> bool:
            metrics = (await streaming.ask("GET", "/metrics")).body.decode()
            return 'crossrate_connections_closed_total{reason="stopped_reading"} 1.0' in metrics

        await eventually(is_dropped, within_seconds=30)


async def test_a_fault_of_ours_closes_a_websocket_instead_of_leaving_it_silent(
    streaming: Service, fresh_client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise RuntimeError("a fault in the service")

    monkeypatch.setattr(RateWriter, "written", fail)
    async with asyncio.timeout(20), fresh_client.ws_connect(f"{streaming.url}{STREAM}?pairs=BTC/USDT") as websocket:
        closed = await websocket.receive()
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1011)
