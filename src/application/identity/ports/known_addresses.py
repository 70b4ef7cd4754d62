"""The port to the addresses from which users have signed in."""

from typing import Protocol
from uuid import UUID


class KnownAddresses(Protocol):
    """Addresses of successful logins, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, user_id: UUID, address: str, at: float, keep: int) -> None:
        """Store or renew an address at Unix time `at`; delete all but the user's `keep` latest."""
        ...

    async def is_known(self, account: str, address: str, since: float) -> bool:
        """Tell whether the user has signed in from there after `since`. `account` is `Username.key`.

        False if there is no such user; the answer takes equally long.
        """
        ...

    async def delete_all_of(self, user_id: UUID) -> None:
        """Delete every address of a user."""
        ...
