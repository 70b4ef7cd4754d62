"""Accounts: who has how much of an asset."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self
from uuid import UUID, uuid5

from domain.ledger.asset import Asset

# Ids of house and external accounts are derived, so that everybody finds the same one without a look-up.
_DERIVED_IDS = UUID("5a0c1d0e-7b0f-4a52-9e0b-3c6f3d8f4c11")

# The hash before an account's first posting.
GENESIS = bytes(32)


class AccountKind(StrEnum):
    """Whose money an account shows. Only a user's account may never be overdrawn."""

    USER = "user"  # what we owe a user
    HOUSE = "house"  # what is ours: fees, differences, what an exchange keeps for us
    EXTERNAL = "external"  # the world outside; negative by what came in and has not gone out


class AccountRef(NamedTuple):
    """What a movement needs of an account: its id, and the code of its asset."""

    id: UUID
    asset: str


@dataclass(frozen=True, slots=True)
class Balance:
    """`available` may be spent; `held` is reserved for what is under way. Both in the asset's smallest unit."""

    available: int = 0
    held: int = 0

    @property
    def total(self) -> int:
        """All that is in the account."""
        return self.available + self.held


@dataclass(frozen=True, slots=True)
class Account:
    """An account, and its state after its last posting.

    `version` counts its postings, `hash` is that of the last one, and `changed_at_us` when that was recorded, in
    microseconds since 1970 like all times of the ledger. `owner_id` is a user's, None for the house.
    """

    id: UUID
    owner_id: UUID | None
    asset: Asset
    kind: AccountKind
    name: str = ""
    closed_at_us: int | None = None
    balance: Balance = Balance()
    version: int = 0
    hash: bytes = field(default=GENESIS, repr=False)
    changed_at_us: int = 0

    @classmethod
    def of_user(cls, account_id: UUID, owner_id: UUID, asset: Asset) -> Self:
        """Return a new account of a user, who may have several with one asset."""
        return cls(account_id, owner_id, asset, AccountKind.USER)

    @classmethod
    def external(cls, owner_id: UUID, asset: Asset) -> Self:
        """Return the account from which this user's deposits come and to which withdrawals go.

        Each user has one per asset: one for all would make all deposits of an asset wait for each other.
        """
        return cls(external_ref(owner_id, asset.code).id, owner_id, asset, AccountKind.EXTERNAL)

    @classmethod
    def house(cls, name: str, asset: Asset) -> Self:
        """Return an account of the house, such as `fees`."""
        return cls(house_ref(name, asset.code).id, None, asset, AccountKind.HOUSE, name)

    @property
    def ref(self) -> AccountRef:
        """What movements need."""
        return AccountRef(self.id, self.asset.code)

    @property
    def may_be_negative(self) -> bool:
        """Whether more may be taken from it than it has."""
        return self.kind is not AccountKind.USER

    def is_same_as(self, other: "Account") -> bool:
        """Tell whether both describe one account, whatever its state."""
        return _identity(self) == _identity(other)


def _identity(account: Account) -> tuple[object, ...]:
    return account.id, account.owner_id, account.asset, account.kind, account.name


def external_ref(owner_id: UUID, asset: str) -> AccountRef:
    """Return the reference of a user's external account, without a look-up."""
    return AccountRef(uuid5(_DERIVED_IDS, f"external/{owner_id}/{asset}"), asset)


@lru_cache(maxsize=4096)
def house_ref(name: str, asset: str) -> AccountRef:
    """Return the reference of an account of the house, without a look-up."""
    return AccountRef(uuid5(_DERIVED_IDS, f"house/{name}/{asset}"), asset)
