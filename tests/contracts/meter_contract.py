"""What the application relies on in any meter. The Prometheus adapter and the fake pass the same suite."""

from abc import ABC, abstractmethod
from decimal import Decimal

import pytest

from application.market_data.ports.meter import PriceSource
from application.rates.ports.meter import RatesMeter
from domain.pair import Side
from domain.rates.book import FurtherRateType, RateType
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import FailureReason
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.route import Leg, Route
from tests.unit.fakes.clock import NOON, FakeClock


def conversion(exchange: str, legs: int, rate_type: RateType = RateType.MID) -> Conversion:
    leg = Leg("BTCUSDT", Side.SELL, MarketSnapshot(instruments(exchange, NOON), book_tickers(exchange, NOON)))
    route = Route(exchange, leg.pair.base, leg.pair.quote, (leg,) * legs, NOON)
    return Conversion.along(route, Decimal(1), rate_type)


def instruments(exchange: str, observed_at: float) -> Instruments:
    return Instruments.of(exchange, [("BTCUSDT", "BTC", "USDT")], observed_at)


def book_tickers(exchange: str, observed_at: float) -> BookTickers:
    return BookTickers.of(exchange, [("BTCUSDT", "1", "1")], observed_at)


class Read(ABC):
    """What a meter has counted; `clock` is the one that its ages are computed with."""

    meter: RatesMeter
    clock: FakeClock

    @abstractmethod
    def conversions(self, exchange: str, rate_type: RateType | FurtherRateType, legs: int) -> float: ...

    @abstractmethod
    def calls(self, exchange: str, failure: FailureReason | None) -> float: ...

    @abstractmethod
    def prices(self, exchange: str, level: PriceSource) -> float: ...

    @abstractmethod
    def ages(self, exchange: str) -> tuple[float | None, float | None]:
        """Return the ages of the instruments and of the book tickers in seconds, None for what was never observed."""

    @abstractmethod
    def is_breaker_open(self, exchange: str) -> bool: ...

    @abstractmethod
    def diverging(self, exchange: str, other: str) -> float: ...

    @abstractmethod
    def throttled(self, exchange: str) -> float: ...

    @abstractmethod
    def rejected(self, exchange: str) -> float: ...

    @abstractmethod
    def held_back(self, exchange: str) -> tuple[float, float]:
        """Return how many prices were held back, and how many are now."""

    @abstractmethod
    def weight(self, exchange: str) -> float | None: ...

    @abstractmethod
    def leaders(self) -> float: ...


class MeterContract(ABC):
    """Nothing was reported to `read` yet."""

    @pytest.fixture
    @abstractmethod
    def read(self) -> Read: ...

    def test_before_anything_happened_nothing_is_counted(self, read: Read) -> None:
        assert read.conversions("binance", RateType.MID, 1) == 0
        assert all(read.calls("kucoin", outcome) == 0 for outcome in (None, *FailureReason))
        assert all(read.prices("binance", level) == 0 for level in PriceSource)
        assert (read.ages("binance"), read.weight("binance")) == ((None, None), None)

    def test_conversions_are_counted_by_exchange_rate_type_and_legs(self, read: Read) -> None:
        for legs in (0, 1, 2, 2, 3):
            read.meter.converted(conversion("binance", legs))
        read.meter.converted(conversion("binance", 2, RateType.EXECUTABLE))
        read.meter.converted(conversion("kucoin", 2))
        assert [read.conversions("binance", RateType.MID, legs) for legs in range(4)] == [1, 1, 2, 1]
        assert read.conversions("binance", RateType.EXECUTABLE, 2) == 1
        assert [read.conversions("kucoin", RateType.MID, legs) for legs in range(4)] == [0, 0, 1, 0]

    def test_conversions_that_look_further_are_counted_likewise(self, read: Read) -> None:
        assert read.conversions("kucoin", FurtherRateType.DEPTH, 3) == 0
        read.meter.converted_further("kucoin", FurtherRateType.DEPTH, 3)
        read.meter.converted_further("median", FurtherRateType.MEDIAN, 0)
        assert read.conversions("kucoin", FurtherRateType.DEPTH, 3) == 1
        assert read.conversions("median", FurtherRateType.MEDIAN, 0) == 1

    def test_calls_are_counted_by_exchange_and_outcome(self, read: Read) -> None:
        for times, outcome in enumerate((None, *FailureReason), start=1):
            for _ in range(times):
                read.meter.exchange_called("binance", outcome)
        counts = [read.calls("binance", outcome) for outcome in (None, *FailureReason)]
        assert counts == list(range(1, len(FailureReason) + 2))
        assert read.calls("kucoin", None) == 0

    def test_prices_are_counted_by_exchange_and_level(self, read: Read) -> None:
        for times, level in enumerate(PriceSource, start=1):
            for _ in range(times):
                read.meter.prices_served("kucoin", level)
        assert [read.prices("kucoin", level) for level in PriceSource] == [1, 2, 3]
        assert [read.prices("binance", level) for level in PriceSource] == [0, 0, 0]

    def test_a_markets_age_is_that_of_the_newest_and_grows_by_itself(self, read: Read) -> None:
        read.meter.instruments_observed(instruments("binance", NOON - 100))
        read.meter.book_tickers_observed(book_tickers("binance", NOON - 3))
        assert read.ages("binance") == (100, 3)
        read.clock.advance(7.5)
        assert read.ages("binance") == (107.5, 10.5)
        read.meter.book_tickers_observed(book_tickers("binance", NOON + 7))
        assert read.ages("binance") == (107.5, 0.5)
        assert read.ages("kucoin") == (None, None)

    def test_an_age_is_never_negative(self, read: Read) -> None:
        read.meter.book_tickers_observed(book_tickers("kucoin", NOON + 0.5))
        assert read.ages("kucoin") == (None, 0)

    def test_a_breakers_last_state_counts(self, read: Read) -> None:
        assert not read.is_breaker_open("binance")
        for _ in range(2):
            read.meter.breaker_changed("binance", is_open=True)
        assert (read.is_breaker_open("binance"), read.is_breaker_open("kucoin")) == (True, False)
        read.meter.breaker_changed("binance", is_open=False)
        assert not read.is_breaker_open("binance")

    def test_the_last_comparison_of_two_exchanges_counts(self, read: Read) -> None:
        assert read.diverging("binance", "kucoin") == 0
        for pairs in (6, 2):
            read.meter.divergence_found("binance", "kucoin", pairs)
        assert read.diverging("binance", "kucoin") == 2

    def test_the_last_reported_weight_counts(self, read: Read) -> None:
        for used in (20, 24, 4):
            read.meter.weight_reported("binance", used)
        assert (read.weight("binance"), read.weight("kucoin")) == (4, None)

    def test_throttled_fetches_are_counted_by_exchange(self, read: Read) -> None:
        assert (read.throttled("binance"), read.throttled("kucoin")) == (0, 0)
        for _ in range(2):
            read.meter.fetch_throttled("kucoin")
        assert (read.throttled("binance"), read.throttled("kucoin")) == (0, 2)

    def test_rejected_cached_values_are_counted_by_exchange(self, read: Read) -> None:
        assert (read.rejected("binance"), read.rejected("kucoin")) == (0, 0)
        for _ in range(3):
            read.meter.cached_value_rejected("binance")
        assert (read.rejected("binance"), read.rejected("kucoin")) == (3, 0)

    def test_prices_held_back_are_counted_and_how_many_are_now(self, read: Read) -> None:
        assert (read.held_back("binance"), read.held_back("kucoin")) == ((0, 0), (0, 0))
        read.meter.prices_held_back("binance", 3, 3)
        read.meter.prices_held_back("binance", 1, 2)
        assert (read.held_back("binance"), read.held_back("kucoin")) == ((4, 2), (0, 0))

    def test_it_reports_whether_this_process_leads(self, read: Read) -> None:
        leaders = [read.leaders()]
        for is_leader in (True, True, False):
            read.meter.leadership_changed(is_leader=is_leader)
            leaders.append(read.leaders())
        assert leaders == [0, 1, 1, 0]
