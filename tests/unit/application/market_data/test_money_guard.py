"""A coin that is listed under the code of a state's money is never valued as that money."""

from datetime import date

import pytest
from structlog.testing import capture_logs

from application.market_data.market_data import MarketData
from application.market_data.money_guard import EVERY_SECONDS, MOST_OVERDUE_SECONDS
from domain.currency import Currency
from domain.rates.bank_days import missed_at
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, Prices
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache

FRIDAY = date(2024, 4, 26)
MONEY: dict[str, Prices] = {"EUR/USDT": ("1.09", "1.1"), "USDT/TRY": ("19.3", "19.4"), "GBP/USDT": ("1.24", "1.25")}
COIN: dict[str, Prices] = {"RON/USDT": ("1.5", "1.51"), "RON/BTC": ("0.00005", "0.000051")}
REAL: dict[str, Prices] = {"RON/USDT": ("0.222", "0.223")}
RON, TOKEN = Currency("RON"), Currency("RON.TOKEN")


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock, MONEY | COIN)


@pytest.fixture
def market(exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock) -> MarketData:
    return market_data_of(exchange, cache, fetch_lock, clock)


async def fetched(market: MarketData) -> Instruments:
    """Fetch both, and return the instruments that conversions use."""
    await market.refresh(0)
    return await market.instruments()


async def test_a_coin_under_the_code_of_money_gets_the_name_of_a_coin(market: MarketData) -> None:
    market.take_bank_rates(publication(FRIDAY))
    with capture_logs() as logs:
        instruments = await fetched(market)
    assert (instruments.lists(TOKEN), instruments.lists(RON)) == (True, False)
    assert market.newest is not None
    assert market.newest.instruments is instruments
    routes = market.routes_in_memory(NOON, NOON)
    assert routes is not None
    assert routes.market.instruments is instruments
    assert routes.find(RON, Currency("USDT")) is None
    assert routes.find(TOKEN, Currency("USDT")) is not None
    (line,) = [each for each in logs if each["event"] == "coins_under_money_found"]
    assert (line["exchange"], line["times_the_bank_rate"]) == ("binance", {"RON": pytest.approx(6.77, rel=0.01)})


async def test_all_that_costs_what_the_bank_says_stays_money(market: MarketData, exchange: FakeExchange) -> None:
    exchange.trade(MONEY | REAL)
    market.take_bank_rates(publication(FRIDAY))
    with capture_logs() as logs:
        instruments = await fetched(market)
    assert all(instruments.lists(Currency(code)) for code in ("EUR", "TRY", "GBP", "RON"))
    assert [line for line in logs if line["event"].startswith("coins_under_money")] == []


async def test_rates_that_come_later_decide_about_what_is_in_memory(market: MarketData) -> None:
    before = await fetched(market)
    assert before.lists(RON)
    market.take_bank_rates(publication(FRIDAY))
    after = await market.instruments()
    assert (after.lists(TOKEN), after.lists(RON), after.observed_at) == (True, False, before.observed_at)


async def test_a_request_that_began_with_the_earlier_names_finds_no_rate_for_the_coin(market: MarketData) -> None:
    before = await fetched(market)
    market.take_bank_rates(publication(FRIDAY))
    books = await market.book_tickers(NOON)
    assert market.routes(before, books).find(RON, Currency("USDT")) is None


async def test_a_coin_is_found_with_its_first_price_even_if_that_is_streamed(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.trade(MONEY | COIN)
    exchange.book_tickers = [row for row in exchange.book_tickers if not row[0].startswith("RON")]
    market.take_bank_rates(publication(FRIDAY))
    assert (await fetched(market)).lists(RON)
    clock.advance(1)
    rows = [(symbol, *prices) for symbol, prices in (MONEY | COIN).items()]
    market.take_streamed(BookTickers.of("binance", rows, clock.now()), None, is_own=True)
    assert market.newest is not None
    assert not market.newest.instruments.lists(RON)


async def test_between_first_prices_the_comparison_is_rare(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.trade(MONEY | REAL)
    market.take_bank_rates(publication(FRIDAY))
    await fetched(market)
    exchange.trade(MONEY | COIN)
    exchange.listed = [row for row in exchange.listed if row[0] != "RON/BTC"]
    clock.advance(EVERY_SECONDS - 1)
    await market.book_tickers(clock.now())
    assert market.newest is not None
    assert market.newest.instruments.lists(RON)
    clock.advance(1)
    await market.book_tickers(clock.now())
    assert market.newest is not None
    assert not market.newest.instruments.lists(RON)


async def test_what_turns_out_to_be_money_is_money_again(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    market.take_bank_rates(publication(FRIDAY))
    assert not (await fetched(market)).lists(RON)
    exchange.book_tickers = [row for row in exchange.book_tickers if not row[0].startswith("RON")]
    clock.advance(EVERY_SECONDS)
    assert not (await fetched(market)).lists(RON)  # a price that is gone shows nothing
    exchange.trade(MONEY | REAL)
    clock.advance(EVERY_SECONDS)
    with capture_logs() as logs:
        instruments = await fetched(market)
    assert (instruments.lists(TOKEN), instruments.lists(RON)) == (False, True)
    assert [line["codes"] for line in logs if line["event"] == "coins_under_money_ended"] == [["RON"]]


async def test_rates_of_another_time_decide_nothing(market: MarketData, clock: FakeClock) -> None:
    market.take_bank_rates(publication(FRIDAY))
    clock.time = missed_at(FRIDAY) + MOST_OVERDUE_SECONDS + 1
    assert (await fetched(market)).lists(RON)
