"""A service that knows nothing yet: what it fetches at once, and what an exchange that fails gets of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from application.market_data import early_fetch
from tests.integration.exchange_faults import ATTEMPT_TIMEOUT_SECONDS
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, BINANCE_LISTING, KUCOIN_LISTING, SimulatedExchanges
from tests.servers.source import free_port

LATENCY_SECONDS = 0.5

Run = Callable[..., AbstractAsyncContextManager[Service]]

# How each fails, and how many calls it got for one question before anything was fetched at once.
FAULTS = [("status", {"code": 500}, 2), ("empty", {}, 2), ("hang", {}, 1)]


@pytest.fixture(params=["memory", "redis"])
def run_cold(request: pytest.FixtureRequest, run_service: RunService, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a service that begins early calls at once, so that none of them depends on milliseconds."""
    monkeypatch.setattr(early_fetch, "HEAD_START_SECONDS", 0)
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    shared = {} if url is None else {"redis_url": url}

    @asynccontextmanager
    async def run(**settings: object) -> AsyncIterator[Service]:
        timeout = {"attempt_timeout_seconds": ATTEMPT_TIMEOUT_SECONDS}
        async with run_service(**shared, **(timeout | settings)) as service:
            yield service

    return run


@pytest.mark.parametrize(("currency_from", "currency_to"), [("BTC", "USDT"), ("TRX", "SHIB")])
async def test_a_cold_conversion_takes_little_longer_than_one_call(
    run_cold: Run, exchanges: SimulatedExchanges, currency_from: str, currency_to: str
) -> None:
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "latency", milliseconds=round(LATENCY_SECONDS * 1000))
    async with run_cold(attempt_timeout_seconds=10) as service:
        answer = await service.convert(currency_from, currency_to)
        assert (answer.status, answer.json["exchange"]) == (200, "binance")
        assert answer.seconds < 1.8 * LATENCY_SECONDS  # one after the other, two calls or even three
        assert await exchanges.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: 1}
        assert await exchanges.paths("kucoin") == {KUCOIN_LISTING: 1}


@pytest.mark.parametrize(("kind", "details", "attempts"), FAULTS, ids=[kind for kind, _, _ in FAULTS])
async def test_an_exchange_that_fails_gets_at_most_two_calls_of_a_question_and_one_once_that_is_known(
    run_cold: Run, exchanges: SimulatedExchanges, kind: str, details: dict[str, object], attempts: int
) -> None:
    await exchanges.commit("binance", kind, **details)
    async with run_cold() as service:
        assert (await service.convert()).json["exchange"] == "kucoin"
        assert await exchanges.calls("binance") == 2
        assert (await service.convert()).json["exchange"] == "kucoin"
        assert await exchanges.calls("binance") == 3
    await exchanges.reset()
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, kind, **details)
    async with run_cold() as service:
        assert (await service.convert()).status == 503
        calls = await exchanges.calls("binance"), await exchanges.calls("kucoin")
        assert calls == (2, attempts)
        assert (await service.convert()).status == 503
        again = await exchanges.calls("binance"), await exchanges.calls("kucoin")
        assert again == (2 + attempts, 2 * attempts)


async def test_an_exchange_that_refuses_connections_delays_nobody(run_cold: Run) -> None:
    async with run_cold(binance_url=f"http://127.0.0.1:{free_port()}") as service:
        answer = await service.convert()
        assert (answer.status, answer.json["exchange"]) == (200, "kucoin")


async def test_what_is_fetched_early_from_an_exchange_that_lacks_the_pair_harms_no_answer(
    run_cold: Run, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", path=BINANCE_BOOKS, code=500)
    async with run_cold() as service:
        answer = await service.convert("KCS", "USDT")
        assert (answer.status, answer.json["exchange"]) == (200, "kucoin")
        assert await exchanges.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: 1}


async def test_many_cold_conversions_share_the_calls_of_an_exchange_that_fails(
    run_cold: Run, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "hang")
    async with run_cold() as service:
        answers = await asyncio.gather(*(service.convert() for _ in range(50)))
        assert {(answer.status, answer.json["exchange"]) for answer in answers} == {(200, "kucoin")}
        assert await exchanges.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: 1}
