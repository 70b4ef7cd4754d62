"""Signed requests over a real socket: sent once, as they were signed, and within bounds."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from adapters.rest import trading_client as trading
from adapters.rest.trading_client import NoAnswer, SignedRequest, TradingClient
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock


class Server:
    def __init__(self) -> None:
        self.received: list[tuple[str, str, bytes]] = []
        self.status = 200
        self.body = b"{}"

    async def answer(self, request: web.Request) -> web.Response:
        self.received.append((request.method, request.raw_path, await request.read()))
        return web.Response(status=self.status, body=self.body, headers={"Location": "/elsewhere"})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[TradingClient]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    async with serving(app) as url, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        yield TradingClient(url, session, FakeClock())


async def test_a_request_arrives_as_it_was_signed(client: TradingClient, server: Server) -> None:
    question = "/api/v3/order?symbol=%EF%BC%91&x=a%2Fb%2Bc%20d%3D&signature=00"
    await client.send(SignedRequest("GET", question))
    await client.send(SignedRequest("POST", "/api/v1/hf/orders", {}, b'{"size":"1"}'))
    assert server.received == [("GET", question, b""), ("POST", "/api/v1/hf/orders", b'{"size":"1"}')]


async def test_a_redirect_is_an_answer_and_is_not_followed(client: TradingClient, server: Server) -> None:
    server.status = 307
    assert (await client.send(SignedRequest("POST", "/order", {}, b"signed"))).status == 307
    assert len(server.received) == 1


async def test_a_body_beyond_the_bound_is_no_answer(
    client: TradingClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trading, "MAX_BODY_BYTES", 100)
    server.body = b"x" * 101
    with pytest.raises(NoAnswer, match="100 bytes"):
        await client.send(SignedRequest("GET", "/account"))
