"""An exchange that keeps failing is not called for a while: it delays no conversion and is not stormed."""

import asyncio
import statistics
from collections.abc import AsyncIterator

import pytest

from tests.integration.exchange_faults import ATTEMPT_TIMEOUT_SECONDS
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, SimulatedExchanges
from tests.servers.source import free_port
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

MIN_CALLS = 5
OPEN_SECONDS = 5.0
MOST_EXTRA_SECONDS = 0.005


@pytest.fixture
async def hasty_service(run_service: RunService) -> AsyncIterator[Service]:
    async with run_service(attempt_timeout_seconds=ATTEMPT_TIMEOUT_SECONDS) as service:
        yield service


async def breaker_of(service: Service, exchange: str) -> str:
    breaker: str = (await service.readiness())["dependencies"][exchange]["breaker"]
    return breaker


async def open_breaker(service: Service, exchange: str = "binance") -> None:
    """Convert on a failing exchange until its breaker opens."""
    for _ in range(MIN_CALLS):
        assert (await service.convert(exchange=exchange)).status == 503
    assert await breaker_of(service, exchange) == "open"


async def test_two_hundred_cold_conversions_make_at_most_five_calls_to_a_failing_exchange(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", code=503)
    answers = await asyncio.gather(*(service.convert() for _ in range(200)))
    assert {(answer.status, answer.json["exchange"]) for answer in answers} == {(200, "kucoin")}
    assert await exchanges.calls("binance") <= MIN_CALLS
    assert await breaker_of(service, "kucoin") == "closed"


async def test_twenty_busy_clients_do_not_storm_an_exchange_that_begins_to_fail(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    assert (await service.convert()).json["exchange"] == "binance"
    await exchanges.commit("binance", "status", path=BINANCE_BOOKS, code=503)

    async def client() -> set[tuple[int, str]]:
        answers = [await service.convert() for _ in range(10)]
        return {(answer.status, answer.json["exchange"]) for answer in answers}

    assert set().union(*await asyncio.gather(*(client() for _ in range(20)))) == {(200, "kucoin")}
    assert (await exchanges.paths("binance"))[BINANCE_BOOKS] <= 1 + MIN_CALLS


async def test_an_open_breaker_answers_503_with_the_time_left_and_makes_no_call(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await exchanges.commit("binance", "status", code=503)
    await open_breaker(service)
    clock.advance(1.5)
    answer = await service.convert(exchange="binance")
    assert is_problem(answer, 503)
    assert answer.json["failures"] == {"binance": "circuit_open"}
    assert answer.headers["Retry-After"] == "4"
    assert await exchanges.calls("binance") == MIN_CALLS


async def test_one_failing_conversion_leaves_the_breaker_closed(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", code=503)
    assert (await service.convert()).json["exchange"] == "kucoin"
    assert await breaker_of(service, "binance") == "closed"
    await exchanges.stop("binance")
    assert (await service.convert()).json["exchange"] == "binance"


@pytest.mark.parametrize("is_hanging", [True, False], ids=["hanging", "refusing connections"])
async def test_with_the_first_exchange_dead_a_conversion_costs_at_most_5_ms_more_than_with_the_second_alone(
    run_service: RunService, exchanges: SimulatedExchanges, is_hanging: bool
) -> None:
    await exchanges.commit("binance", "hang")
    elsewhere = {} if is_hanging else {"binance_url": f"http://127.0.0.1:{free_port()}"}
    async with run_service(attempt_timeout_seconds=ATTEMPT_TIMEOUT_SECONDS, **elsewhere) as service:
        await open_breaker(service)
        assert (await service.convert(exchange="kucoin")).status == 200

        async def is_cheap() -> bool:
            return await extra_seconds(service) <= MOST_EXTRA_SECONDS

        await eventually(is_cheap)  # other work on the machine slows single rounds
        assert await breaker_of(service, "binance") == "open"


async def extra_seconds(service: Service) -> float:
    """Return the median extra time of a conversion that any exchange may serve."""
    extra = []
    for _ in range(30):
        directly = await service.convert(exchange="kucoin", cache_max_seconds=1000)
        anywhere = await service.convert(cache_max_seconds=1000)
        assert directly.json == anywhere.json
        extra.append(anywhere.seconds - directly.seconds)
    return statistics.median(extra)


async def test_one_conversion_probes_a_hanging_exchange_while_the_others_do_not_wait(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await exchanges.commit("binance", "status", code=503)
    await open_breaker(service)
    await exchanges.commit("binance", "hang")
    clock.advance(OPEN_SECONDS)
    assert await breaker_of(service, "binance") == "half_open"
    probe = asyncio.create_task(service.convert())

    async def is_sent() -> bool:
        return await exchanges.calls("binance") == MIN_CALLS + 1

    await eventually(is_sent)
    others = await asyncio.gather(*(service.convert() for _ in range(20)))
    assert not probe.done()
    assert {(answer.status, answer.json["exchange"]) for answer in others} == {(200, "kucoin")}
    assert (await probe).json["exchange"] == "kucoin"
    assert await exchanges.calls("binance") == MIN_CALLS + 1
    assert await breaker_of(service, "binance") == "open"


@pytest.mark.parametrize("kind", ["hang", "reset", "html"])
async def test_after_the_fault_the_next_probe_closes_the_breaker(
    hasty_service: Service, exchanges: SimulatedExchanges, clock: TickingClock, kind: str
) -> None:
    await exchanges.commit("binance", kind)
    for _ in range(MIN_CALLS):
        assert (await hasty_service.convert()).json["exchange"] == "kucoin"
    await exchanges.stop("binance")
    assert (await hasty_service.convert()).json["exchange"] == "kucoin"
    clock.advance(OPEN_SECONDS)
    assert (await hasty_service.convert()).json["exchange"] == "binance"
    assert await breaker_of(hasty_service, "binance") == "closed"


async def test_an_exchange_that_is_barred_by_law_gets_one_call_every_five_minutes(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await exchanges.commit("binance", "status", code=451)
    for _ in range(3):
        assert (await service.convert()).json["exchange"] == "kucoin"
        clock.advance(99)
        exchanges.clock.advance(99)  # KuCoin dates its prices
    assert await exchanges.calls("binance") == 1
    answer = await service.convert(exchange="binance")
    assert (answer.json["failures"], answer.headers["Retry-After"]) == ({"binance": "blocked"}, "3")
    await exchanges.stop("binance")
    clock.advance(3)
    assert (await service.convert()).json["exchange"] == "binance"
