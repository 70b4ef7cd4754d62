"""One fetch of an exchange at a time, among all processes that share what they fetch."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.rates.errors import ExchangeUnavailable

# The fencing token of no fetch: those of fetches begin with 1.
NO_FETCH = 0


class Payload(StrEnum):
    """What is fetched of an exchange. The values are names in metrics and in Redis."""

    INSTRUMENTS = "listing"
    BOOK_TICKERS = "books"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to make one fetch, until it is released or expires.

    `fencing_token` numbers the fetch: later fetches of the same exchange have higher ones. `holder` is a secret name.
    """

    exchange: str
    payload: Payload
    fencing_token: int
    holder: str


@dataclass(frozen=True, slots=True)
class InFlight:
    """Not now: another fetch holds the lock."""

    fencing_token: int


@dataclass(frozen=True, slots=True)
class Cached:
    """Not needed: the cache holds the value of this fetch or of a later one."""

    fencing_token: int


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No use: this fetch, which the caller waited for, has failed."""

    fencing_token: int
    failure: ExchangeUnavailable


@dataclass(slots=True)
class FetchOutcome:
    """How a fetch ended: with a failure, or with a value that the cache now holds or does not."""

    failure: ExchangeUnavailable | None = None
    is_cached: bool = False


class FetchLock(Protocol):
    """One lock per exchange, for its instruments and its book tickers alike.

    A lease whose holder died expires after `lease_seconds`. Every call may raise `LockUnavailable`, within half a
    second; each process then goes on by itself.
    """

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts unless it is extended."""
        ...

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        """Return the fencing token of the newest fetch whose value the cache holds, `NO_FETCH` for none."""
        ...

    async def acquire(
        self, exchange: str, payload: Payload, *, newer_than: int | None, waited_for: int | None
    ) -> Lease | InFlight | Cached | FetchFailed:
        """Return a lease if the lock is free, and otherwise why there is none.

        `Cached` is returned when the cache holds the value of a later fetch than `newer_than`; None accepts no cached
        value. `waited_for` is the fetch that was in flight at the caller's first attempt, None when none was.
        `FetchFailed` is returned when that fetch or a later one has failed: of the same payload, or for a reason that
        holds for the whole exchange. Raises `ExchangeUnavailable` while the exchange is paused.
        """
        ...

    async def extend(self, lease: Lease) -> None:
        """Have the lease expire `lease_seconds` from now, if it has not expired yet."""
        ...

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        """Release the lease if it is still held, and tell the other processes the outcome."""
        ...

    async def pause(self, failure: ExchangeUnavailable) -> None:
        """Grant nobody a lease for the failure's `retry_after_seconds`; this never shortens an earlier pause."""
        ...

    async def wait_for_change(self, exchange: str, timeout_seconds: float) -> None:
        """Return when a lease was released, or when the time is over."""
        ...
