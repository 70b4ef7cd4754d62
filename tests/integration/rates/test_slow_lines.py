"""A slow line takes its time, and a stalled one does not."""

import asyncio

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, SimulatedExchanges


async def test_whole_markets_come_over_a_slow_line(service: Service, exchanges: SimulatedExchanges) -> None:
    await exchanges.commit("binance", "slow", path=BINANCE_BOOKS, milliseconds=2600)
    answer = await service.convert(exchange="binance")
    assert answer.status == 200
    assert answer.seconds > 2.4


async def test_a_body_that_stalls_fails_within_about_two_seconds(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "slow", path=BINANCE_BOOKS, milliseconds=200, stalls=True)
    answer = await service.convert(exchange="binance")
    assert is_problem(answer, 503)
    assert answer.json["failures"] == {"binance": "timeout"}
    assert "no byte within 2 s, see CROSSRATE_STALL_TIMEOUT_SECONDS" in answer.json["detail"]
    assert 1.9 < answer.seconds < 3.5


async def test_a_line_slower_than_the_bound_names_the_setting(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    async with run_service(attempt_timeout_seconds=0.5) as service:
        await exchanges.commit("binance", "slow", path=BINANCE_BOOKS, milliseconds=2600)
        answer = await service.convert(exchange="binance")
    assert is_problem(answer, 503)
    assert "no complete answer within 0.5 s, see CROSSRATE_ATTEMPT_TIMEOUT_SECONDS" in answer.json["detail"]


async def test_the_latest_price_waits_for_the_fetch_under_way_and_its_own_within_one_bound(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    latest = {"exchange": "binance", "cache_max_seconds": None}
    async with run_service(attempt_timeout_seconds=2) as service:
        await exchanges.commit("binance", "slow", path=BINANCE_BOOKS, milliseconds=1750)
        first = asyncio.create_task(service.convert(**latest))
        await asyncio.sleep(0.2)
        second = await service.convert(**latest)
    assert (await first).status == 200
    assert is_problem(second, 503)
    assert "no new answer within 3 s" in second.json["detail"]
