"""The port to the repository of wrong passwords, which limit guessing."""

from typing import Protocol
from uuid import UUID


class LoginFailures(Protocol):
    """Wrong passwords, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, account: str, address: str, at: float, session_id: UUID | None = None) -> None:
        """Store a failure at Unix time `at`. `account` is `Username.key`, whether or not such a user exists.

        `session_id` names the session of a signed-in user who typed a wrong password.
        """
        ...

    async def list_by_account(self, account: str, since: float, limit: int) -> list[float]:
        """Return the Unix times of an account's failures after `since`, newest first, at most `limit`."""
        ...

    async def list_by_address(self, address: str, since: float, limit: int) -> list[float]:
        """Return the Unix times of failures from an address after `since`, newest first, at most `limit`."""
        ...

    async def list_by_account_and_address(self, account: str, address: str, since: float, limit: int) -> list[float]:
        """Return the same for an account's failures from one address."""
        ...

    async def list_by_session(self, account: str, session_id: UUID, since: float, limit: int) -> list[float]:
        """Return the same for an account's failures in one session."""
        ...

    async def delete_all_of(self, account: str) -> None:
        """Delete every failure of an account."""
        ...

    async def delete_older_than(self, moment: float) -> None:
        """Delete the failures at or before `moment`, in Unix seconds."""
        ...
