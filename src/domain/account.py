"""Users, what they may do, and how long what they hold is good for."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.errors import InvalidKeyName, InvalidPassword, InvalidUsername

LONGEST_USERNAME = 64
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
LONGEST_KEY_NAME = 64
MOST_KEYS = 100

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{2,63}", re.ASCII)


class Role(StrEnum):
    """What kind of user someone is."""

    USER = "user"
    ADMIN = "admin"


class Scope(StrEnum):
    """One thing that a key may be allowed to do."""

    CONVERT = "convert"
    QUOTES_READ = "quotes:read"
    QUOTES_WRITE = "quotes:write"


class Username(str):
    """A user's name as it was written. Two that differ in case only are the same one. Raises `InvalidUsername`.

    ASCII only: names that merely look alike in other scripts are how people are impersonated.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`."""
        if not _USERNAME.fullmatch(text):
            raise InvalidUsername(
                f"must have 3 to {LONGEST_USERNAME} of A-Z a-z 0-9 . _ @ + - and begin with a letter or a digit"
            )
        return super().__new__(cls, text)

    @property
    def key(self) -> str:
        """The name in the one case in which names are compared."""
        return self.lower()


@dataclass(frozen=True, slots=True)
class Password:
    """A password in the clear, which shows itself in no log. Raises `InvalidPassword`."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        """Check the length, and nothing else: rules on characters make passwords worse."""
        if not SHORTEST_PASSWORD <= len(self.text) <= LONGEST_PASSWORD:
            raise InvalidPassword(f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")


class KeyName(str):
    """What its owner calls a key. Raises `InvalidKeyName`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`."""
        if not (1 <= len(text) <= LONGEST_KEY_NAME and text.isprintable() and text.strip() == text):
            raise InvalidKeyName(f"must have 1 to {LONGEST_KEY_NAME} printable characters, with no space around them")
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True)
class User:
    """Someone who can sign in. `created_at` is in Unix seconds."""

    id: UUID
    name: Username
    role: Role
    password_hash: str = field(repr=False)
    created_at: float
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in and all the tokens that were ever issued for it: revoked by being removed.

    `generation` counts the refreshes. Only the refresh token of the present generation is good; an older one is a copy
    that somebody kept, which is a reason to end the session. Times are in Unix seconds.
    """

    id: UUID
    user_id: UUID
    generation: int
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a user's programs. Only the digest of its secret is kept. Times are in Unix seconds."""

    id: UUID
    user_id: UUID
    name: KeyName
    scopes: frozenset[Scope]
    secret_digest: bytes = field(repr=False)
    created_at: float
    expires_at: float | None = None

    def is_expired(self, now: float) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user who signed in (`session_id`), or a key of theirs (`key_id`), and what they may do."""

    user: User
    scopes: frozenset[Scope]
    session_id: UUID | None = None
    key_id: UUID | None = None


EVERY_SCOPE = frozenset(Scope)
