"""Too many conversions at a time."""

import asyncio
from urllib.parse import urlsplit

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually, quickest

MOST = 3
QUICK_SECONDS = 0.1
HALF_A_POST = (
    b"POST /api/v1/convert HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
)


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
