"""Hashing of passwords."""

from typing import Protocol

from domain.identity.user import Password


class PasswordHasher(Protocol):
    """Slow on purpose, and never on the event loop. Raises `TooManyRequests` when its queue is full."""

    async def hash(self, password: Password) -> str:
        """Return the hash to store for a password."""
        ...

    async def verify(self, password: Password, password_hash: str | None) -> bool:
        """Return whether the hash is of this password. None, for an unknown user, takes as long and never matches."""
        ...
