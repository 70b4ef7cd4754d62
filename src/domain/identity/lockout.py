"""How long wrong passwords end further attempts: the more there were, the longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

_MINUTE, _HOUR = 60.0, 3600.0
DAY = 24 * _HOUR


class LockScope(StrEnum):
    """What a lockout ends: attempts at an account from an address, at an account, from an address, ..."""

    ACCOUNT_AT_ADDRESS = "account_at_address"
    ACCOUNT = "account"
    ADDRESS = "address"
    NETWORK = "network"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `failures` within any `seconds`."""

    failures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Backoff:
    """Bounds for ever longer periods: the first ends a burst for minutes, the last a siege for hours."""

    bounds: tuple[Bound, ...]

    @property
    def most(self) -> int:
        """How many of the newest failures decide."""
        return max(bound.failures for bound in self.bounds)

    def ends_at(self, newest_first: Sequence[float]) -> float:
        """Return the Unix time from which another attempt is allowed, given those of the failures; 0 for any time."""
        reached = (bound for bound in self.bounds if len(newest_first) >= bound.failures)
        return max((newest_first[bound.failures - 1] + bound.seconds for bound in reached), default=0.0)


@dataclass(frozen=True, slots=True)
class Lockout:
    """Attempts that are rejected until Unix time `ends_at`; `address` is set if only those from there are."""

    scope: LockScope
    ends_at: float
    address: str | None = None


_FOR_ONE_PERSON = Backoff((Bound(5, 15 * _MINUTE), Bound(10, 2 * _HOUR), Bound(20, DAY)))

BACKOFFS: Mapping[LockScope, Backoff] = MappingProxyType(
    {
        LockScope.ACCOUNT_AT_ADDRESS: _FOR_ONE_PERSON,
        LockScope.SESSION: _FOR_ONE_PERSON,
        LockScope.ADDRESS: Backoff((Bound(20, 15 * _MINUTE), Bound(60, 2 * _HOUR), Bound(200, DAY))),
        LockScope.NETWORK: Backoff((Bound(60, 15 * _MINUTE), Bound(180, 2 * _HOUR), Bound(600, DAY))),
        LockScope.ACCOUNT: Backoff((Bound(50, 15 * _MINUTE), Bound(150, 2 * _HOUR), Bound(500, DAY))),
    }
)
