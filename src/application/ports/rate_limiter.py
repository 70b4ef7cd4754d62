"""Rate limits."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Group(StrEnum):
    """What is counted together: a group of routes, or credentials that are tried."""

    CONVERT = "convert"
    AUTHENTICATE = "authenticate"
    ACCOUNT = "account"
    QUOTES = "quotes"
    RECORD = "record"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`requests` are allowed within any `seconds`."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left after a request was counted; more after `reset_seconds`."""

    limit: RateLimit
    is_allowed: bool
    remaining: int
    reset_seconds: float


class RateLimiter(Protocol):
    """Counts requests, across all processes that share a Redis. It never raises: without Redis it counts locally."""

    async def count(self, group: Group, who: str) -> Allowance | None:
        """Count a request of `who`, a key, user or address; return None when the group has no limit."""
        ...
