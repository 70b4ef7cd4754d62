"""The port to the repository of wrong passwords, which limit guessing."""

import math
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.identity.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Matching:
    """The attempts that have the same value in every field that is not None here; at least one must be set."""

    account: str | None = None
    address: str | None = None
    network: str | None = None
    session_id: UUID | None = None


class LoginFailures(Protocol):
    """Attempts with a wrong password, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, attempt: Attempt) -> None:
        """Store a failed attempt."""
        ...

    async def list_times(self, matching: Matching, since: float, limit: int) -> list[float]:
        """Return the Unix times of the failures after `since`, newest first, at most `limit`."""
        ...

    async def list_of_users(self, since: float) -> list[Attempt]:
        """Return the failures after `since` at accounts of existing users, newest first."""
        ...

    async def delete(self, matching: Matching, until: float = math.inf) -> int:
        """Delete the failures at or before Unix time `until`; return how many there were."""
        ...

    async def prune(self, moment: float, keep: int) -> None:
        """Delete the failures at or before `moment`, and all but about the `keep` newest."""
        ...
