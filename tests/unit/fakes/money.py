"""Builders of accounts and holds."""

from uuid import UUID, uuid4

from domain.ledger.account import Account
from domain.ledger.asset import Asset

USD = Asset.of("USD", 2)
BTC = Asset.of("BTC", 8)
ETH = Asset.of("ETH", 18)


def account(asset: Asset = USD, *, owner_id: UUID | None = None) -> Account:
    """Return a new account of a user."""
    return Account.of_user(uuid4(), owner_id or uuid4(), asset)


def outside(of: Account) -> Account:
    """Return the external account of a user's account."""
    assert of.owner_id is not None
    return Account.external(of.owner_id, of.asset)
