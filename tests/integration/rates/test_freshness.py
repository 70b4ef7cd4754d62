"""How old an answer may be, and how many calls to the exchanges that takes."""

import asyncio
from decimal import Decimal

import pytest

from tests.integration.problems import is_problem
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, BINANCE_LISTING, SimulatedExchanges
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

ONE_OF_EACH = {BINANCE_LISTING: 1, BINANCE_BOOKS: 1}


async def test_prices_are_fetched_once_within_the_accepted_age_and_again_after_it(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    assert (await service.convert(cache_max_seconds=10)).status == 200
    for _ in range(4):
        clock.advance(2.4)
        assert (await service.convert(cache_max_seconds=10)).status == 200
        assert await exchanges.paths("binance") == ONE_OF_EACH
    clock.advance(0.5)  # 10.1 seconds now
    assert (await service.convert(cache_max_seconds=10)).status == 200
    assert await exchanges.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: 2}


@pytest.mark.parametrize("bound", [None, 0])
async def test_null_and_zero_fetch_prices_for_each_request(
    service: Service, exchanges: SimulatedExchanges, bound: int | None
) -> None:
    for calls in (1, 2, 3):
        assert (await service.convert(cache_max_seconds=bound)).status == 200
        assert await exchanges.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: calls}


async def test_the_answered_age_never_exceeds_the_bound(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    for bound in (30, 5, 60, 1, 0, 20, 3):
        clock.advance(4)
        exchanges.clock.advance(4)
        answer = (await service.convert("TRX", "SHIB", cache_max_seconds=bound, include_route=True)).json
        assert int(clock.time) - answer["updated_at"] <= bound
        assert all(leg["observed_at"] >= answer["updated_at"] for leg in answer["route"])


async def test_held_prices_serve_other_pairs_amounts_and_directions(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    one = (await service.convert("TRX", "USDT", amount=1, cache_max_seconds=60)).json
    many = (await service.convert("TRX", "USDT", amount=250, cache_max_seconds=60)).json
    back = (await service.convert("USDT", "TRX", amount=1, cache_max_seconds=60)).json
    assert (await service.convert("ETH", "BTC", cache_max_seconds=60)).status == 200
    assert Decimal(many["result"]) == 250 * Decimal(one["result"])
    assert abs(Decimal(back["rate"]) * Decimal(one["rate"]) - 1) < Decimal("1e-10")
    assert await exchanges.paths("binance") == ONE_OF_EACH


async def test_each_exchange_has_its_own_prices(service: Service, exchanges: SimulatedExchanges) -> None:
    first = (await service.convert(exchange="binance", cache_max_seconds=60)).json
    second = (await service.convert(exchange="kucoin", cache_max_seconds=60)).json
    assert (first["exchange"], second["exchange"]) == ("binance", "kucoin")
    assert first["rate"] != second["rate"]
    assert (await exchanges.calls("binance"), await exchanges.calls("kucoin")) == (2, 2)


async def test_the_listing_is_fetched_again_after_minutes(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await service.convert(cache_max_seconds=1000)
    clock.advance(299)
    await service.convert(cache_max_seconds=1000)
    assert await exchanges.paths("binance") == ONE_OF_EACH
    clock.advance(2)
    await service.convert(cache_max_seconds=1000)
    assert await exchanges.paths("binance") == {BINANCE_LISTING: 2, BINANCE_BOOKS: 1}


async def test_not_found_needs_a_listing_younger_than_a_minute(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    assert is_problem(await service.convert("NOPE", "USDT"), 404)
    clock.advance(59)
    assert is_problem(await service.convert("NOPE", "USDT"), 404)
    assert (await exchanges.calls("binance"), await exchanges.calls("kucoin")) == (1, 1)
    clock.advance(2)
    assert is_problem(await service.convert("NOPE", "USDT"), 404)
    assert (await exchanges.calls("binance"), await exchanges.calls("kucoin")) == (2, 2)


@pytest.mark.parametrize(("bound", "most_calls_for_prices"), [(60, 1), (None, 4)])
async def test_two_hundred_cold_requests_at_once_share_their_calls(
    service: Service, exchanges: SimulatedExchanges, bound: int | None, most_calls_for_prices: int
) -> None:
    # With null, all requests that arrive during a fetch share one more fetch.
    await exchanges.commit("binance", "latency", milliseconds=400)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(service.convert("BTC", "USDT", cache_max_seconds=bound)) for _ in range(200)]
    assert {task.result().status for task in asked} == {200}
    calls = await exchanges.paths("binance")
    assert calls[BINANCE_LISTING] == 1
    assert 1 <= calls[BINANCE_BOOKS] <= most_calls_for_prices
    assert await exchanges.calls("kucoin") == 0


async def test_requests_during_a_fetch_share_the_next_one(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    assert (await service.convert()).status == 200
    early = int(clock.time)
    await exchanges.commit("binance", "latency", milliseconds=400)

    async def is_under_way() -> bool:
        return (await exchanges.paths("binance"))[BINANCE_BOOKS] == 2

    async with asyncio.TaskGroup() as group:
        first = group.create_task(service.convert())
        await eventually(is_under_way)
        clock.advance(10)
        exchanges.clock.advance(10)
        later = [group.create_task(service.convert()) for _ in range(50)]
    assert first.result().json["updated_at"] == early
    assert {task.result().json["updated_at"] for task in later} == {early + 10}
    true_mid = (await exchanges.tradable("binance"))["BTCUSDT"].mid
    assert {Decimal(task.result().json["rate"]) for task in later} == {true_mid}
    assert await exchanges.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: 3}


async def test_a_client_that_disconnects_does_not_cancel_the_fetch_of_others(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "latency", milliseconds=200)
    impatient = asyncio.create_task(service.convert(cache_max_seconds=60))

    async def is_under_way() -> bool:
        return await exchanges.calls("binance") == 1

    await eventually(is_under_way)
    patient = asyncio.create_task(service.convert(cache_max_seconds=60))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).status == 200
    assert impatient.cancelled()
    assert await exchanges.paths("binance") == ONE_OF_EACH
