"""Too many conversions, and connections that only take up room."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from entrypoints.http.server import draining
from entrypoints.http.server.draining import DrainingRunner
from tests.integration.problems import is_problem
from tests.servers.service import RunService, service_app
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually, quickest

MOST = 3
QUICK_SECONDS = 0.1
HALF_A_POST = (
    b"POST /api/v1/convert HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
)
ALIVE = b'{"status":"alive"}'
NOTHING_LISTENS_HERE = "http://127.0.0.1:1"


async def test_one_conversion_too_many_is_rejected_at_once_with_a_retry_time(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    async with run_service(max_requests_under_way=MOST, attempt_timeout_seconds=2) as service:
        await exchanges.commit("binance", "hang")

        async def is_asked() -> bool:
            return await exchanges.calls("binance") > 0

        under_way = [asyncio.create_task(service.convert(exchange="binance")) for _ in range(MOST)]
        try:
            await eventually(is_asked)
            refused = await quickest(service.convert, within_seconds=QUICK_SECONDS)
            assert is_problem(refused, 503)
            assert refused.json["type"] == "/problems/overloaded"
            assert int(refused.headers["Retry-After"]) >= 1
            asked = ("currency_from", "BTC"), ("currency_to", "USDT"), ("amount", "1")
            assert (await service.get(*asked)).status == 503
            for path in ("/health/live", "/health/ready", "/metrics"):
                assert (await service.ask("GET", path)).status == 200
        finally:
            for each in under_way:
                each.cancel()
            await asyncio.wait(under_way)
        await exchanges.stop("binance")

        async def has_room() -> bool:
            return (await service.convert(exchange="kucoin")).status == 200

        await eventually(has_room)


async def test_bodies_that_never_arrive_block_no_conversion(run_service: RunService) -> None:
    async with run_service(max_requests_under_way=MOST) as service:
        place = urlsplit(service.url)
        assert place.port is not None
        writers = [(await asyncio.open_connection(place.hostname, place.port))[1] for _ in range(MOST)]
        try:
            for writer in writers:
                writer.write(HALF_A_POST)
                await writer.drain()
            for _ in range(20):  # by then the halves have been read
                assert (await service.convert()).status == 200
        finally:
            for writer in writers:
                writer.close()


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where a service listens that soon loses patience with those who ask nothing."""
    monkeypatch.setattr(draining, "CHECK_SECONDS", 0.2)
    runner = DrainingRunner(service_app(NOTHING_LISTENS_HERE), drain_seconds=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize(
    "sent", [b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["nothing", "a trickle"]
)
async def test_a_connection_without_a_request_is_closed(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)

    async def trickle() -> None:
        while sent:
            writer.write(b"x")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    trickling.cancel()
    writer.close()


async def test_a_connection_may_idle_after_a_request(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(ALIVE)) == ALIVE
        await asyncio.sleep(4 * draining.CHECK_SECONDS)  # the time itself is what must do no harm
    writer.close()
