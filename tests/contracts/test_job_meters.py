"""Every meter of jobs keeps what it is told: Prometheus, and the fake."""

from abc import ABC, abstractmethod
from decimal import Decimal

import pytest
from prometheus_client import CollectorRegistry

from adapters.prometheus.exposition import Exposition
from adapters.prometheus.job_meter import PrometheusJobMeter
from application.jobs.ports.job_meter import JobMeter, JobOutcome
from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.contracts.exposed import Exposed
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.job_meter import FakeJobMeter


def quote(pair: str, at: float) -> Quote:
    return Quote(Pair.parse(pair), Decimal(1), "exchanges", int(at))


class Read(ABC):
    """What a meter tells afterwards; `clock` is the one by which it tells ages."""

    meter: JobMeter
    clock: FakeClock

    @abstractmethod
    def runs(self, outcome: JobOutcome) -> float: ...

    @abstractmethod
    def seconds(self) -> float: ...

    @abstractmethod
    def age(self, pair: str) -> float | None: ...


class ReadFake(Read):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.meter = self.fake = FakeJobMeter()

    def runs(self, outcome: JobOutcome) -> float:
        return self.fake.runs["record_hour", outcome]

    def seconds(self) -> float:
        return sum(self.fake.seconds)

    def age(self, pair: str) -> float | None:
        moment = self.fake.moments.get(pair)
        return None if moment is None else self.clock.now() - moment


class ReadPrometheus(Read):
    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.clock = FakeClock()
        self.meter = PrometheusJobMeter(registry, ["record_hour"])
        self._exposition = Exposition(registry, [], self.clock)

    def runs(self, outcome: JobOutcome) -> float:
        counted = self._exposed().value("crossrate_job_runs_total", job="record_hour", outcome=outcome.value)
        assert counted is not None, "a series must be there before its first event"
        return counted

    def seconds(self) -> float:
        return self._exposed().value("crossrate_job_duration_seconds_sum", job="record_hour") or 0.0

    def age(self, pair: str) -> float | None:
        return self._exposed().value("crossrate_quote_age_seconds", pair=pair)

    def _exposed(self) -> Exposed:
        return Exposed(self._exposition.text().decode())


class JobMeterContract(ABC):
    """`read` has been told nothing."""

    @pytest.fixture
    @abstractmethod
    def read(self) -> Read: ...

    def test_before_anything_happened_nothing_is_counted(self, read: Read) -> None:
        assert [read.runs(outcome) for outcome in JobOutcome] == [0, 0, 0]
        assert (read.seconds(), read.age("BTC/USD")) == (0, None)

    def test_runs_are_counted_by_how_they_ended(self, read: Read) -> None:
        for times, outcome in enumerate(JobOutcome, start=1):
            for _ in range(times):
                read.meter.job_ended("record_hour", outcome, 0.5)
        assert [read.runs(outcome) for outcome in JobOutcome] == [1, 2, 3]
        assert read.seconds() == 3

    def test_the_age_of_a_pairs_newest_quote_grows_by_itself(self, read: Read) -> None:
        read.meter.quote_kept(quote("BTC/USD", NOON - 100))
        read.clock.advance(7)
        assert (read.age("BTC/USD"), read.age("ETH/USDT")) == (107, None)
        read.meter.quote_kept(quote("BTC/USD", NOON + 5))
        assert read.age("BTC/USD") == 2


class TestFakeJobMeter(JobMeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadFake()


class TestPrometheusJobMeter(JobMeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadPrometheus()
