"""Add funds to a currency of a wallet, or withdraw some."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from application.ledger.post_transaction import post_transaction
from application.wallets.find_wallets import holding_of
from application.wallets.ports.repositories import WalletsRepositories
from application.wallets.tell import tell_of_moved
from domain.errors import NoSuchObject
from domain.identity.caller import Caller
from domain.identity.user import User
from domain.ledger.account import Account, external_ref
from domain.ledger.errors import InvalidAmount
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.withdrawal import withdrawal
from domain.wallets.holding import Holding
from domain.wallets.large_withdrawals import LargeWithdrawals
from domain.wallets.wallet import WalletCurrency


@dataclass(frozen=True, slots=True)
class MovedFunds:
    """What a currency has after a transaction; `transaction_id` is None where nothing was moved."""

    holding: Holding
    transaction_id: UUID | None = None


async def move_funds(
    unit: WalletsRepositories,
    caller: Caller,
    currency_id: UUID,
    amount: Decimal,
    now: float,
    large_withdrawals: LargeWithdrawals,
) -> MovedFunds:
    """Add a positive amount, withdraw a negative one.

    Raises `NoSuchObject`, `InvalidAmount` (zero, too large, or with more decimals than the currency has),
    `InsufficientFunds`, and what `LargeWithdrawals.check` raises.
    """
    user = caller.user
    currency, account = await account_of(unit, user, currency_id)
    units = account.asset.units_of(amount)
    if not units:
        raise InvalidAmount("must not be 0")
    outside = external_ref(user.id, account.asset.code)
    if units > 0:
        transaction = deposit(uuid4(), units, to=account.ref, source=outside)
    else:
        large_withdrawals.check(caller, account.asset.code, -amount, now)
        transaction = withdrawal(uuid4(), -units, source=account.ref, to=outside)
    posted = await post_transaction(unit, transaction, now)
    await tell_of_moved(unit, user, posted, account, currency, now)
    return MovedFunds(holding_of(currency, account, posted.posting_of(account.id).balance), posted.header.id)


async def account_of(unit: WalletsRepositories, user: User, currency_id: UUID) -> tuple[WalletCurrency, Account]:
    """Return one of the user's currencies with its account, which may change until it is locked.

    Raises `NoSuchObject`, also for a currency of somebody else.
    """
    currency = await unit.wallets.find_currency(user.id, currency_id)
    account = (await unit.ledger_accounts.find([currency_id])).get(currency_id)
    if currency is None or account is None:
        raise NoSuchObject("there is no such currency in a wallet")
    return currency, account
