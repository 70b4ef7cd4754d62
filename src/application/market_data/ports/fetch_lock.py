"""The port to the lock that lets one process at a time fetch from an exchange, and share the result."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.rates.errors import ExchangeUnavailable

# Stands for "no fetch"; the fencing tokens of fetches start at 1.
NO_FETCH = 0

# Less than this is the error of a sum.
SHORTEST_WAIT_SECONDS = 0.001


class Payload(StrEnum):
    """What is fetched from an exchange. The values are names in metrics and in Redis."""

    INSTRUMENTS = "listing"
    BOOK_TICKERS = "books"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to make one fetch, until it is released or expires.

    `fencing_token` identifies the fetch; a later fetch from the same exchange has a higher one. `holder` is a random
    name that identifies the holder.
    """

    exchange: str
    payload: Payload
    fencing_token: int
    holder: str


@dataclass(frozen=True, slots=True)
class InFlight:
    """No lease for now, because another fetch is in flight: the newest one has this token.

    A lease will be free in `seconds` if not earlier; None if that depends on the others alone.
    """

    fencing_token: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Spacing:
    """What a fetch books of the exchange's rate limit, in seconds: at the rate of one second each second.

    At most `burst_seconds` can be booked ahead. A fetch for the sync books too, but never waits.
    """

    seconds: float
    burst_seconds: float
    is_for_sync: bool

    def wait_seconds(self, booked_seconds: float) -> float:
        """Return how long this fetch must wait after so much was booked ahead; 0 for not at all."""
        wait_seconds = booked_seconds - max(0.0, self.burst_seconds - self.seconds)
        return 0.0 if self.is_for_sync or wait_seconds < SHORTEST_WAIT_SECONDS else wait_seconds

    def booked_seconds(self, booked_seconds: float) -> float:
        """Return what is booked ahead after this fetch; a sync that needs more than its share owes no more for it."""
        return min(booked_seconds, self.burst_seconds) + self.seconds


@dataclass(frozen=True, slots=True)
class Spaced:
    """No lease for so many seconds, to keep fetches apart. `fencing_token` is that of the newest fetch."""

    seconds: float
    fencing_token: int


@dataclass(frozen=True, slots=True)
class Cached:
    """No lease needed, because the cache holds the value of this fetch or of a later one."""

    fencing_token: int


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No lease, because this fetch, which the caller waited for, has failed."""

    fencing_token: int
    failure: ExchangeUnavailable


@dataclass(slots=True)
class FetchOutcome:
    """How a fetch ended: with a failure, or with a value, and whether the cache now holds it.

    For `closed_seconds` the rest of the exchange's rate limit is kept for the sync.
    """

    failure: ExchangeUnavailable | None = None
    is_cached: bool = False
    closed_seconds: float = 0.0


class FetchLock(Protocol):
    """One lock per exchange and payload, with one series of fencing tokens per exchange.

    A lock may let several fetches of its payload overlap.

    The lease of a dead holder expires after `lease_seconds`. Every call may raise `LockUnavailable`, within half a
    second; each process then continues alone.
    """

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts unless it is extended."""
        ...

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        """Return the fencing token of the newest fetch whose value is cached, `NO_FETCH` if none is."""
        ...

    async def acquire(
        self,
        exchange: str,
        payload: Payload,
        *,
        newer_than: int | None,
        waited_for: int | None,
        spacing: Spacing | None = None,
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        """Return a lease if the lock is free, otherwise the reason why not.

        Returns `Cached` if the cache holds the value of a fetch later than `newer_than`; None accepts no cached value.
        `waited_for` is the fetch that was in flight at the caller's first attempt, None if there was none. Returns
        `FetchFailed` if that fetch or a later one has failed, either for the same payload or for an exchange-wide
        reason. With a `spacing`, the lease books it; returns `Spaced` if that is not possible yet. Raises
        `ExchangeUnavailable` while the exchange is paused, and for `closed_seconds` unless the fetch is for the sync.
        """
        ...

    async def extend(self, lease: Lease) -> None:
        """Make the lease expire `lease_seconds` from now, unless it has already expired."""
        ...

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        """Release the lease if it is still held, and publish the outcome to the other processes."""
        ...

    async def pause(self, failure: ExchangeUnavailable) -> None:
        """Grant no lease for the failure's `retry_after_seconds`. Never shortens an earlier pause."""
        ...

    async def book_connection(self, exchange: str, spacing_seconds: float) -> float:
        """Book the opening of one streaming connection, so that all processes open them so far apart; return 0.

        If it is too early, return the seconds to wait, and book nothing. Raises `ExchangeUnavailable` while the
        exchange is paused.
        """
        ...

    async def wait_for_change(self, exchange: str, timeout_seconds: float) -> None:
        """Return when a lease is released, or after the timeout."""
        ...
