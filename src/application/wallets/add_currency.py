"""Add a currency to a wallet."""

from decimal import Decimal
from uuid import UUID, uuid4

from application.ledger.post_transaction import post_transaction
from application.wallets.find_wallets import holding_of
from application.wallets.move_funds import MovedFunds
from application.wallets.ports.repositories import WalletsRepositories
from application.wallets.rename_wallet import wallet_for_change
from application.wallets.tell import tell_of_moved
from domain.currency import Currency
from domain.identity.user import User
from domain.ledger.account import Account
from domain.ledger.movements.deposit import deposit
from domain.rates.tickers import NO_EXCHANGE, meanings
from domain.wallets.errors import CurrencyAlreadyThere, SecondName, TooManyCurrencies
from domain.wallets.wallet import MAX_CURRENCIES, WalletCurrency, asset_of


async def add_currency(
    unit: WalletsRepositories,
    user: User,
    wallet_id: UUID,
    code: Currency,
    amount: Decimal,
    now: float,
    *,
    refusal: Exception | None = None,
) -> MovedFunds:
    """Store a currency, and deposit `amount` (0 or more) of it.

    `refusal` is why there is no such currency, where it was found that there is none; it is raised.
    Raises `NoSuchObject`, `SecondName`, `CurrencyAlreadyThere`, `TooManyCurrencies` and `InvalidAmount`.
    """
    wallet = await wallet_for_change(unit, user, wallet_id)
    if (name := meanings(NO_EXCHANGE, now).synonyms.get(code)) is not None:
        raise SecondName(f"{code} is a second name of {name}: use {name}")
    if refusal is not None:
        raise refusal
    currencies = await unit.wallets.list_currencies([wallet.id])
    if code in {currency.code for currency in currencies}:
        raise CurrencyAlreadyThere(f"the wallet has {code} already")
    if len(currencies) >= MAX_CURRENCIES:
        raise TooManyCurrencies(f"a wallet may have {MAX_CURRENCIES} currencies")
    asset = await unit.ledger_accounts.find_asset(code) or asset_of(code)
    units = asset.units_of(amount)
    currency = WalletCurrency(uuid4(), wallet.id, code)
    account, outside = Account.of_user(currency.id, user.id, asset), Account.external(user.id, asset)
    await unit.wallets.add_currency(currency)
    await unit.ledger_accounts.open(account)
    await unit.ledger_accounts.open(outside)
    if not units:
        return MovedFunds(holding_of(currency, account, account.balance))
    posted = await post_transaction(unit, deposit(uuid4(), units, to=account.ref, source=outside.ref), now)
    await tell_of_moved(unit, user, posted, account, currency, now)
    balance = posted.posting_of(account.id).balance
    return MovedFunds(holding_of(currency, account, balance), posted.header.id)
