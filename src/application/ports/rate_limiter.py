"""The port to the rate limiter."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self


class Group(StrEnum):
    """What is counted together: requests to a group of routes, or attempts at credentials."""

    CONVERT = "convert"
    LATEST = "latest"
    BATCH = "batch"
    AUTHENTICATE = "authenticate"
    ACCOUNT = "account"
    QUOTES = "quotes"
    RECORD = "record"
    WALLETS = "wallets"
    ORDERS = "orders"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` within any period of `seconds`."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left after the request was counted; `remaining` is restored after `reset_seconds`."""

    limit: RateLimit
    is_allowed: bool
    remaining: int
    reset_seconds: float

    @classmethod
    def of(cls, limit: RateLimit, *, current: int, previous: int, left_ms: int, requests: int = 1) -> Self:
        """Decide on one more request after `current` in this window and `previous` in the one before.

        It counts as `requests`, and is allowed while there is room for one. `left_ms` is what is left of this window;
        the share of the one before that it still overlaps counts as well. A request that is not allowed would be after
        `reset_seconds`.
        """
        length_ms = limit.seconds * 1000
        used = previous * left_ms // length_ms + current
        if used < limit.requests:
            return cls(limit, True, max(0, limit.requests - used - requests), left_ms / 1000)  # noqa: FBT003 -- in the fields' order
        if current < limit.requests:
            return cls(limit, False, 0, _wait_ms(limit.requests - current, previous, left_ms, length_ms) / 1000)  # noqa: FBT003
        in_next_window_ms = _wait_ms(limit.requests, current, length_ms, length_ms)
        return cls(limit, False, 0, (left_ms + in_next_window_ms) / 1000)  # noqa: FBT003


def _wait_ms(room: int, previous: int, left_ms: int, length_ms: int) -> int:
    """Return when less than `room` of the previous window counts."""
    return left_ms - (room * length_ms - 1) // previous


class RateLimiter(Protocol):
    """Counts requests in sliding windows, across all processes that share a Redis.

    The requests in the current window count, and those in the previous one in proportion to its overlap with a window
    that ends now. The first request begins a window. Requests that are not allowed do not count. Never raises: without
    Redis it counts locally.

    A request is counted once, or twice if its credentials are new: for the guess before the lookup, and for the caller
    whom the lookup finds. So each count is a call of its own.
    """

    async def count(self, group: Group, who: str, requests: int = 1, *, is_accepted: bool = False) -> Allowance | None:
        """Count a request by `who` (a key, user or address) as `requests`; return None if the group has no limit.

        It is allowed while there is room for one, so that an expensive request never needs more than the whole limit.
        `is_accepted`: it is answered in any case, so it counts in any case.
        """
        ...
