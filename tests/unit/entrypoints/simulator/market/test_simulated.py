import re
from itertools import permutations
from statistics import median

import pytest

from entrypoints.simulator.market.coins import COIN_USD, STABLE_USD, invented_codes
from entrypoints.simulator.market.listing import (
    BINANCE,
    BINANCE_PLAN,
    KUCOIN,
    KUCOIN_PLAN,
    Condition,
    ListingPlan,
    SimulatedPair,
    listed_pairs,
)
from entrypoints.simulator.market.simulated import PairPrices, SimulatedMarket

TICK = 1_700_000_000
EXCHANGES = (BINANCE, KUCOIN)


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return SimulatedMarket(seed=1)


def live_prices(market: SimulatedMarket, exchange: str, tick: int = TICK) -> list[PairPrices]:
    return [prices for prices in market.prices(exchange, tick) if prices.pair.condition is Condition.LIVE]


def mid_of(prices: PairPrices) -> float:
    assert prices.bid is not None
    assert prices.ask is not None
    return (prices.bid + prices.ask) / 2 / 10.0**prices.pair.decimals


def spread_of(prices: PairPrices) -> float:
    assert prices.bid
    assert prices.ask
    return prices.ask / prices.bid - 1


def pairs_of(market: SimulatedMarket, exchange: str) -> dict[tuple[str, str], SimulatedPair]:
    return {(pair.base, pair.quote): pair for pair in market.pairs[exchange]}


@pytest.mark.parametrize(("exchange", "at_least"), [(BINANCE, 1500), (KUCOIN, 1000)])
def test_enough_pairs_are_neither_dead_nor_halted(market: SimulatedMarket, exchange: str, at_least: int) -> None:
    assert len(live_prices(market, exchange)) >= at_least


def test_the_exchanges_share_hundreds_of_pairs(market: SimulatedMarket) -> None:
    assert len(pairs_of(market, BINANCE).keys() & pairs_of(market, KUCOIN).keys()) > 400


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_triangle_closes_within_its_three_spreads_and_steps(market: SimulatedMarket, exchange: str) -> None:
    prices_of = {(prices.pair.base, prices.pair.quote): prices for prices in live_prices(market, exchange)}
    quotes_of: dict[str, list[str]] = {}
    for base, quote in prices_of:
        quotes_of.setdefault(base, []).append(quote)
    gaps: list[float] = []
    for base, names in quotes_of.items():
        for one, other in permutations(names, 2):
            cross, leg, across = prices_of.get((one, other)), prices_of[base, one], prices_of[base, other]
            if cross is None:
                continue
            gaps.append(abs(mid_of(leg) * mid_of(cross) / mid_of(across) - 1))
            assert gaps[-1] <= spread_of(leg) + spread_of(cross) + spread_of(across)
    assert len(gaps) > 300
    assert median(gaps) < 0.0005


def test_both_exchanges_price_the_same_coin_alike(market: SimulatedMarket) -> None:
    binance = {(prices.pair.base, prices.pair.quote): mid_of(prices) for prices in live_prices(market, BINANCE)}
    kucoin = {(prices.pair.base, prices.pair.quote): mid_of(prices) for prices in live_prices(market, KUCOIN)}
    shared = [names for names in binance.keys() & kucoin.keys() if not {"BIFI", "MC", "ACE", "BTTC"} & set(names)]
    assert max(abs(binance[names] / kucoin[names] - 1) for names in shared) < 0.01


def test_one_ticker_is_another_coin_on_the_other_exchange(market: SimulatedMarket) -> None:
    binance = {
        prices.pair.base: mid_of(prices) for prices in live_prices(market, BINANCE) if prices.pair.quote == "USDT"
    }
    kucoin = {prices.pair.base: mid_of(prices) for prices in live_prices(market, KUCOIN) if prices.pair.quote == "USDT"}
    assert binance["BIFI"] / kucoin["BIFI"] > 500


def test_the_same_seed_makes_the_same_market() -> None:
    one, other = SimulatedMarket(seed=7), SimulatedMarket(seed=7)
    assert one.pairs == other.pairs
    assert one.prices(KUCOIN, TICK) == other.prices(KUCOIN, TICK)


def test_another_seed_makes_another_market() -> None:
    one, other = SimulatedMarket(seed=7), SimulatedMarket(seed=8)
    assert one.pairs[BINANCE] != other.pairs[BINANCE]
    assert mid_of(one.prices(BINANCE, TICK)[0]) != mid_of(other.prices(BINANCE, TICK)[0])


def test_an_earlier_tick_gives_the_same_prices_again(market: SimulatedMarket) -> None:
    before = market.prices(BINANCE, TICK)
    market.prices(BINANCE, TICK + 1)
    assert market.prices(BINANCE, TICK) == before


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_most_prices_move_from_one_tick_to_the_next(market: SimulatedMarket, exchange: str) -> None:
    before, after = live_prices(market, exchange), live_prices(market, exchange, TICK + 1)
    moved = sum((one.bid, one.ask) != (other.bid, other.ask) for one, other in zip(before, after, strict=True))
    assert moved > len(before) * 0.6


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_prices_never_move_far_from_where_they_began(market: SimulatedMarket, exchange: str) -> None:
    for tick in (0, TICK, 10**12):
        for before, after in zip(live_prices(market, exchange), live_prices(market, exchange, tick), strict=True):
            assert 0.8 < after.last / before.last < 1.25 or abs(after.last - before.last) <= 10


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_live_books_are_sane_and_as_tight_as_their_price_steps_allow(market: SimulatedMarket, exchange: str) -> None:
    for prices in live_prices(market, exchange):
        assert prices.bid is not None
        assert prices.ask is not None
        assert 0 < prices.bid < prices.ask
        assert prices.ask / prices.bid - 1 < 0.001 + 2.2 / prices.bid


def test_prices_span_a_dozen_magnitudes(market: SimulatedMarket) -> None:
    mids = [mid_of(prices) for exchange in EXCHANGES for prices in live_prices(market, exchange)]
    assert min(mids) < 1e-8
    assert max(mids) > 1e6


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_condition_occurs(market: SimulatedMarket, exchange: str) -> None:
    assert {pair.condition for pair in market.pairs[exchange]} == set(Condition)


def test_halted_pairs_keep_a_price_that_never_moves(market: SimulatedMarket) -> None:
    before, after = market.prices(BINANCE, TICK), market.prices(BINANCE, TICK + 1000)
    halted = [(one, other) for one, other in zip(before, after, strict=True) if one.pair.is_halted]
    assert len(halted) > 20
    assert all(one == other and one.last > 0 for one, other in halted)


def test_the_pairs_of_the_documented_examples_are_listed(market: SimulatedMarket) -> None:
    binance, kucoin = pairs_of(market, BINANCE), pairs_of(market, KUCOIN)
    for names in [("TRX", "USDT"), ("BTC", "USDT"), ("T", "USDT"), ("1INCH", "USDT"), ("1000SATS", "USDT")]:
        assert binance[names].condition is Condition.LIVE
    assert binance["T", "USDT"].symbol == "TUSDT"
    assert binance["币安人生", "USDT"].symbol == "币安人生USDT"
    assert kucoin["LYXe", "USDT"].symbol == "LYXe-USDT"
    for listed in (binance, kucoin):
        assert ("TRX", "ADA") not in listed
        assert ("ADA", "TRX") not in listed
    assert kucoin["KCS", "USDT"].condition is Condition.LIVE
    assert not any("KCS" in names for names in binance)


def test_the_route_over_the_dead_market_promises_more_than_ten_times_the_true_rate(market: SimulatedMarket) -> None:
    prices_of = {(prices.pair.base, prices.pair.quote): prices for prices in market.prices(BINANCE, TICK)}
    dead = mid_of(prices_of["TRX", "DAI"]) / mid_of(prices_of["ADA", "DAI"])
    true = mid_of(prices_of["TRX", "USDT"]) / mid_of(prices_of["ADA", "USDT"])
    assert dead / true > 10


@pytest.mark.parametrize("plan", [BINANCE_PLAN, KUCOIN_PLAN], ids=EXCHANGES)
@pytest.mark.parametrize("count", [1, 30, 3500])
def test_exactly_the_requested_number_of_pairs_is_listed(plan: ListingPlan, count: int) -> None:
    pairs = listed_pairs(plan, 1, count)
    assert len({pair.symbol for pair in pairs}) == count
    assert all(pair.base != pair.quote for pair in pairs)


def test_invented_tickers_never_repeat_and_are_not_real_ones() -> None:
    codes = [code for _, code in zip(range(20_000), invented_codes(), strict=False)]
    assert len(set(codes)) == 20_000
    assert all(re.fullmatch("[A-Z]{4}|[A-Z]{6}", code) for code in codes)
    assert not set(codes) & (COIN_USD.keys() | STABLE_USD.keys())
