"""Every meter of identity counts lockouts by what they lock: Prometheus, and the fake."""

from abc import ABC, abstractmethod

import pytest
from prometheus_client import CollectorRegistry

from adapters.prometheus.exposition import Exposition
from adapters.prometheus.identity_meter import PrometheusIdentityMeter
from application.identity.ports.identity_meter import IdentityMeter
from domain.identity.lockout import LockScope
from tests.contracts.exposed import Exposed
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.identity_meter import FakeIdentityMeter


class Read(ABC):
    """What a meter shows afterwards."""

    meter: IdentityMeter

    @abstractmethod
    def lockouts(self, scope: LockScope) -> float | None: ...


class ReadFake(Read):
    def __init__(self) -> None:
        self.meter = self._fake = FakeIdentityMeter()

    def lockouts(self, scope: LockScope) -> float | None:
        return self._fake.lockouts[scope]


class ReadPrometheus(Read):
    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.meter = PrometheusIdentityMeter(registry)
        self._exposition = Exposition(registry, [], FakeClock())

    def lockouts(self, scope: LockScope) -> float | None:
        return Exposed(self._exposition.render().decode()).value("crossrate_lockouts_total", scope=scope)


@pytest.mark.parametrize("read", [ReadFake(), ReadPrometheus()], ids=["fake", "prometheus"])
def test_lockouts_are_counted_by_what_they_lock_from_zero(read: Read) -> None:
    assert {read.lockouts(scope) for scope in LockScope} == {0}
    for scope in (LockScope.ACCOUNT, LockScope.NETWORK, LockScope.ACCOUNT):
        read.meter.lockout_began(scope)
    assert {scope: read.lockouts(scope) for scope in LockScope} == dict.fromkeys(LockScope, 0) | {
        LockScope.ACCOUNT: 2,
        LockScope.NETWORK: 1,
    }
