"""API keys and their scopes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.identity.errors import InvalidKeyName

MAX_KEY_NAME_LENGTH = 64
MAX_KEYS = 100


class Scope(StrEnum):
    """A permission that a key can have."""

    CONVERT = "convert"
    QUOTES_READ = "quotes:read"
    QUOTES_WRITE = "quotes:write"
    WALLETS_READ = "wallets:read"
    WALLETS_WRITE = "wallets:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"


ALL_SCOPES = frozenset(Scope)


class KeyName(str):
    """The owner's name for a key. Raises `InvalidKeyName`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Validate `text`."""
        if not (1 <= len(text) <= MAX_KEY_NAME_LENGTH and text.isprintable() and text.strip() == text):
            raise InvalidKeyName(f"must have 1 to {MAX_KEY_NAME_LENGTH} printable characters and no surrounding spaces")
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that authenticates a user's program. Only a digest of its secret is stored. Times are Unix seconds."""

    id: UUID
    user_id: UUID
    name: KeyName
    scopes: frozenset[Scope]
    secret_digest: bytes = field(repr=False)
    created_at: float
    expires_at: float | None = None

    def is_expired(self, now: float) -> bool:
        """Return whether the key has expired at `now`, in Unix seconds."""
        return self.expires_at is not None and now >= self.expires_at
