"""Liveness, and the state of every dependency."""

import asyncio
from pathlib import Path

import pytest

from application.health.database_probe import PROBE_TTL_SECONDS
from entrypoints.http import app
from entrypoints.wiring import delivering, local_jobs
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually


async def test_it_is_alive_whatever_its_dependencies_do(service: Service, exchanges: SimulatedExchanges) -> None:
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "hang")
    answer = await service.ask("GET", "/health/live")
    assert (answer.status, answer.json) == (200, {"status": "alive"})
    assert answer.seconds < 1


async def test_before_the_first_conversion_exchanges_are_unknown_and_not_called(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    async def is_open() -> bool:
        clock.advance(PROBE_TTL_SECONDS)
        return bool((await service.readiness())["dependencies"]["database"]["status"] == "up")

    await eventually(is_open)
    readiness = await service.readiness()
    assert readiness["status"] == "ready"
    assert readiness["dependencies"] == {
        "memory": {"status": "up"},
        "database": {"status": "up"},
        "binance": {"status": "unknown", "breaker": "closed"},
        "kucoin": {"status": "unknown", "breaker": "closed"},
    }
    assert await exchanges.all_calls() == 0


async def test_a_database_that_holds_nothing_is_opened_when_somebody_asks_for_it(
    run_service: RunService, clock: TickingClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "OPEN_AFTER_SECONDS", 0)
    for module in (delivering, local_jobs):
        monkeypatch.setattr(module, "START_AFTER_SECONDS", 0)
    file = tmp_path / "crossrate.db"
    async with run_service(database_url=f"sqlite:///{file}") as service:
        await service.convert()
        await asyncio.sleep(0.2)
        assert file.stat().st_size == 0

        async def is_open() -> bool:
            clock.advance(PROBE_TTL_SECONDS)
            return bool((await service.readiness())["dependencies"]["database"]["status"] == "up")

        await eventually(is_open)
        assert file.stat().st_size > 0


async def test_readiness_has_the_age_of_the_held_prices(service: Service, clock: TickingClock) -> None:
    await service.convert()
    clock.advance(12)
    binance = (await service.readiness())["dependencies"]["binance"]
    assert binance["status"] == "up"
    assert 12 <= binance["listing_age_seconds"] < 12.1
    assert 12 <= binance["books_age_seconds"] < 12.1


async def test_readiness_says_which_exchange_is_down_why_and_when_it_is_back(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", code=503)
    assert (await service.convert()).status == 200
    readiness = await service.readiness()
    assert readiness["status"] == "degraded"
    assert readiness["dependencies"]["binance"] == {
        "status": "down",
        "detail": "server_error: HTTP 503",
        "breaker": "closed",
    }
    assert readiness["dependencies"]["kucoin"]["status"] == "up"
    await exchanges.stop("binance")
    assert (await service.convert()).status == 200
    readiness = await service.readiness()
    assert (readiness["status"], readiness["dependencies"]["binance"]["status"]) == ("ready", "up")


async def test_readiness_answers_at_once_while_conversions_wait_for_a_hanging_exchange(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "latency", milliseconds=1500)
    waiting = asyncio.create_task(service.convert())
    assert (await service.ask("GET", "/health/ready")).seconds < 1
    assert not waiting.done()
    assert (await waiting).status == 200
