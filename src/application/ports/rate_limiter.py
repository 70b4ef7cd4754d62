"""How often each may ask."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Group(StrEnum):
    """What is counted together: routes, or what is sent to prove who asks."""

    CONVERT = "convert"
    AUTHENTICATE = "authenticate"
    ACCOUNT = "account"
    QUOTES = "quotes"
    RECORD = "record"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests within so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a request was counted; `reset_seconds` is when more will be."""

    limit: RateLimit
    is_allowed: bool
    remaining: int
    reset_seconds: float


class RateLimiter(Protocol):
    """Counts requests, shared between processes where they share a Redis. It never fails: rather it counts alone."""

    async def count(self, group: Group, who: str) -> Allowance | None:
        """Count a request of `who`, a key, a user or an address; None where the group has no limit."""
        ...
