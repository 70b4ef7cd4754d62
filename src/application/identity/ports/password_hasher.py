"""The port to password hashing."""

from typing import Protocol

from domain.identity.user import Password


class PasswordHasher(Protocol):
    """Slow on purpose, and off the event loop. Both methods raise `TooManyRequests` if the queue is full."""

    async def hash(self, password: Password) -> str:
        """Return the hash to store."""
        ...

    async def verify(self, password: Password, password_hash: str | None) -> bool:
        """Return whether the hash is of this password. None, for an unknown user, takes as long and never matches."""
        ...
