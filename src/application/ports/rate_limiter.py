"""The port to the rate limiter."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Group(StrEnum):
    """What is counted together: requests to a group of routes, or attempts at credentials."""

    CONVERT = "convert"
    AUTHENTICATE = "authenticate"
    ACCOUNT = "account"
    QUOTES = "quotes"
    RECORD = "record"
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


class RateLimiter(Protocol):
    """Counts requests across all processes that share a Redis. Never raises: without Redis it counts locally."""

    async def count(self, group: Group, who: str) -> Allowance | None:
        """Count a request by `who` (a key, user or address); return None if the group has no limit."""
        ...
