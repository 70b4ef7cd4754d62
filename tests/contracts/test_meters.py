"""Every meter keeps the contract: Prometheus in one process, Prometheus in one of several, and the fake."""

import os
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, values

from adapters.prometheus.exposition import FOLDER_VARIABLE, Exposition
from adapters.prometheus.meter import PrometheusMeter
from application.market_data.ports.meter import PriceSource
from domain.rates.book import FurtherRateType, RateType
from domain.rates.errors import FailureReason
from tests.contracts.exposed import Exposed
from tests.contracts.meter_contract import MeterContract, Read
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter


class ReadFake(Read):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.meter = self.fake = FakeMeter()

    def conversions(self, exchange: str, rate_type: RateType | FurtherRateType, legs: int) -> float:
        return self.fake.conversions[exchange, rate_type, legs]

    def calls(self, exchange: str, failure: FailureReason | None) -> float:
        return self.fake.calls[exchange, failure]

    def prices(self, exchange: str, level: PriceSource) -> float:
        return self.fake.prices[exchange, level]

    def ages(self, exchange: str) -> tuple[float | None, float | None]:
        return self._age(self.fake.instruments.get(exchange)), self._age(self.fake.book_tickers.get(exchange))

    def is_breaker_open(self, exchange: str) -> bool:
        return exchange in self.fake.open_breakers

    def diverging(self, exchange: str, other: str) -> float:
        return self.fake.diverging[exchange, other]

    def throttled(self, exchange: str) -> float:
        return self.fake.throttled[exchange]

    def rejected(self, exchange: str) -> float:
        return self.fake.rejected[exchange]

    def held_back(self, exchange: str) -> tuple[float, float]:
        return self.fake.held_back[exchange], self.fake.unconfirmed[exchange]

    def weight(self, exchange: str) -> float | None:
        return self.fake.weights.get(exchange)

    def leaders(self) -> float:
        return self.fake.leads

    def _age(self, observed_at: float | None) -> float | None:
        return None if observed_at is None else max(0.0, self.clock.now() - observed_at)


class ReadPrometheus(Read):
    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.clock = FakeClock()
        self.meter = meter = PrometheusMeter(registry, ("binance", "kucoin"))
        self._exposition = Exposition(registry, [meter], self.clock)

    def conversions(self, exchange: str, rate_type: RateType | FurtherRateType, legs: int) -> float:
        return self._counted(
            "crossrate_conversions_total", exchange=exchange, rate_type=rate_type.value, legs=str(legs)
        )

    def calls(self, exchange: str, failure: FailureReason | None) -> float:
        outcome = "ok" if failure is None else failure.value
        return self._counted("crossrate_exchange_calls_total", exchange=exchange, outcome=outcome)

    def prices(self, exchange: str, level: PriceSource) -> float:
        return self._counted("crossrate_price_lookups_total", exchange=exchange, level=level.value)

    def ages(self, exchange: str) -> tuple[float | None, float | None]:
        exposed, name = self._exposed(), "crossrate_market_age_seconds"
        return (
            exposed.value(name, exchange=exchange, payload="listing"),
            exposed.value(name, exchange=exchange, payload="books"),
        )

    def is_breaker_open(self, exchange: str) -> bool:
        return self._counted("crossrate_breaker_open", exchange=exchange) == 1

    def diverging(self, exchange: str, other: str) -> float:
        return self._counted("crossrate_diverging_pairs", exchange=exchange, other=other)

    def throttled(self, exchange: str) -> float:
        return self._counted("crossrate_fetches_throttled_total", exchange=exchange)

    def rejected(self, exchange: str) -> float:
        return self._counted("crossrate_cached_values_rejected_total", exchange=exchange)

    def held_back(self, exchange: str) -> tuple[float, float]:
        now = self._exposed().value("crossrate_unconfirmed_prices", exchange=exchange)
        return self._counted("crossrate_prices_held_back_total", exchange=exchange), now or 0

    def weight(self, exchange: str) -> float | None:
        return self._exposed().value("crossrate_exchange_weight_used", exchange=exchange)

    def leaders(self) -> float:
        return self._exposed().value("crossrate_sync_leader") or 0.0

    def _exposed(self) -> Exposed:
        self._exposition.flush()
        return Exposed(self._exposition.render().decode())

    def _counted(self, name: str, **labels: str) -> float:
        counted = self._exposed().value(name, **labels)
        assert counted is not None, "a series must be there before its first event"
        return counted


class TestFakeMeter(MeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadFake()


class TestPrometheusMeter(MeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadPrometheus()


class TestPrometheusMeterOfOneProcessAmongSeveral(MeterContract):
    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
        # The library chooses between memory and files once, when it is imported.
        monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
        monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue())  # type: ignore[no-untyped-call]  # the library's
        return ReadPrometheus()

    def test_it_counts_in_files(self, read: Read, tmp_path: Path) -> None:
        read.meter.exchange_called("binance", None)
        assert f"counter_{os.getpid()}.db" in [path.name for path in tmp_path.iterdir()]
