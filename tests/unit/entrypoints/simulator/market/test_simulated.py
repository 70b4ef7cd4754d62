import re
from itertools import permutations
from statistics import median

import pytest

from entrypoints.simulator.market.coins import COIN_USD, STABLE_USD, invented_codes
from entrypoints.simulator.market.listing import BINANCE, KUCOIN, Condition, SimulatedPair, listed_pairs
from entrypoints.simulator.market.simulated import Quote, SimulatedMarket

TICK = 1_700_000_000
EXCHANGES = (BINANCE, KUCOIN)


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return SimulatedMarket(seed=1)


def live_quotes(market: SimulatedMarket, exchange: str, tick: int = TICK) -> list[Quote]:
    return [quote for quote in market.quotes(exchange, tick) if quote.pair.condition is Condition.LIVE]


def mid_of(quote: Quote) -> float:
    assert quote.bid is not None
    assert quote.ask is not None
    return (quote.bid + quote.ask) / 2 / 10.0**quote.pair.decimals


def spread_of(quote: Quote) -> float:
    assert quote.bid
    assert quote.ask
    return quote.ask / quote.bid - 1


def pairs_of(market: SimulatedMarket, exchange: str) -> dict[tuple[str, str], SimulatedPair]:
    return {(pair.base, pair.quote): pair for pair in market.pairs[exchange]}


@pytest.mark.parametrize(("exchange", "at_least"), [(BINANCE, 1500), (KUCOIN, 1000)])
def test_enough_pairs_are_neither_dead_nor_halted(market: SimulatedMarket, exchange: str, at_least: int) -> None:
    assert len(live_quotes(market, exchange)) >= at_least


def test_the_exchanges_share_hundreds_of_pairs(market: SimulatedMarket) -> None:
    assert len(pairs_of(market, BINANCE).keys() & pairs_of(market, KUCOIN).keys()) > 400


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_triangle_closes_within_its_three_spreads_and_steps(market: SimulatedMarket, exchange: str) -> None:
    quotes = {(quote.pair.base, quote.pair.quote): quote for quote in live_quotes(market, exchange)}
    quotes_of: dict[str, list[str]] = {}
    for base, quote in quotes:
        quotes_of.setdefault(base, []).append(quote)
    gaps: list[float] = []
    for base, names in quotes_of.items():
        for one, other in permutations(names, 2):
            cross, leg, across = quotes.get((one, other)), quotes[base, one], quotes[base, other]
            if cross is None:
                continue
            gaps.append(abs(mid_of(leg) * mid_of(cross) / mid_of(across) - 1))
            assert gaps[-1] <= spread_of(leg) + spread_of(cross) + spread_of(across)
    assert len(gaps) > 300
    assert median(gaps) < 0.0005


def test_the_exchanges_agree_on_the_coins_that_are_the_same(market: SimulatedMarket) -> None:
    binance = {(quote.pair.base, quote.pair.quote): mid_of(quote) for quote in live_quotes(market, BINANCE)}
    kucoin = {(quote.pair.base, quote.pair.quote): mid_of(quote) for quote in live_quotes(market, KUCOIN)}
    shared = [names for names in binance.keys() & kucoin.keys() if not {"BIFI", "MC", "BTTC"} & set(names)]
    assert max(abs(binance[names] / kucoin[names] - 1) for names in shared) < 0.01


def test_one_ticker_is_another_coin_on_the_other_exchange(market: SimulatedMarket) -> None:
    binance = {quote.pair.base: mid_of(quote) for quote in live_quotes(market, BINANCE) if quote.pair.quote == "USDT"}
    kucoin = {quote.pair.base: mid_of(quote) for quote in live_quotes(market, KUCOIN) if quote.pair.quote == "USDT"}
    assert binance["BIFI"] / kucoin["BIFI"] > 500


def test_the_same_seed_makes_the_same_market() -> None:
    one, other = SimulatedMarket(seed=7), SimulatedMarket(seed=7)
    assert one.pairs == other.pairs
    assert one.quotes(KUCOIN, TICK) == other.quotes(KUCOIN, TICK)


def test_another_seed_makes_another_market() -> None:
    one, other = SimulatedMarket(seed=7), SimulatedMarket(seed=8)
    assert one.pairs[BINANCE] != other.pairs[BINANCE]
    assert mid_of(one.quotes(BINANCE, TICK)[0]) != mid_of(other.quotes(BINANCE, TICK)[0])


def test_a_tick_can_be_asked_for_again_after_others(market: SimulatedMarket) -> None:
    before = market.quotes(BINANCE, TICK)
    market.quotes(BINANCE, TICK + 1)
    assert market.quotes(BINANCE, TICK) == before


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_most_prices_move_from_one_tick_to_the_next(market: SimulatedMarket, exchange: str) -> None:
    before, after = live_quotes(market, exchange), live_quotes(market, exchange, TICK + 1)
    moved = sum((one.bid, one.ask) != (other.bid, other.ask) for one, other in zip(before, after, strict=True))
    assert moved > len(before) * 0.6


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_prices_wander_but_never_far(market: SimulatedMarket, exchange: str) -> None:
    for tick in (0, TICK, 10**12):
        for before, after in zip(live_quotes(market, exchange), live_quotes(market, exchange, tick), strict=True):
            assert 0.8 < after.last / before.last < 1.25 or abs(after.last - before.last) <= 10


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_live_books_are_sane_and_tight_wherever_the_steps_are_fine(market: SimulatedMarket, exchange: str) -> None:
    for quote in live_quotes(market, exchange):
        assert quote.bid is not None
        assert quote.ask is not None
        assert 0 < quote.bid < quote.ask
        assert quote.ask / quote.bid - 1 < 0.001 + 2.2 / quote.bid


def test_prices_span_a_dozen_magnitudes(market: SimulatedMarket) -> None:
    mids = [mid_of(quote) for exchange in EXCHANGES for quote in live_quotes(market, exchange)]
    assert min(mids) < 1e-8
    assert max(mids) > 1e6


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_condition_occurs(market: SimulatedMarket, exchange: str) -> None:
    assert {pair.condition for pair in market.pairs[exchange]} == set(Condition)


def test_halted_pairs_keep_a_price_that_never_moves(market: SimulatedMarket) -> None:
    before, after = market.quotes(BINANCE, TICK), market.quotes(BINANCE, TICK + 1000)
    halted = [(one, other) for one, other in zip(before, after, strict=True) if one.pair.is_halted]
    assert len(halted) > 20
    assert all(one == other and one.last > 0 for one, other in halted)


def test_the_pairs_of_the_examples_are_listed_as_the_examples_need_them(market: SimulatedMarket) -> None:
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


def test_the_dead_market_between_trx_and_ada_promises_more_than_ten_times_the_truth(market: SimulatedMarket) -> None:
    quotes = {(quote.pair.base, quote.pair.quote): quote for quote in market.quotes(BINANCE, TICK)}
    dead = mid_of(quotes["TRX", "DAI"]) / mid_of(quotes["ADA", "DAI"])
    true = mid_of(quotes["TRX", "USDT"]) / mid_of(quotes["ADA", "USDT"])
    assert dead / true > 10


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("count", [1, 30, 3500])
def test_exactly_as_many_pairs_are_listed_as_were_asked_for(exchange: str, count: int) -> None:
    pairs = listed_pairs(exchange, 1, count)
    assert len({pair.symbol for pair in pairs}) == count
    assert all(pair.base != pair.quote for pair in pairs)


def test_invented_tickers_are_no_real_ones_and_never_repeat() -> None:
    codes = [code for _, code in zip(range(20_000), invented_codes(), strict=False)]
    assert len(set(codes)) == 20_000
    assert all(re.fullmatch("[A-Z]{4}|[A-Z]{6}", code) for code in codes)
    assert not set(codes) & (COIN_USD.keys() | STABLE_USD.keys())
