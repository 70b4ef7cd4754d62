"""An exchange that asks for a pause gets no call for as long as it says."""

import pytest

from tests.integration.problems import is_problem
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

ASKS_FOR_SEVEN_SECONDS = [
    ("binance", "status", {"code": 429, "retry_after": 7}),
    ("binance", "status", {"code": 418, "retry_after": 7}),
    ("kucoin", "status", {"code": 429, "retry_after": 7}),
]


@pytest.mark.parametrize(("exchange", "kind", "fault"), ASKS_FOR_SEVEN_SECONDS, ids=["429", "418", "kucoins_header"])
async def test_a_rate_limited_exchange_gets_no_call_until_its_retry_time(
    service: Service,
    exchanges: SimulatedExchanges,
    clock: TickingClock,
    exchange: str,
    kind: str,
    fault: dict[str, int],
) -> None:
    await exchanges.commit(exchange, kind, **fault)
    limited = await service.convert(exchange=exchange)
    assert is_problem(limited, 503)
    assert (limited.json["failures"], limited.headers["Retry-After"]) == ({exchange: "rate_limited"}, "7")
    await exchanges.stop(exchange)
    for advanced, left in ((3, "4"), (3.9, "1")):
        clock.advance(advanced)
        answer = await service.convert(exchange=exchange)
        assert is_problem(answer, 503)
        assert (answer.json["failures"], answer.headers["Retry-After"]) == ({exchange: "rate_limited"}, left)
    assert await exchanges.calls(exchange) == 1
    clock.advance(0.2)
    assert (await service.convert(exchange=exchange)).status == 200
    assert await exchanges.calls(exchange) == 3


async def test_while_the_first_exchange_is_paused_the_second_serves(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await exchanges.commit("binance", "status", code=429, retry_after=5, times=1)
    for _ in range(5):
        assert (await service.convert()).json["exchange"] == "kucoin"
    assert await exchanges.calls("binance") == 1
    clock.advance(5.1)
    assert (await service.convert()).json["exchange"] == "binance"


async def test_a_rate_limit_on_prices_stops_calls_for_pairs_too(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    assert (await service.convert()).json["exchange"] == "binance"
    await exchanges.commit("binance", "status", code=429, retry_after=1000)
    assert (await service.convert()).json["exchange"] == "kucoin"
    clock.advance(400)  # the listing is too old by now
    exchanges.clock.advance(400)  # KuCoin dates its prices
    assert (await service.convert()).json["exchange"] == "kucoin"
    assert await exchanges.calls("binance") == 3


async def test_without_a_retry_time_the_pause_is_half_a_minute(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await exchanges.commit("binance", "status", code=429, times=1)
    assert (await service.convert()).json["exchange"] == "kucoin"
    clock.advance(29)
    assert (await service.convert()).json["exchange"] == "kucoin"
    assert await exchanges.calls("binance") == 1
    clock.advance(2)
    assert (await service.convert()).json["exchange"] == "binance"


async def test_an_overloaded_kucoin_is_called_again_after_a_second(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    overload = {"code": "429000", "message": "System-level rate limit exceeded"}
    await exchanges.commit("kucoin", "failure_code", times=1, **overload)
    assert (await service.convert(exchange="kucoin")).headers["Retry-After"] == "1"
    clock.advance(1.1)
    assert (await service.convert(exchange="kucoin")).status == 200


async def test_a_rate_limited_exchange_still_serves_fresh_prices(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    before = (await service.convert()).json
    await exchanges.commit("binance", "status", code=418, retry_after=100)
    assert (await service.convert()).json["exchange"] == "kucoin"
    clock.advance(20)
    assert (await service.convert(cache_max_seconds=60)).json == before
