"""Accept an order: key, order and hold in one transaction, without any network in it."""

from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

from application.idempotency.write_once import Once, write_once
from application.ledger.post_transaction import post_transaction
from application.orders.order_changes import store_accepted
from application.orders.ports.orders_meter import OrdersMeter
from application.orders.ports.repositories import OrderingRepositories
from application.orders.purchase import NewOrder, PricePurchase
from application.ports.clock import Clock
from application.ports.database import Database
from application.wallets.add_currency import add_currency
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.identity.user import User
from domain.ledger.account import AccountRef
from domain.ledger.errors import InsufficientFunds
from domain.ledger.movements.hold import hold
from domain.orders.errors import InvalidPurchase, NoSuchPriceLock, PriceAboveMax, PriceLockNotUsable, UnknownWallet
from domain.orders.order import Order, Purchaser
from domain.orders.terms import Terms
from domain.wallets.wallet import Wallet, WalletName


class AcceptOrder:
    """The price is found before the transaction; whether the request was answered before is known only in it."""

    def __init__(
        self,
        *,
        database: Database[OrderingRepositories],
        clock: Clock,
        price_purchase: PricePurchase,
        meter: OrdersMeter,
    ) -> None:
        self._database = database
        self._clock = clock
        self._price_purchase = price_purchase
        self._meter = meter

    async def __call__(self, user: User, asked: NewOrder, once: Once[Order] | None = None) -> Order:
        """Return the order once it is committed.

        Raises what `PricePurchase` raises, `PriceAboveMax`, `UnknownWallet`, `InsufficientFunds`, `NoSuchPriceLock`,
        `PriceLockNotUsable`, and what adding the bought currency to the wallet raises. Nothing is changed then.
        """
        terms = await self._terms(asked)
        order_id, now = uuid4(), self._clock.now()
        work = partial(_accept, user=user, asked=asked, terms=terms, order_id=order_id, now=now)
        order = await write_once(self._database, work, once)
        self._meter.order_accepted(order.terms.buy.code)
        return order

    async def _terms(self, asked: NewOrder) -> Terms | CrossrateError | None:
        """Return the terms, or why there are none: that is raised only if the request was not answered before."""
        if asked.price_lock_id is not None:
            return None
        if asked.wish is None:
            return InvalidPurchase("takes either an amount or what to spend")
        try:
            return await self._price_purchase(asked.wish)
        except CrossrateError as error:
            return error


async def _accept(
    unit: OrderingRepositories,
    *,
    user: User,
    asked: NewOrder,
    terms: Terms | CrossrateError | None,
    order_id: UUID,
    now: float,
) -> Order:
    if isinstance(terms, CrossrateError):
        raise terms
    wallet = await _wallet(unit, user, asked.wallet)
    if terms is None:
        terms = await _locked_terms(unit, user, asked, order_id, now)
    if asked.max_price is not None and terms.price > asked.max_price:
        raise PriceAboveMax(terms.price)
    purchaser = await _purchaser(unit, user, wallet, terms, now)
    held = hold(uuid4(), terms.total, account=AccountRef(purchaser.pays_from, terms.pay_with.code))
    order = Order(order_id, purchaser, terms, now, now, held.id)
    await store_accepted(unit, order)
    await post_transaction(unit, held, now)
    return order


async def _wallet(unit: OrderingRepositories, user: User, name: str) -> Wallet:
    named = await unit.wallets.list_by_name(user.id, WalletName(name))
    wallet = next((each for each in named if each.deleted_at is None), None)
    if wallet is None:
        raise UnknownWallet("there is no wallet with this name")
    return wallet


async def _locked_terms(unit: OrderingRepositories, user: User, asked: NewOrder, order_id: UUID, now: float) -> Terms:
    """Accept the price lock, once."""
    if (
        asked.price_lock_id is None
        or (lock := await unit.price_locks.find(user.id, asked.price_lock_id, for_change=True)) is None
    ):
        raise NoSuchPriceLock("there is no such price lock")
    terms = lock.check_usable(asked.buy, asked.pay_with, now).terms
    if asked.wish is not None and not terms.are_of(asked.wish.amount, asked.wish.spend):
        raise PriceLockNotUsable("the price lock is for another amount")
    asset = await unit.clearing_assets.find(terms.buy.code)
    lock.check_cleared_with(None if asset is None else asset.clear_with)
    if not await unit.price_locks.accept(lock.id, order_id):
        raise PriceLockNotUsable("another order has accepted this price lock")
    return terms


async def _purchaser(unit: OrderingRepositories, user: User, wallet: Wallet, terms: Terms, now: float) -> Purchaser:
    currencies = {each.code: each.id for each in await unit.wallets.list_currencies([wallet.id])}
    pays_from = currencies.get(terms.pay_with.code)
    if pays_from is None:
        asked = terms.pay_with.amount_of(terms.total)
        raise InsufficientFunds(wallet.id, terms.pay_with.code, available=Decimal(0), asked=asked)
    receives_in = currencies.get(terms.buy.code) or await _added(unit, user, wallet, terms.buy.code, now)
    return Purchaser(user.id, wallet.id, pays_from, receives_in)


async def _added(unit: OrderingRepositories, user: User, wallet: Wallet, code: Currency, now: float) -> UUID:
    """Add the currency that is bought to the wallet, unless another order has done so a moment ago."""
    await unit.wallets.find(user.id, wallet.id, for_change=True)
    currencies = {each.code: each.id for each in await unit.wallets.list_currencies([wallet.id])}
    if code in currencies:
        return currencies[code]
    return (await add_currency(unit, user, wallet.id, code, Decimal(0), now)).holding.id
