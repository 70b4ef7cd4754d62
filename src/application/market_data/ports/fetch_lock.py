"""Whose turn it is to ask an exchange, among all processes that share what they fetch."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.rates.errors import ExchangeUnavailable

# The number of no fetch: those begin with 1.
NO_FETCH = 0


class Payload(StrEnum):
    """What an exchange is asked for."""

    LISTING = "listing"
    BOOKS = "books"


@dataclass(frozen=True, slots=True)
class Lease:
    """Leave to make one fetch, until it is given back. Later fetches of the same exchange have higher numbers."""

    exchange: str
    payload: Payload
    number: int
    token: str


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Not now: the fetch of this number is under way."""

    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """No need: the cache keeps what the fetch of this number, or a later one, has brought."""

    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """No use: the fetch of this number has failed, and the asker waited for it."""

    number: int
    failure: ExchangeUnavailable


@dataclass(slots=True)
class Outcome:
    """What came of a turn: a failure, or else a value that the cache keeps or does not."""

    failure: ExchangeUnavailable | None = None
    is_kept: bool = False


class FetchLock(Protocol):
    """One turn an exchange, for its listing and its books alike, so that it is asked by one process at a time.

    A turn that is not given back, because its holder died, is over after `lease_seconds`. Every call may raise
    `CacheUnavailable`, within half a second; each process then goes on by itself.
    """

    @property
    def lease_seconds(self) -> float:
        """How long a turn lasts unless it is extended."""
        ...

    async def kept(self, exchange: str, payload: Payload) -> int:
        """Return the number of the newest fetch whose value the cache keeps, `NO_FETCH` for none."""
        ...

    async def take(
        self, exchange: str, payload: Payload, *, known: int | None, waited_for: int | None
    ) -> Lease | UnderWay | Kept | Failed:
        """Return the turn if it is to be had.

        `Kept` comes instead when there is the value of a later fetch than `known`; None: no value is wanted.
        `waited_for` is the fetch that was under way when the asker first came, None when none was. `Failed` comes when
        that or a later one has failed: of the same payload, or in a way that tells of the whole exchange. Raises
        `ExchangeUnavailable` while the exchange is to be left alone.
        """
        ...

    async def extend(self, lease: Lease) -> None:
        """Have the turn last for another lease from now on, if it still does."""
        ...

    async def end(self, lease: Lease, outcome: Outcome) -> None:
        """Give the turn back, and tell the others what came of it."""
        ...

    async def leave_alone(self, failure: ExchangeUnavailable) -> None:
        """Let nobody have a turn until the failure's `retry_after_seconds` are over; never sooner than told before."""
        ...

    async def change(self, exchange: str, within_seconds: float) -> None:
        """Return when something has changed for who waits, or when the time is over."""
        ...
