"""A watched rate is always what a conversion finds, and computed again only when a deciding price has changed."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal

import pytest

from application.market_data.freshness import Generations
from application.market_data.market import Market
from application.rates import live_rates
from application.rates.convert import Convert
from application.rates.live_rates import LiveRates
from application.rates.live_watch import Watch, WatchedPair
from application.rates.routes_in_memory import RoutesInMemory
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NoRoute
from domain.rates.route import Route
from domain.rates.routing import MAX_LEGS
from domain.rates.spread import SpreadBounds
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import Prices, failure

CURRENCIES = ("A", "B", "C", "D", "E")
BOUNDS = SpreadBounds(Decimal(40), Decimal(10))


def watched(*pairs: str, rate_type: RateType = RateType.MID) -> list[WatchedPair]:
    return [WatchedPair(Pair.parse(pair), rate_type) for pair in pairs]


def live_of(harness: ConversionHarness) -> LiveRates:
    return LiveRates(convert=harness.use_case)


async def seen(live: LiveRates, watch: Watch) -> dict[str, Conversion | CrossrateError]:
    await live.step()
    await asyncio.sleep(0.01)  # look-ups
    return {str(rate.watched.pair): rate.outcome for rate in await watch.changes(0)}


def _shown(outcome: Conversion | CrossrateError) -> str:
    if isinstance(outcome, Conversion):
        return f"{outcome.rate} {outcome.route.exchange}"
    return type(outcome).__name__


def random_prices(random_: random.Random) -> dict[str, Prices]:
    """Some pairs, of which some have a wide spread and some one too wide for a price."""
    pairs = [f"{one}/{other}" for one, other in itertools.combinations(CURRENCIES, 2) if random_.random() < 0.6]
    return {pair: _random_price(random_) for pair in pairs or ["A/B"]}


def _random_price(random_: random.Random) -> Prices:
    bid = random_.randint(100, 200)
    return str(bid), str(bid * random_.choice([1, 1, 1, 1.2, 2]))


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_changes_a_watched_rate_is_what_a_conversion_finds(seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 -- no secret
    prices = {name: random_prices(random_) for name in ("binance", "kucoin")}
    harness = ConversionHarness(prices["binance"], prices["kucoin"], spread_bounds=BOUNDS, threshold_percent=None)
    live, names = live_of(harness), [f"{one}/{other}" for one, other in itertools.permutations(CURRENCIES, 2)]
    known: dict[str, Conversion | CrossrateError] = {}
    with live.watch(watched(*names)) as watch:
        for _ in range(40):
            for market in harness.markets.values():
                await market.refresh(0)
            known |= await seen(live, watch)
            for name in names:
                base, quote = name.split("/")
                try:
                    expected = _shown(await harness.convert(base, quote, cache_max_seconds=60))
                except NoRoute:
                    expected = "NoRoute"
                assert _shown(known[name]) == expected, (name, prices)
            exchange = random_.choice([harness.binance, harness.kucoin])
            changed = prices[exchange.name]
            if random_.random() < 0.1:
                prices[exchange.name] = random_prices(random_)
            else:
                changed[random_.choice(list(changed))] = _random_price(random_)
            exchange.trade(prices[exchange.name])
            harness.clock.advance(1)


class CountingRoutes(RoutesInMemory):
    """Notes for which pairs routes are searched."""

    def __init__(self, harness: ConversionHarness) -> None:
        super().__init__(markets=list(harness.markets.values()), meter=harness.meter, max_legs=MAX_LEGS, reference=None)
        self.searched: set[str] = set()

    def route(
        self,
        markets: Sequence[Market],
        currency_from: Currency,
        currency_to: Currency,
        not_before: float | None,
        now: float,
    ) -> Route | None:
        self.searched.add(f"{currency_from}/{currency_to}")
        return super().route(markets, currency_from, currency_to, not_before, now)


def convert_with(routes: RoutesInMemory, harness: ConversionHarness) -> Convert:
    convert = Convert(markets=harness.markets, generations=Generations(harness.clock), meter=harness.meter)
    convert.memory = routes
    return convert


async def test_only_prices_that_decide_a_route_have_it_searched_again() -> None:
    tight = ("100", "101")
    books = {"A/B": tight, "B/C": tight, "A/D": tight, "D/C": ("100", "104"), "E/F": tight, "C/G": tight}
    harness = ConversionHarness(books, threshold_percent=None)
    routes = CountingRoutes(harness)
    live = LiveRates(convert=convert_with(routes, harness))

    async def searched_after(**changed: Prices) -> set[str]:
        books.update({symbol.replace("_", "/"): prices for symbol, prices in changed.items()})
        harness.binance.trade(books)
        await harness.markets["binance"].refresh(100)
        routes.searched.clear()
        await live.step()
        return set(routes.searched)

    with live.watch(watched("A/B", "A/C", "B/G")):
        assert await searched_after() == {"A/B", "A/C", "B/G"}
        assert await searched_after() == set()
        assert await searched_after(E_F=("7", "8")) == set()
        assert await searched_after(A_B=("100", "102")) == {"A/B", "A/C", "B/G"}
        assert await searched_after(D_C=("100", "101")) == {"A/C"}


async def test_a_pair_without_prices_in_memory_is_looked_up_and_its_failure_told_once() -> None:
    harness = ConversionHarness({"A/B": ("1", "2")}, threshold_percent=None)
    harness.binance.standing_failure = harness.kucoin.standing_failure = failure("binance")
    live = live_of(harness)
    with live.watch(watched("A/B")) as watch:
        await live.step()
        assert [_shown(change.outcome) for change in await watch.changes(5)] == ["ConversionUnavailable"]
        calls = harness.binance.calls
        assert await seen(live, watch) == {}
        assert harness.binance.calls == calls  # not before a while has passed


async def test_watchers_share_what_is_computed_and_see_only_what_is_new_to_them() -> None:
    harness = ConversionHarness({"A/B": ("1", "1"), "A/C": ("1", "1")}, threshold_percent=None)
    await harness.markets["binance"].refresh(0)
    live = live_of(harness)
    with live.watch(watched("A/B", "A/C")) as first:
        await live.step()
        one, other = await first.changes(1)
        with live.watch(watched("A/B", "A/C"), one.version) as second:
            assert await second.changes(1) == [other]
        harness.binance.trade({"A/B": ("2", "2"), "A/C": ("1", "1")})
        await harness.markets["binance"].refresh(0)
        await live.step()
        harness.binance.trade({"A/B": ("3", "3"), "A/C": ("1", "1")})
        await harness.markets["binance"].refresh(0)
        await live.step()
        assert [_shown(change.outcome) for change in await first.changes(1)] == ["3.0 binance"]
        live.end()
        assert list(await first.changes(1)) == []
        assert first.is_over


async def test_a_rate_reaches_thousands_of_watchers_a_few_at_a_time() -> None:
    harness = ConversionHarness({"A/B": ("1", "1")}, threshold_percent=None)
    await harness.markets["binance"].refresh(0)
    live = live_of(harness)
    loop, iteration, seen_in = asyncio.get_running_loop(), 0, list[int]()

    def count_iterations() -> None:
        nonlocal iteration
        iteration += 1
        loop.call_soon(count_iterations)

    async def see(watch: Watch) -> None:
        (rate,) = await watch.changes(5)
        assert _shown(rate.outcome) == "1.0 binance"
        seen_in.append(iteration)

    with ExitStack() as stack:
        watching = [asyncio.create_task(see(stack.enter_context(live.watch(watched("A/B"))))) for _ in range(2000)]
        await asyncio.sleep(0)
        count_iterations()
        await live.step()
        await asyncio.gather(*watching)
    assert max(Counter(seen_in).values()) <= live_rates.WATCHERS_AT_ONCE


async def test_who_watches_one_pair_does_not_wait_until_all_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_rates, "slice_is_over", lambda: True)
    harness = ConversionHarness({"A/B": ("1", "1"), "C/D": ("1", "1")}, threshold_percent=None)
    await harness.markets["binance"].refresh(0)
    routes = CountingRoutes(harness)
    live = LiveRates(convert=convert_with(routes, harness))
    with live.watch(watched("A/B")) as first, live.watch(watched("C/D")):

        async def searched_until_seen() -> set[str]:
            await first.changes(5)
            return set(routes.searched)

        seeing = asyncio.create_task(searched_until_seen())
        await asyncio.sleep(0)
        await live.step()
        assert await seeing == {"A/B"}


async def test_nothing_is_computed_or_kept_while_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_rates, "INTERVAL_SECONDS", 0.001)
    harness = ConversionHarness({"A/B": ("1", "1")}, threshold_percent=None)
    live = live_of(harness)
    running = asyncio.create_task(live.run())
    await asyncio.sleep(0.01)
    assert harness.binance.calls == 0
    with live.watch(watched("A/B", rate_type=RateType.EXECUTABLE)) as watch:
        (rate,) = await watch.changes(5)
        assert rate.watched.pair.base == Currency("A")
    calls = harness.binance.calls
    harness.clock.advance(1000)
    await asyncio.sleep(0.01)
    assert harness.binance.calls == calls
    running.cancel()


async def test_a_fault_at_one_pair_does_not_keep_others_from_their_change() -> None:
    class Faulty(CountingRoutes):
        def route(self, markets, currency_from, *more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202 -- passed on
            if currency_from == Currency("A"):
                raise RuntimeError("a fault in the service")
            return super().route(markets, currency_from, *more)

    harness = ConversionHarness({"A/B": ("1", "1"), "C/D": ("1", "1")}, threshold_percent=None)
    await harness.markets["binance"].refresh(0)
    live = LiveRates(convert=convert_with(Faulty(harness), harness))
    with live.watch(watched("A/B", "C/D")) as watch:
        await live.step()
        assert [str(change.watched.pair) for change in await watch.changes(1)] == ["C/D"]
