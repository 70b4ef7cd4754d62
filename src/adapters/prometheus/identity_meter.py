"""Lockouts as a Prometheus metric."""

from prometheus_client import CollectorRegistry, Counter

from application.identity.ports.identity_meter import IdentityMeter
from domain.identity.lockout import LockScope


class PrometheusIdentityMeter(IdentityMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lockouts = Counter(
            "crossrate_lockouts",
            "Lockouts that wrong passwords began, by what is locked.",
            ("scope",),
            registry=registry,
        )
        for scope in LockScope:  # from the start: a new series shows no increase
            self._lockouts.labels(scope)

    def lockout_began(self, scope: LockScope) -> None:
        """Count the lockout."""
        self._lockouts.labels(scope).inc()
