"""What an exchange serves as if it were new, or as if it were all: caught at the wire, and seen by clients."""

import pytest

from tests.integration.problems import is_problem
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import BINANCE_LISTING, KUCOIN_BOOKS, KUCOIN_LISTING, SimulatedExchanges
from tests.unit.fakes.clock import NOON, TickingClock


async def test_a_snapshot_of_ten_minutes_ago_makes_the_exchange_unavailable(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("kucoin", "past_time", path=KUCOIN_BOOKS, seconds=600)
    answer = await service.convert(exchange="kucoin", cache_max_seconds=10)
    assert is_problem(answer, 503)
    assert answer.json["failures"] == {"kucoin": "stale"}
    readiness = (await service.ask("GET", "/health/ready")).json
    assert readiness["dependencies"]["kucoin"]["status"] == "down"


async def test_a_snapshot_of_half_a_minute_ago_is_reported_as_that_old(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("kucoin", "past_time", path=KUCOIN_BOOKS, seconds=30)
    answer = await service.convert(exchange="kucoin", cache_max_seconds=60)
    assert (answer.status, answer.json["updated_at"]) == (200, NOON - 30)
    assert is_problem(await service.convert(exchange="kucoin", cache_max_seconds=10), 503)
    assert (await service.convert(cache_max_seconds=10)).json["exchange"] == "binance"


@pytest.mark.parametrize(("exchange", "listing"), [("binance", BINANCE_LISTING), ("kucoin", KUCOIN_LISTING)])
async def test_a_listing_that_shrinks_to_five_rows_is_rejected(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock, exchange: str, listing: str
) -> None:
    books = list((await exchanges.tradable(exchange)).values())
    last = books[-1]
    assert (await service.convert(last.base, last.quote, exchange=exchange)).status == 200
    await exchanges.commit(exchange, "part", path=listing, rows=5)
    exchanges.clock.advance(250)
    clock.advance(250)
    assert (await service.convert(last.base, last.quote, exchange=exchange)).status == 200  # by the old one
    exchanges.clock.advance(100)
    clock.advance(100)
    answer = await service.convert(last.base, last.quote, exchange=exchange)
    assert is_problem(answer, 503)
    assert answer.json["failures"] == {exchange: "incomplete"}
