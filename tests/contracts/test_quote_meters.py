"""Every meter of recorded quotes shows how old each pair's newest one is: Prometheus, and the fake."""

from abc import ABC, abstractmethod
from decimal import Decimal

import pytest
from prometheus_client import CollectorRegistry

from adapters.prometheus.exposition import Exposition
from adapters.prometheus.quote_meter import PrometheusQuoteMeter
from application.quotes.ports.quote_meter import QuoteMeter
from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.contracts.exposed import Exposed
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.quote_meter import FakeQuoteMeter


def quote(pair: str, at: float) -> Quote:
    return Quote(Pair.parse(pair), Decimal(1), "exchanges", int(at))


class Read(ABC):
    """What a meter shows afterwards; `clock` is the one by which ages are calculated."""

    meter: QuoteMeter
    clock: FakeClock

    @abstractmethod
    def age(self, pair: str) -> float | None: ...


class ReadFake(Read):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.meter = self.fake = FakeQuoteMeter()

    def age(self, pair: str) -> float | None:
        moment = self.fake.moments.get(pair)
        return None if moment is None else self.clock.now() - moment


class ReadPrometheus(Read):
    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.clock = FakeClock()
        self.meter = PrometheusQuoteMeter(registry)
        self._exposition = Exposition(registry, [], self.clock)

    def age(self, pair: str) -> float | None:
        exposed = Exposed(self._exposition.render().decode())
        return exposed.value("crossrate_quote_age_seconds", pair=pair)


class QuoteMeterContract(ABC):
    """`read` has seen no quote yet."""

    @pytest.fixture
    @abstractmethod
    def read(self) -> Read: ...

    def test_before_a_quote_is_recorded_there_is_no_age(self, read: Read) -> None:
        assert read.age("BTC/USD") is None

    def test_the_age_of_a_pairs_newest_quote_grows_by_itself(self, read: Read) -> None:
        read.meter.quote_recorded(quote("BTC/USD", NOON - 100))
        read.clock.advance(7)
        assert (read.age("BTC/USD"), read.age("ETH/USDT")) == (107, None)
        read.meter.quote_recorded(quote("BTC/USD", NOON + 5))
        assert read.age("BTC/USD") == 2


class TestFakeQuoteMeter(QuoteMeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadFake()


class TestPrometheusQuoteMeter(QuoteMeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadPrometheus()
