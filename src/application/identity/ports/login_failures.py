"""The port to the repository of failed logins, which limit guessing."""

from typing import Protocol


class LoginFailures(Protocol):
    """Failed logins, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, account: str, address: str, at: float) -> None:
        """Store a failure at Unix time `at`. `account` is `Username.key`, whether or not such a user exists."""
        ...

    async def list_by_account(self, account: str, since: float, limit: int) -> list[float]:
        """Return the Unix times of an account's failures after `since`, newest first, at most `limit`."""
        ...

    async def list_by_address(self, address: str, since: float, limit: int) -> list[float]:
        """Return the Unix times of failures from an address after `since`, newest first, at most `limit`."""
        ...

    async def delete_older_than(self, moment: float) -> None:
        """Delete the failures at or before `moment`, in Unix seconds."""
        ...
