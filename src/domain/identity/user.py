"""Users: their names, roles and passwords."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.identity.errors import InvalidPassword, InvalidUsername

LONGEST_USERNAME = 64
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{2,63}", re.ASCII)


class Role(StrEnum):
    """The role of a user."""

    USER = "user"
    ADMIN = "admin"


class Username(str):
    """A user's name as they wrote it; names that differ only in case are the same. Raises `InvalidUsername`.

    ASCII only: look-alike letters of other scripts are used to impersonate people.
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
        """The name in the case in which names are compared."""
        return self.lower()


@dataclass(frozen=True, slots=True)
class Password:
    """A password in the clear, which no `repr` shows. Raises `InvalidPassword`."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        """Check the length only: rules on characters make passwords worse."""
        if not SHORTEST_PASSWORD <= len(self.text) <= LONGEST_PASSWORD:
            raise InvalidPassword(f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")


@dataclass(frozen=True, slots=True)
class User:
    """A user who can sign in. `created_at` is in Unix seconds."""

    id: UUID
    name: Username
    role: Role
    password_hash: str = field(repr=False)
    created_at: float
    is_disabled: bool = False
