"""Storage of recent failed logins, which slow down guessing."""

from typing import Protocol


class LoginFailures(Protocol):
    """Failed logins, inside one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, account: str, address: str, at: float) -> None:
        """Store one, at Unix second `at`. `account` is the key of the name that was tried, whether or not it exists."""
        ...

    async def list_by_account(self, account: str, since: float, limit: int) -> list[float]:
        """Return the moments of an account's failures after `since`, newest first, `limit` at most."""
        ...

    async def list_by_address(self, address: str, since: float, limit: int) -> list[float]:
        """Return the moments of the failures from an address, likewise."""
        ...

    async def delete_older_than(self, moment: float) -> None:
        """Delete the failures at or before `moment`, in Unix seconds."""
        ...
