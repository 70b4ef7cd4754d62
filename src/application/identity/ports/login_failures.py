"""The logins that failed lately, so that guessing stays slow."""

from typing import Protocol


class LoginFailures(Protocol):
    """Failures by account and by address, inside one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, account: str, address: str, at: float) -> None:
        """Keep one, at Unix second `at`. `account` is the key of the name that was tried, whether it exists or not."""
        ...

    async def of_account(self, account: str, since: float, limit: int) -> list[float]:
        """Return when the latest failures at an account were, the newest first; after `since`, `limit` at most."""
        ...

    async def of_address(self, address: str, since: float, limit: int) -> list[float]:
        """Return when the latest failures from an address were, as `of_account` does."""
        ...

    async def forget(self, until: float) -> None:
        """Remove those of `until` and before."""
        ...
