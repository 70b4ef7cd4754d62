"""The other simulated exchanges fail as the real ones do, and Crossrate's adapters know each failure by its name."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from adapters.rest.registered_exchange import ExchangeParts
from application.market_data.ports.exchange import Exchange
from domain.rates.errors import ExchangeUnavailable, FailureReason
from entrypoints.settings.installed_exchanges import registered_exchanges
from entrypoints.simulator.app import VENUES, simulator_app
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter

LISTED = ("bybit", "coinbase", "kraken", "okx")
FAILURES: list[tuple[dict[str, object], FailureReason]] = [
    ({"kind": "reset"}, FailureReason.NETWORK),
    ({"kind": "drop"}, FailureReason.NETWORK),
    ({"kind": "status", "code": 429}, FailureReason.RATE_LIMITED),
    ({"kind": "status", "code": 503}, FailureReason.SERVER_ERROR),
    ({"kind": "status", "code": 403}, FailureReason.BLOCKED),
    ({"kind": "status", "code": 404}, FailureReason.REFUSED),
    ({"kind": "html"}, FailureReason.BAD_BODY),
    ({"kind": "empty"}, FailureReason.BAD_BODY),
    ({"kind": "truncated_json"}, FailureReason.BAD_BODY),
    ({"kind": "truncated_body"}, FailureReason.BAD_BODY),
    ({"kind": "nonsense"}, FailureReason.BAD_BODY),
    ({"kind": "empty_list"}, FailureReason.BAD_BODY),
]
BOOKS_SHOWN = frozenset({"bybit", "kraken", "okx"})  # of all pairs in one answer
CODES: dict[str, list[tuple[dict[str, str], FailureReason]]] = {
    "coinbase": [],
    "bybit": [({"code": "10006"}, FailureReason.RATE_LIMITED), ({"code": "10016"}, FailureReason.SERVER_ERROR)],
    "kraken": [
        ({"message": "EGeneral:Too many requests"}, FailureReason.RATE_LIMITED),
        ({}, FailureReason.SERVER_ERROR),
        ({"message": "EQuery:Unknown asset pair"}, FailureReason.REFUSED),
    ],
    "okx": [({"code": "50011"}, FailureReason.RATE_LIMITED), ({"code": "51000"}, FailureReason.REFUSED)],
}


@dataclass(frozen=True)
class Simulated:
    """A simulated exchange and the adapter that asks it."""

    exchange: Exchange
    control: aiohttp.ClientSession
    clock: FakeClock

    async def commit(self, fault: dict[str, object]) -> None:
        async with self.control.put(f"/control/faults/{self.exchange.name}", json=fault) as response:
            assert response.status == 200, await response.text()

    async def recover(self) -> None:
        async with self.control.delete(f"/control/faults/{self.exchange.name}") as response:
            assert response.status == 200

    async def reasons(self) -> set[FailureReason]:
        found = set()
        books = [self.exchange.fetch_book_tickers] if self.exchange.name in BOOKS_SHOWN else []
        for fetch in (self.exchange.fetch_instruments, *books):
            with pytest.raises(ExchangeUnavailable) as caught:
                await fetch()
            found.add(caught.value.reason)
        return found


@pytest.fixture(params=LISTED)
async def simulated(request: pytest.FixtureRequest) -> AsyncIterator[Simulated]:
    name, clock = request.param, FakeClock()
    app = simulator_app(clock=clock.now)
    assert set(LISTED) <= app[VENUES].keys()
    async with serving(app) as url, aiohttp.ClientSession() as session, aiohttp.ClientSession(url) as control:
        parts = ExchangeParts(url=f"{url}/{name}", settings={}, session=session, clock=clock, meter=FakeMeter())
        yield Simulated(registered_exchanges()[name].market_data(parts), control, clock)


async def test_every_failure_is_known_by_its_name(simulated: Simulated) -> None:
    codes: list[tuple[dict[str, object], FailureReason]] = [
        ({"kind": "failure_code", **detail}, reason) for detail, reason in CODES[simulated.exchange.name]
    ]
    for fault, reason in [*FAILURES, *codes]:
        await simulated.commit(fault)
        assert await simulated.reasons() == {reason}, fault
    await simulated.recover()
    assert len(await simulated.exchange.fetch_instruments()) > 380
    if simulated.exchange.name in BOOKS_SHOWN:
        assert len((await simulated.exchange.fetch_book_tickers()).by_symbol) > 400


async def test_a_few_bad_rows_are_left_out_and_cost_nothing_else(simulated: Simulated) -> None:
    whole = {each.symbol for each in await simulated.exchange.fetch_instruments()}
    if simulated.exchange.name not in BOOKS_SHOWN:
        await simulated.commit({"kind": "bad_rows", "every": 40})
        listed = {each.symbol for each in await simulated.exchange.fetch_instruments()}
        assert listed < whole
        assert len(listed) > len(whole) * 0.95
        return
    books = (await simulated.exchange.fetch_book_tickers()).by_symbol
    await simulated.commit({"kind": "bad_rows", "every": 40})
    listed = {each.symbol for each in await simulated.exchange.fetch_instruments()}
    assert listed < whole
    assert len(listed) > len(whole) * 0.95
    kept = (await simulated.exchange.fetch_book_tickers()).by_symbol
    assert kept.keys() < books.keys()
    assert {symbol: kept[symbol] for symbol in kept} == {symbol: books[symbol] for symbol in kept}
    await simulated.commit({"kind": "part", "rows": 7})
    assert len((await simulated.exchange.fetch_book_tickers()).by_symbol) == 7


async def test_prices_move_and_are_as_old_as_the_exchange_says(simulated: Simulated) -> None:
    if simulated.exchange.name not in BOOKS_SHOWN:
        await simulated.commit({"kind": "past_time", "seconds": 3600})
        order_books = simulated.exchange.order_books
        assert order_books is not None
        assert (await order_books.fetch_order_book("BTC-USD")).observed_at == simulated.clock.now() - 3600
        return
    before = await simulated.exchange.fetch_book_tickers()
    simulated.clock.advance(600)
    after = await simulated.exchange.fetch_book_tickers()
    assert after.by_symbol.bids != before.by_symbol.bids
    assert (after.observed_at, after.lag_seconds) == (simulated.clock.now(), 0)
    if simulated.exchange.name == "kraken":  # its tickers have no time
        return
    await simulated.commit({"kind": "past_time", "seconds": 3600})
    assert (await simulated.exchange.fetch_book_tickers()).observed_at == simulated.clock.now() - 3600
