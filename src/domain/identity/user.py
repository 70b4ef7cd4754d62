"""Users: their names, roles and passwords."""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.currency import Currency
from domain.identity.errors import InvalidPassword, InvalidUsername

MAX_USERNAME_LENGTH = 64
MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH = 8, 128

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{2,63}", re.ASCII)


class Role(StrEnum):
    """A user's role. Administrators see all accounts, the audit log and the ledger's totals."""

    USER = "user"
    ADMIN = "admin"


class Username(str):
    """A user's name as they wrote it; names that differ only in case are the same. Raises `InvalidUsername`.

    ASCII only, because look-alike letters of other scripts are used to impersonate people.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Validate `text`."""
        if not _USERNAME.fullmatch(text):
            raise InvalidUsername(
                f"must have 3 to {MAX_USERNAME_LENGTH} of A-Z a-z 0-9 . _ @ + - and begin with a letter or a digit"
            )
        return super().__new__(cls, text)

    @property
    def key(self) -> str:
        """The name in lower case, for comparisons."""
        return self.lower()


@dataclass(frozen=True, slots=True)
class Password:
    """A plaintext password, which `repr` hides. Raises `InvalidPassword`.

    In the composed form (NFC): keyboards and systems differ in how they write the same letter, such as é.
    """

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        """Check the length only: rules on characters make passwords worse."""
        object.__setattr__(self, "text", unicodedata.normalize("NFC", self.text))
        if not MIN_PASSWORD_LENGTH <= len(self.text) <= MAX_PASSWORD_LENGTH:
            raise InvalidPassword(f"must have {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")

    @classmethod
    def as_typed(cls, text: str) -> Self:
        """Return what somebody signs in with, of any length: one that cannot be right is wrong like any other."""
        typed = object.__new__(cls)
        object.__setattr__(typed, "text", unicodedata.normalize("NFC", text))
        return typed


@dataclass(frozen=True, slots=True)
class User:
    """A user who can sign in. `created_at` is in Unix seconds.

    `default_to` is the currency in which their wallets are valued, None if they have chosen none.
    """

    id: UUID
    name: Username
    role: Role
    password_hash: str = field(repr=False)
    created_at: float
    is_disabled: bool = False
    # No part of who the user is: a change of it makes nothing that was read before out of date.
    default_to: Currency | None = field(default=None, compare=False)
