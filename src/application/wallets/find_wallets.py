"""Find wallets, and what is or was in them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from uuid import UUID

from application.ledger.post_transaction import microseconds
from application.wallets.ports.repositories import WalletsRepositories
from domain.errors import NoSuchObject
from domain.ledger.account import Account, Balance
from domain.wallets.holding import Holding
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName
from domain.wallets.wallet_view import WalletView

# What a database takes in one statement.
ACCOUNTS_AT_A_TIME = 5000


async def list_wallets(unit: WalletsRepositories, user_id: UUID, at: int | None = None) -> list[WalletView]:
    """Return all of a user's wallets; with `at`, a Unix second, those there were then, with what was in them."""
    wallets = await unit.wallets.list_by_user(user_id, even_deleted=at is not None)
    return await _views(unit, [wallet for wallet in wallets if wallet.existed(at)], at)


async def find_wallet(unit: WalletsRepositories, user_id: UUID, name: WalletName, at: int | None = None) -> WalletView:
    """Return the user's wallet with this name, now or then. Raises `NoSuchObject`."""
    for wallet in await unit.wallets.list_by_name(user_id, name):
        if wallet.existed(at):
            return (await _views(unit, [wallet], at))[0]
    raise NoSuchObject("there is no such wallet")


async def view_of(unit: WalletsRepositories, wallet: Wallet) -> WalletView:
    """Return the wallet with what is in it."""
    return (await _views(unit, [wallet], None))[0]


def holding_of(currency: WalletCurrency, account: Account, balance: Balance) -> Holding:
    """Return a currency with the amounts in its account."""
    amount_of = account.asset.amount_of
    return Holding(currency.id, currency.code, amount_of(balance.available), amount_of(balance.held))


def in_chunks(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    """Cut ids into as many as one statement takes."""
    left = iter(ids)
    while chunk := list(islice(left, ACCOUNTS_AT_A_TIME)):
        yield chunk


async def accounts_of(unit: WalletsRepositories, ids: Collection[UUID]) -> dict[UUID, Account]:
    """Return these accounts, however many."""
    accounts: dict[UUID, Account] = {}
    for chunk in in_chunks(ids):
        accounts |= await unit.ledger_accounts.find(chunk)
    return accounts


async def _views(unit: WalletsRepositories, wallets: Sequence[Wallet], at: int | None) -> list[WalletView]:
    currencies = await unit.wallets.list_currencies([wallet.id for wallet in wallets])
    ids = [currency.id for currency in currencies]
    accounts = await accounts_of(unit, ids)
    balances: Mapping[UUID, Balance] = {id_: account.balance for id_, account in accounts.items()}
    if at is not None:
        balances = await _balances_at(unit, ids, at)
    holdings: defaultdict[UUID, list[Holding]] = defaultdict(list)
    for currency in currencies:
        if currency.id in balances:  # otherwise there was nothing in it by then
            holdings[currency.wallet_id].append(holding_of(currency, accounts[currency.id], balances[currency.id]))
    return [WalletView(wallet, holdings[wallet.id]) for wallet in wallets]


async def _balances_at(unit: WalletsRepositories, ids: Collection[UUID], at: int) -> dict[UUID, Balance]:
    """Return the balances at the end of the second."""
    balances: dict[UUID, Balance] = {}
    for chunk in in_chunks(ids):
        balances |= await unit.ledger_accounts.balances_at(chunk, microseconds(at + 1) - 1)
    return balances
