"""A failing exchange is replaced by another if one can answer, and named if none can."""

import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from tests.integration.exchange_faults import ATTEMPT_TIMEOUT_SECONDS, BARRED_BY_LAW, EITHER, KUCOIN_ONLY, Fault
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Answer, Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, KUCOIN_BOOKS, KUCOIN_LISTING, SimulatedExchanges
from tests.servers.source import free_port
from tests.unit.fakes.clock import TickingClock

# Twice for two attempts, plus what a busy machine needs to answer at all.
BOUND_SECONDS = 2 * ATTEMPT_TIMEOUT_SECONDS + 1.5


@pytest.fixture
async def hasty_service(run_service: RunService) -> AsyncIterator[Service]:
    async with run_service(attempt_timeout_seconds=ATTEMPT_TIMEOUT_SECONDS) as service:
        yield service


def is_unavailable(answer: Answer, failures: dict[str, str]) -> bool:
    assert is_problem(answer, 503)
    assert answer.json["type"] == "/problems/exchanges-unavailable"
    assert answer.json["failures"] == failures
    assert int(answer.headers["Retry-After"]) >= 1
    return True


@pytest.mark.parametrize("fault", EITHER, ids=str)
async def test_when_the_first_exchange_fails_the_second_answers(
    hasty_service: Service, exchanges: SimulatedExchanges, fault: Fault
) -> None:
    await exchanges.commit("binance", fault.kind, **fault.details)
    answer = await hasty_service.convert()
    assert (answer.status, answer.json["exchange"]) == (200, "kucoin")
    assert answer.seconds < BOUND_SECONDS
    assert await exchanges.calls("binance") == 1


@pytest.mark.parametrize("fault", EITHER, ids=str)
async def test_when_only_the_first_exchanges_prices_fail_the_second_answers_too(
    hasty_service: Service, exchanges: SimulatedExchanges, fault: Fault
) -> None:
    await exchanges.commit("binance", fault.kind, path=BINANCE_BOOKS, **fault.details)
    answer = await hasty_service.convert()
    assert (answer.status, answer.json["exchange"]) == (200, "kucoin")
    assert (await exchanges.paths("binance"))[BINANCE_BOOKS] == 1


@pytest.mark.parametrize("fault", EITHER + KUCOIN_ONLY, ids=str)
async def test_when_the_second_exchange_fails_only_the_first_answers(
    hasty_service: Service, exchanges: SimulatedExchanges, fault: Fault
) -> None:
    await exchanges.commit("kucoin", fault.kind, **fault.details)
    assert (await hasty_service.convert()).json["exchange"] == "binance"
    assert await exchanges.calls("kucoin") == 0
    answer = await hasty_service.convert(exchange="kucoin")
    assert is_unavailable(answer, {"kucoin": fault.reason})
    assert answer.seconds < BOUND_SECONDS
    assert await exchanges.calls("kucoin") == fault.attempts


@pytest.mark.parametrize("fault", EITHER, ids=str)
async def test_when_both_fail_the_answer_names_both_and_a_retry_time(
    hasty_service: Service, exchanges: SimulatedExchanges, fault: Fault
) -> None:
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, fault.kind, **fault.details)
    answer = await hasty_service.convert()
    assert is_unavailable(answer, {"binance": fault.reason, "kucoin": fault.reason})
    assert answer.json["reasons"] == {}
    assert answer.seconds < 2 * BOUND_SECONDS
    assert (await exchanges.calls("binance"), await exchanges.calls("kucoin")) == (fault.attempts, fault.attempts)


async def test_one_failed_call_is_repeated_where_no_other_exchange_can_answer(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", code=503, times=1)
    assert (await service.convert(exchange="binance")).json["exchange"] == "binance"
    assert await exchanges.calls("binance") == 3  # the listing twice, the prices once


async def test_an_exchange_may_fail_twice_for_pairs_and_prices_together(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("kucoin", "status", code=503, times=1)
    assert (await service.convert("KCS", "USDT")).status == 200
    await exchanges.commit("kucoin", "drop")
    assert is_unavailable(await service.convert("KCS", "USDT"), {"kucoin": "network"})
    assert await exchanges.paths("kucoin") == {KUCOIN_LISTING: 2, KUCOIN_BOOKS: 3}


@pytest.mark.parametrize("kind", ["hang", "status", "drop"])
async def test_no_other_exchange_answers_for_a_named_one(
    hasty_service: Service, exchanges: SimulatedExchanges, kind: str
) -> None:
    await exchanges.commit("binance", kind, **({"code": 503} if kind == "status" else {}))
    answer = await hasty_service.convert(exchange="binance")
    assert is_problem(answer, 503)
    assert list(answer.json["failures"]) == ["binance"]
    assert await exchanges.calls("kucoin") == 0


@pytest.mark.parametrize("down", ["binance", "kucoin"])
async def test_a_currency_that_only_a_failing_exchange_may_list_is_a_503(
    service: Service, exchanges: SimulatedExchanges, down: str
) -> None:
    healthy = "kucoin" if down == "binance" else "binance"
    await exchanges.commit(down, "status", code=503)
    answer = await service.convert("NOPE", "USDT")
    assert is_unavailable(answer, {down: "server_error"})
    assert answer.json["reasons"] == {healthy: "NOPE is not listed"}
    await exchanges.stop(down)
    answer = await service.convert("NOPE", "USDT")
    assert is_problem(answer, 404)
    assert answer.json["reasons"] == dict.fromkeys(("binance", "kucoin"), "NOPE is not listed")


@pytest.mark.parametrize("fault", [fault for fault in EITHER if fault.reason != "rate_limited"], ids=str)
async def test_after_the_fault_the_first_exchange_serves_again(
    hasty_service: Service, exchanges: SimulatedExchanges, clock: TickingClock, fault: Fault
) -> None:
    await exchanges.commit("binance", fault.kind, **fault.details)
    assert (await hasty_service.convert()).json["exchange"] == "kucoin"
    await exchanges.stop("binance")
    if fault is BARRED_BY_LAW:
        clock.advance(300)  # such an exchange is paused for this long
    assert (await hasty_service.convert()).json["exchange"] == "binance"


async def test_fresh_prices_are_served_while_every_exchange_is_down(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    before = (await service.convert()).json
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "status", code=503)
    assert (await service.convert(cache_max_seconds=60)).json == before
    assert is_problem(await service.convert(), 503)


async def test_a_snapshot_from_the_future_is_not_used(service: Service, exchanges: SimulatedExchanges) -> None:
    await exchanges.commit("kucoin", "future_time", seconds=3600)
    assert is_unavailable(await service.convert(exchange="kucoin"), {"kucoin": "bad_body"})


async def test_with_the_real_bounds_a_hanging_exchange_delays_an_answer_by_two_seconds(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "hang")
    answer = await service.convert()
    assert (answer.status, answer.json["exchange"]) == (200, "kucoin")
    assert 1.9 < answer.seconds < 3.5  # a second attempt would make it four
    assert await exchanges.calls("binance") == 1


async def test_an_exchange_with_a_closed_port_is_skipped(run_service: RunService) -> None:
    patient = {"connect_timeout_seconds": 10, "attempt_timeout_seconds": 10}
    async with run_service(binance_url=f"http://127.0.0.1:{free_port()}", **patient) as service:
        answer = await service.convert()
        assert (answer.status, answer.json["exchange"]) == (200, "kucoin")
        assert answer.seconds < 5
        assert is_unavailable(await service.convert(exchange="binance"), {"binance": "network"})


async def test_a_connection_times_out_sooner_than_an_answer(
    run_service: RunService,
) -> None:
    # Nothing accepts here: once the queue is full, the kernel does not answer new connections.
    with ExitStack() as stack:
        deaf = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 -- takes no keyword
            waiting.connect_ex(deaf.getsockname())
        settings = {"connect_timeout_seconds": 0.3, "attempt_timeout_seconds": 10}
        async with run_service(binance_url=f"http://127.0.0.1:{deaf.getsockname()[1]}", **settings) as service:
            answer = await service.convert()
            assert (answer.status, answer.json["exchange"]) == (200, "kucoin")
            assert answer.seconds < 5
            assert is_unavailable(await service.convert(exchange="binance"), {"binance": "timeout"})
