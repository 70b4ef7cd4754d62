"""Wallets: a user's purses, each with several currencies."""

import unicodedata
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.currency import Currency
from domain.iso_4217 import MINOR_UNITS
from domain.ledger.asset import MAX_SCALE, Asset
from domain.wallets.errors import InvalidWalletName

MAX_WALLETS = 100
# Deleted ones are read too, for entries and past moments.
MAX_WALLETS_EVER = 10_000
MAX_CURRENCIES = 500
MAX_WALLET_NAME_LENGTH = 64


class WalletName(str):
    """The owner's name for a wallet; names that differ only in case are the same. Raises `InvalidWalletName`.

    In the composed form (NFC), as for passwords. A name is part of a path, so it has no slash and is not only dots,
    which clients take for folders.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Validate `text`."""
        name = unicodedata.normalize("NFC", text)
        is_plain = name.isprintable() and name.strip() == name and not set(name) & {"/", "\\"} and name.strip(".") != ""
        if not (1 <= len(name) <= MAX_WALLET_NAME_LENGTH and is_plain):
            raise InvalidWalletName(
                f"must have 1 to {MAX_WALLET_NAME_LENGTH} printable characters without a slash or a backslash, no "
                "surrounding spaces, and not only dots"
            )
        return super().__new__(cls, name)

    @property
    def key(self) -> str:
        """The name without case, for comparisons."""
        return unicodedata.normalize("NFC", self.casefold())


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet of a user. Times are Unix seconds; a deleted one keeps its entries."""

    id: UUID
    user_id: UUID
    name: WalletName
    created_at: float
    deleted_at: float | None = None

    def existed(self, at: int | None) -> bool:
        """Tell whether there was this wallet in a Unix second, with None whether there is now."""
        if at is None:
            return self.deleted_at is None
        return int(self.created_at) <= at and (self.deleted_at is None or at < int(self.deleted_at))


@dataclass(frozen=True, slots=True)
class WalletCurrency:
    """A currency of a wallet. Its id is that of its account in the ledger."""

    id: UUID
    wallet_id: UUID
    code: Currency


def asset_of(code: Currency) -> Asset:
    """Return the asset that a currency is: with the decimals of ISO 4217, or 18 where that has none for the code."""
    return Asset(code, MINOR_UNITS.get(code, MAX_SCALE))
