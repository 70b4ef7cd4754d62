"""The last step of a batch: give its orders what was bought, a few at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import uuid5

import structlog

from application.ledger.post_transactions import post_transactions
from application.orders.house import FEES, TRADING, open_house_accounts
from application.orders.order_changes import store_changed
from application.orders.ports.orders_meter import OrdersMeter
from application.orders.ports.repositories import OrdersRepositories
from application.orders.refunds import hold_of, refund_of
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable
from domain.ledger.account import AccountRef, house_ref
from domain.ledger.asset import Asset
from domain.ledger.movements.hold import hold
from domain.ledger.movements.settle import settle
from domain.ledger.transaction import Movement, Transaction
from domain.orders.allocation import Allocation, Wanted
from domain.orders.batch import Batch
from domain.orders.order import Filled, Order, OrderStatus, Part

NOT_BOUGHT = "it could not be bought at that moment"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an order becomes by its part of a batch, and the transactions that go with it."""

    order: Order
    part: Part
    transactions: tuple[Transaction, ...]


class SettleBatch:
    """Each chunk is a transaction: orders and their money change together, and a repeat finds them done."""

    def __init__(self, *, database: Database[OrdersRepositories], clock: Clock, meter: OrdersMeter, chunk: int) -> None:
        self._database = database
        self._clock = clock
        self._meter = meter
        self._most = self._chunk = chunk

    async def __call__(self, batch: Batch) -> None:
        """Settle the next orders, and finish the batch with the last ones. Raises `ClaimLost`."""
        now, chunk = self._clock.now(), self._chunk

        async def work(unit: OrdersRepositories) -> tuple[list[Settlement], Batch]:
            await unit.batches.save(batch, release=False)  # first, so that another worker waits here
            orders = await unit.orders.lock_in_batch(batch.id, chunk)
            settlements = [settlement_of(order, batch, now) for order in orders]
            after = batch if len(orders) == chunk else batch.finish(now)
            await unit.batches.save(after)
            await _store(unit, settlements, now)
            return settlements, after

        try:
            settlements, after = await self._database.write(work)
        except DatabaseUnavailable:
            # A busy database may have no time for so many; fewer are settled next time.
            self._chunk = max(1, chunk // 2)
            raise
        self._chunk = min(2 * chunk, self._most)
        self._count(batch, settlements, now)
        if after.finished_at is not None:
            log.info("batch_settled", batch=str(batch.id), asset=batch.asset.code, orders=batch.orders)

    def _count(self, batch: Batch, settlements: Iterable[Settlement], now: float) -> None:
        asset, ended = batch.asset.code, [each.order for each in settlements if each.order.has_ended]
        for status in {order.status for order in ended}:
            self._meter.orders_ended(asset, status.value, sum(order.status is status for order in ended))
        for order in ended:
            if order.status is OrderStatus.SETTLED:
                self._meter.order_settled(asset, max(0.0, now - order.created_at))


def settlement_of(order: Order, batch: Batch, now: float) -> Settlement:
    """Return what the order gets of the batch, and pays for it."""
    allocation = batch.allocation or Allocation(batch.wanted, 0, batch.wanted, 0)
    filled = order.fill(allocation.share(Wanted(order.sequence, order.left)))
    after = _after(filled.order, batch, now, is_filled=bool(filled.amount))
    part = Part(order.id, batch.id, filled.amount, filled.cost, filled.fee, now, after.status)
    if not filled.amount:
        transactions = (refund_of(order),) if after.has_ended else ()
        return Settlement(after, part, transactions)
    paid = _payment(order, filled, batch)
    if after.has_ended:
        return Settlement(after, part, (paid,))
    # The rest is held anew, since a hold is resolved as a whole.
    again = hold(uuid5(order.id, f"{batch.id}/rest"), filled.order.unpaid, account=hold_of(order).account)
    return Settlement(replace(after, hold_id=again.id), part, (paid, again))


def _after(order: Order, batch: Batch, now: float, *, is_filled: bool) -> Order:
    if is_filled:
        order = replace(order, exchange=batch.venue)
    if not order.left:
        return order.settle(now)
    # What a venue said is for administrators, who see it at the batch.
    reason = f"{batch.venue} did not sell all that was wanted" if is_filled else NOT_BOUGHT
    if batch.is_rest_refunded or order.left < batch.smallest_rest:
        return order.refund(now, reason)
    return order.requeue(now, reason)


def _payment(order: Order, filled: Filled, batch: Batch) -> Transaction:
    """Return the payment to the house, and the delivery of what was bought."""
    pay_with, buy = order.terms.pay_with.code, order.terms.buy.code
    payments = [(house_ref(TRADING, pay_with), filled.cost), (house_ref(FEES, pay_with), filled.fee)]
    delivery = (
        Movement(house_ref(TRADING, buy), -filled.amount),
        Movement(AccountRef(order.purchaser.receives_in, buy), filled.amount),
    )
    return settle(
        uuid5(order.id, str(batch.id)),
        hold_of(order),
        [(account, units) for account, units in payments if units],
        in_return=delivery,
    )


async def _store(unit: OrdersRepositories, settlements: list[Settlement], now: float) -> None:
    await store_changed(unit, [each.order for each in settlements])
    await unit.orders.add_parts([each.part for each in settlements])
    transactions = [transaction for each in settlements for transaction in each.transactions]
    if transactions:
        await open_house_accounts(unit, _accounts_of(settlements))
        await post_transactions(unit, transactions, now)


def _accounts_of(settlements: Iterable[Settlement]) -> set[tuple[str, Asset]]:
    terms = [each.order.terms for each in settlements]
    paid = {(name, each.pay_with) for each in terms for name in (TRADING, FEES)}
    return paid | {(TRADING, each.buy) for each in terms}
