"""Errors of the ledger."""

from decimal import Decimal
from uuid import UUID

from domain.decimals import plain
from domain.errors import Conflict, CrossrateError, InvalidInput, NoSuchObject


class InvalidAmount(InvalidInput):
    """Zero, negative, too large, or with more decimals than the asset has."""


class InvalidReason(InvalidInput):
    """Too long, or with characters that cannot be printed."""


class InvalidAsset(InvalidInput):
    """A scale outside 0 to 18."""


class AssetConflict(Conflict):
    """The asset exists with another scale, which never changes."""


class UnbalancedTransaction(CrossrateError):
    """The movements are no transaction: they do not sum to zero per asset, or name an account twice. A bug of ours."""


class NoSuchAccount(NoSuchObject):
    """There is no such account in the ledger."""


class AccountExists(Conflict):
    """An account with this id exists, with another owner, asset, kind or name."""


class AccountClosed(Conflict):
    """Nothing can be posted to a closed account."""


class InsufficientFunds(Conflict):
    """A user's account has less than what was asked for."""

    def __init__(self, account_id: UUID, asset: str, *, available: Decimal, asked: Decimal) -> None:
        self.account_id = account_id
        self.asset = asset
        self.available = available
        self.asked = asked
        super().__init__(f"{plain(available)} {asset} is available, and {plain(asked)} was asked for")


class TransactionConflict(Conflict):
    """The id belongs to another transaction, with other postings."""


class NoSuchTransaction(NoSuchObject):
    """There is no such transaction in the ledger."""


class NotCorrectable(Conflict):
    """A transaction that a correction cannot undo: it made or resolved a hold, or was corrected before."""


class HoldResolved(Conflict):
    """The hold was settled, released or has expired before."""


class HoldExpired(Conflict):
    """The hold's time is over, so it can only be released."""
