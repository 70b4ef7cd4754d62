"""Passwords, as what is kept of them."""

from typing import Protocol

from domain.identity.user import Password


class PasswordHasher(Protocol):
    """Slow on purpose, and never on the event loop. Raises `TooManyRequests` when too many wait for it."""

    async def hash(self, password: Password) -> str:
        """Return what to keep of a password."""
        ...

    async def verify(self, password: Password, kept: str | None) -> bool:
        """Tell whether `kept` is of this password. None, of nobody's, takes as long and is never right."""
        ...
