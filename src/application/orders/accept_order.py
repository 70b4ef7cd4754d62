"""Accept an order: key, order and hold in one transaction, without any network in it."""

from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

from application.idempotency.write_once import Once, write_once
from application.ledger.post_transaction import post_transaction
from application.orders.order_changes import store_accepted
from application.orders.ports.intake import Payer
from application.orders.ports.orders_meter import OrdersMeter
from application.orders.ports.repositories import OrderingRepositories
from application.orders.purchase import NewOrder, Priced, PricePurchase
from application.ports.clock import Clock
from application.ports.database import Database
from application.wallets.add_currency import add_currency
from domain.currency import Currency
from domain.errors import ConcurrentChange, CrossrateError
from domain.identity.user import User
from domain.ledger.account import AccountRef
from domain.ledger.errors import InsufficientFunds
from domain.ledger.movements.hold import hold
from domain.orders.errors import (
    InvalidPurchase,
    NoSuchPriceLock,
    PriceAboveMax,
    PriceLockNotUsable,
    SaleChanged,
    UnknownWallet,
)
from domain.orders.order import Order, Purchaser
from domain.orders.sale import Sale
from domain.orders.terms import Terms
from domain.wallets.wallet import WalletName


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
        `PriceLockNotUsable`, and what adding the bought currency to the wallet raises. Nothing is changed then. Where
        an administrator changes the sale meanwhile, the price is found once more.
        """
        try:
            order = await self._accept(user, asked, once, await self._priced(asked, afresh=False))
        except SaleChanged:
            order = await self._accept_afresh(user, asked, once)
        self._meter.order_accepted(order.terms.buy.code)
        return order

    async def _accept_afresh(self, user: User, asked: NewOrder, once: Once[Order] | None) -> Order:
        try:
            return await self._accept(user, asked, once, await self._priced(asked, afresh=True))
        except SaleChanged as error:
            raise ConcurrentChange(f"what {asked.buy} is sold for is being changed") from error

    async def _accept(
        self, user: User, asked: NewOrder, once: Once[Order] | None, priced: Priced | CrossrateError | None
    ) -> Order:
        order_id, now = uuid4(), self._clock.now()
        work = partial(_accept, user=user, asked=asked, priced=priced, order_id=order_id, now=now)
        return await write_once(self._database.write, work, once)

    async def _priced(self, asked: NewOrder, *, afresh: bool) -> Priced | CrossrateError | None:
        """Return the terms, or why there are none: that is raised only if the request was not answered before."""
        if asked.price_lock_id is not None:
            return None
        if asked.wish is None:
            return InvalidPurchase("takes either an amount or what to spend")
        try:
            return await self._price_purchase(asked.wish, afresh=afresh)
        except CrossrateError as error:
            return error


async def _accept(
    unit: OrderingRepositories,
    *,
    user: User,
    asked: NewOrder,
    priced: Priced | CrossrateError | None,
    order_id: UUID,
    now: float,
) -> Order:
    if isinstance(priced, CrossrateError):
        raise priced
    sale, payer = await unit.intake.hold_sale(user.id, WalletName(asked.wallet), asked.buy, asked.pay_with)
    if payer is None:
        raise UnknownWallet("there is no wallet with this name")
    if priced is None:
        priced = await _locked(unit, user, asked, sale, order_id, now)
    if sale != priced.sale:
        raise SaleChanged("the asset is sold on other terms since the price was found")
    terms = priced.terms
    if asked.max_price is not None and terms.price > asked.max_price:
        raise PriceAboveMax(terms.price)
    purchaser = await _purchaser(unit, user, payer, terms, now)
    held = hold(uuid4(), terms.total, account=AccountRef(purchaser.pays_from, terms.pay_with.code))
    order = Order(order_id, purchaser, terms, now, now, held.id)
    if not await store_accepted(unit, order, priced.sale.asset.clear_with, is_told=payer.has_webhooks):
        raise SaleChanged("the asset is cleared with another currency since the price was found")
    await post_transaction(unit, held, now)
    return order


async def _locked(
    unit: OrderingRepositories, user: User, asked: NewOrder, sale: Sale | None, order_id: UUID, now: float
) -> Priced:
    """Accept the price lock, once."""
    if (
        asked.price_lock_id is None
        or (lock := await unit.price_locks.find(user.id, asked.price_lock_id, for_change=True)) is None
    ):
        raise NoSuchPriceLock("there is no such price lock")
    terms = lock.check_usable(asked.buy, asked.pay_with, now).terms
    if asked.wish is not None and not terms.are_of(asked.wish.amount, asked.wish.spend):
        raise PriceLockNotUsable("the price lock is for another amount")
    usable = lock.check_sold(sale)
    if not await unit.price_locks.accept(lock.id, order_id):
        raise PriceLockNotUsable("another order has accepted this price lock")
    return Priced(terms, usable)


async def _purchaser(unit: OrderingRepositories, user: User, payer: Payer, terms: Terms, now: float) -> Purchaser:
    if payer.pays_from is None:
        asked = terms.pay_with.amount_of(terms.total)
        raise InsufficientFunds(payer.wallet_id, terms.pay_with.code, available=Decimal(0), asked=asked)
    receives_in = payer.receives_in or await _added(unit, user, payer.wallet_id, terms.buy.code, now)
    return Purchaser(user.id, payer.wallet_id, payer.pays_from, receives_in)


async def _added(unit: OrderingRepositories, user: User, wallet_id: UUID, code: Currency, now: float) -> UUID:
    """Add the currency that is bought to the wallet, unless another order has done so a moment ago."""
    await unit.wallets.find(user.id, wallet_id, for_change=True)
    currencies = {each.code: each.id for each in await unit.wallets.list_currencies([wallet_id])}
    if code in currencies:
        return currencies[code]
    return (await add_currency(unit, user, wallet_id, code, Decimal(0), now)).holding.id
