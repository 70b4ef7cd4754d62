"""The accounts of the house that orders move money through."""

from collections.abc import Iterable

from application.ledger.ports.repositories import LedgerRepositories
from domain.currency import Currency
from domain.ledger.account import Account
from domain.ledger.asset import Asset
from domain.ledger.totals import VENUE_ACCOUNTS
from domain.pair import Pair
from domain.wallets.wallet import asset_of

TRADING = "trading"
FEES = "fees"


def venue_account(venue: str) -> str:
    """Return the name of the account whose balance, negated, is what a venue holds for us."""
    return f"{VENUE_ACCOUNTS}{venue}"


async def open_house_accounts(unit: LedgerRepositories, accounts: Iterable[tuple[str, Asset]]) -> None:
    """Open those of these accounts, each a name and an asset, that do not exist yet."""
    wanted = {account.id: account for account in (Account.house(name, asset) for name, asset in accounts)}
    found = await unit.ledger_accounts.find(list(wanted))
    for id_ in sorted(wanted.keys() - found.keys()):
        await unit.ledger_accounts.open(wanted[id_])


async def asset_in_ledger(unit: LedgerRepositories, code: Currency) -> Asset:
    """Return the asset with the scale that the ledger has, or will have."""
    return await unit.ledger_accounts.find_asset(code) or asset_of(code)


async def both_in_ledger(unit: LedgerRepositories, pair: Pair) -> tuple[Asset, Asset]:
    """Return base and quote with the scales that the ledger has, or will have."""
    return await asset_in_ledger(unit, pair.base), await asset_in_ledger(unit, pair.quote)
