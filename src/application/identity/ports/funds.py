"""The port to what users have, as far as deleting them depends on it."""

from typing import Protocol
from uuid import UUID


class Funds(Protocol):
    """The users' funds, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def require_none(self, user_id: UUID) -> None:
        """Raise `UserHasFunds` if there is something in one of the user's accounts."""
        ...

    async def close_all_of(self, user_id: UUID, now: float) -> None:
        """Close all accounts in which the user could have something, so that nothing more can come in.

        Raises `UserHasFunds` if there is something in one of them. `now` is in Unix seconds.
        """
        ...
