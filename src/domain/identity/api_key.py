"""API keys, and what they may do."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.identity.errors import InvalidKeyName

LONGEST_KEY_NAME = 64
MOST_KEYS = 100


class Scope(StrEnum):
    """What a key may be allowed to do."""

    CONVERT = "convert"
    QUOTES_READ = "quotes:read"
    QUOTES_WRITE = "quotes:write"


EVERY_SCOPE = frozenset(Scope)


class KeyName(str):
    """A name that its owner gave a key. Raises `InvalidKeyName`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`."""
        if not (1 <= len(text) <= LONGEST_KEY_NAME and text.isprintable() and text.strip() == text):
            raise InvalidKeyName(f"must have 1 to {LONGEST_KEY_NAME} printable characters, with no space around them")
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key with which a user's program signs in. Only a digest of its secret is stored. Times are Unix seconds."""

    id: UUID
    user_id: UUID
    name: KeyName
    scopes: frozenset[Scope]
    secret_digest: bytes = field(repr=False)
    created_at: float
    expires_at: float | None = None

    def is_expired(self, now: float) -> bool:
        """Return whether it has expired."""
        return self.expires_at is not None and now >= self.expires_at
