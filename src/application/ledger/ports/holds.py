"""The port to the repository of holds."""

from typing import Protocol
from uuid import UUID

from domain.ledger.hold import Hold


class Holds(Protocol):
    """The holds, in one unit of work; `Journal.append` stores and resolves them. May raise `DatabaseUnavailable`."""

    async def find(self, hold_id: UUID) -> Hold | None:
        """Return the hold, None if there is none."""
        ...

    async def list_expired(self, now_us: int, limit: int) -> list[Hold]:
        """Return up to `limit` open holds whose time is over, those that ended first first."""
        ...
