"""The conversion with a fake Binance, a fake KuCoin and a fake cache around it."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from application.market_data.freshness import Arrival, Generations
from application.market_data.limits import CONFIRM_AFTER_SECONDS, MarketLimits
from application.market_data.outlier_guard import OutlierGuard
from application.rates.batch import Batch, ConversionLine, Outcome
from application.rates.convert import Convert
from application.rates.convert_many import ConvertMany
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, NoRoute
from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds
from tests.unit.application.market_data.builders import LISTING_MAX_AGE_SECONDS, market_data_of
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange, Prices
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter

NOTHING_OF_INTEREST = {"ELSE/WHERE": ("1", "1")}


class ConversionHarness:
    """Two exchanges, in the order in which they are asked, which trade the prices given.

    `beside` is another process, which shares the cache and the fetch lock.
    """

    def __init__(
        self,
        binance: Mapping[str, Prices] | None = None,
        kucoin: Mapping[str, Prices] | None = None,
        *,
        max_legs: int = 3,
        threshold_percent: str | None = "10",
        spread_bounds: SpreadBounds = NO_SPREAD_BOUNDS,
        max_source_age_seconds: float = 60.0,
        max_loss_percent: float = 0.0,
        max_jump_percent: float = 0.0,
        confirm_after_seconds: float = CONFIRM_AFTER_SECONDS,
        clock: FakeClock | None = None,
        reference: NewestReferenceRates | None = None,
        beside: "ConversionHarness | None" = None,
    ) -> None:
        self.clock: FakeClock = beside.clock if beside else clock or FakeClock()
        self.cache: FakeMarketCache = beside.cache if beside else FakeMarketCache()
        self.fetch_lock: FakeFetchLock = beside.fetch_lock if beside else FakeFetchLock(self.clock)
        self.meter = FakeMeter()
        self.binance = FakeExchange("binance", self.clock, binance or NOTHING_OF_INTEREST)
        self.kucoin = FakeExchange("kucoin", self.clock, kucoin or NOTHING_OF_INTEREST)
        generations = Generations(self.clock)
        limits = MarketLimits(
            LISTING_MAX_AGE_SECONDS,
            spread_bounds,
            max_source_age_seconds,
            max_loss_percent,
            max_jump_percent,
            confirm_after_seconds=confirm_after_seconds,
        )
        peers: dict[str, OutlierGuard] = {}
        self.markets = {
            exchange.name: market_data_of(
                exchange,
                self.cache,
                self.fetch_lock,
                self.clock,
                generations=generations,
                meter=self.meter,
                limits=limits,
                peers=peers,
            )
            for exchange in (self.binance, self.kucoin)
        }
        self.divergence = None
        if threshold_percent is not None:
            self.divergence = WatchDivergence(
                markets=self.markets,
                clock=self.clock,
                meter=self.meter,
                threshold_percent=Decimal(threshold_percent),
                compare_every_seconds=0.001,
            )
        self.use_case = Convert(
            markets=self.markets,
            generations=generations,
            meter=self.meter,
            max_legs=max_legs,
            divergence=self.divergence,
            reference=reference,
        )

        self.many = ConvertMany(
            markets=self.markets,
            generations=generations,
            meter=self.meter,
            max_legs=max_legs,
            divergence=self.divergence,
            reference=reference,
        )

    async def convert_many(self, *lines: ConversionLine) -> list[Outcome]:
        return await self.many(lines)

    async def convert(
        self,
        currency_from: str,
        currency_to: str,
        amount: str = "1",
        *,
        exchange: str | None = None,
        rate_type: RateType = RateType.MID,
        cache_max_seconds: int | None = None,
        arrival: Arrival | None = None,
    ) -> Conversion:
        return await self.use_case(
            arrival=arrival or self.use_case.arrival(),
            amount=Decimal(amount),
            currency_from=Currency(currency_from),
            currency_to=Currency(currency_to),
            exchange=exchange,
            rate_type=rate_type,
            cache_max_seconds=cache_max_seconds,
        )

    async def no_route(self, currency_from: str, currency_to: str, exchange: str | None = None) -> NoRoute:
        with pytest.raises(NoRoute) as caught:
            await self.convert(currency_from, currency_to, exchange=exchange)
        return caught.value

    async def unavailable(
        self, currency_from: str, currency_to: str, exchange: str | None = None
    ) -> ConversionUnavailable:
        with pytest.raises(ConversionUnavailable) as caught:
            await self.convert(currency_from, currency_to, exchange=exchange)
        return caught.value


def count_of_lines_from_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return how many lines have been converted from memory, whenever it is called."""
    count, from_memory = 0, Batch.from_memory

    def counted(batch: Batch, each: ConversionLine) -> Outcome | None:
        nonlocal count
        count += 1
        return from_memory(batch, each)

    monkeypatch.setattr(Batch, "from_memory", counted)
    return lambda: count
