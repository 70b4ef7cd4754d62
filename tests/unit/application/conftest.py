"""One exchange behind one shared fetch of its books, with everything around it in the test's hand."""

from functools import partial

import pytest

from application.exchange_calls import ExchangeCalls
from application.fresh_market import FreshMarket
from application.ports.turns import Payload
from application.shared_fetch import SharedFetch
from application.turn_taking import TurnTaking
from domain.market import Books
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter
from tests.unit.fakes.turns import FakeTurns


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache() -> FakeMarketCache:
    return FakeMarketCache()


@pytest.fixture
def turns(clock: FakeClock) -> FakeTurns:
    return FakeTurns(clock)


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock, {"BTC/USDT": ("99", "101")})


@pytest.fixture
def books(exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock) -> SharedFetch[Books]:
    return shared_books(exchange, cache, turns, clock)


def shared_books(
    exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock
) -> SharedFetch[Books]:
    """One process' books; others have their own over the same cache and turns."""
    calls = ExchangeCalls(exchange.name, clock, FakeMeter())
    return SharedFetch(
        payload=Payload.BOOKS,
        clock=clock,
        turns=TurnTaking(exchange.name, turns, calls),
        fetch=partial(calls.make, exchange.fetch_books),
        read_cache=partial(cache.books, exchange.name),
        write_cache=cache.keep_books,
        on_newer=lambda _, __: None,
    )


def fresh_market(exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock) -> FreshMarket:
    """One process' market of the exchange."""
    return FreshMarket(
        exchange=exchange, cache=cache, turns=turns, clock=clock, meter=FakeMeter(), listing_max_age_seconds=600
    )
