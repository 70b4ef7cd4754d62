"""Every meter of jobs counts their runs: Prometheus, and the fake."""

from abc import ABC, abstractmethod

import pytest
from prometheus_client import CollectorRegistry

from adapters.prometheus.exposition import Exposition
from adapters.prometheus.job_meter import PrometheusJobMeter
from application.jobs.ports.job_meter import JobMeter, JobOutcome
from tests.contracts.exposed import Exposed
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.job_meter import FakeJobMeter


class Read(ABC):
    """What a meter shows afterwards."""

    meter: JobMeter

    @abstractmethod
    def runs(self, outcome: JobOutcome) -> float: ...

    @abstractmethod
    def seconds(self) -> float: ...


class ReadFake(Read):
    def __init__(self) -> None:
        self.meter = self.fake = FakeJobMeter()

    def runs(self, outcome: JobOutcome) -> float:
        return self.fake.runs["record_hour", outcome]

    def seconds(self) -> float:
        return sum(self.fake.seconds)


class ReadPrometheus(Read):
    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.meter = PrometheusJobMeter(registry, ["record_hour"])
        self._exposition = Exposition(registry, [], FakeClock())

    def runs(self, outcome: JobOutcome) -> float:
        counted = self._exposed().value("crossrate_job_runs_total", job="record_hour", outcome=outcome.value)
        assert counted is not None, "a series must be there before its first event"
        return counted

    def seconds(self) -> float:
        return self._exposed().value("crossrate_job_duration_seconds_sum", job="record_hour") or 0.0

    def _exposed(self) -> Exposed:
        return Exposed(self._exposition.render().decode())


class JobMeterContract(ABC):
    """`read` has counted nothing yet."""

    @pytest.fixture
    @abstractmethod
    def read(self) -> Read: ...

    def test_before_anything_happened_nothing_is_counted(self, read: Read) -> None:
        assert [read.runs(outcome) for outcome in JobOutcome] == [0, 0, 0]
        assert read.seconds() == 0

    def test_runs_are_counted_by_how_they_ended(self, read: Read) -> None:
        for times, outcome in enumerate(JobOutcome, start=1):
            for _ in range(times):
                read.meter.job_ended("record_hour", outcome, 0.5)
        assert [read.runs(outcome) for outcome in JobOutcome] == [1, 2, 3]
        assert read.seconds() == 3


class TestFakeJobMeter(JobMeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadFake()


class TestPrometheusJobMeter(JobMeterContract):
    @pytest.fixture
    def read(self) -> Read:
        return ReadPrometheus()
