"""Give an order's money back, because an administrator says so."""

from dataclasses import replace
from uuid import UUID

import structlog

from application.identity.record_audit_event import record_audit_event
from application.orders.batch_step import Clearing
from application.orders.ports.repositories import OrderingRepositories
from application.orders.refunds import refund_orders
from application.ports.database import Database
from domain.decimals import plain
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.user import User
from domain.orders.attempt import AttemptOutcome
from domain.orders.batch import Batch, BatchStatus
from domain.orders.errors import NoSuchOrder, OrderNotRefundable
from domain.orders.order import Order, OrderStatus

# Nothing was executed, and nothing will be.
_IN_VAIN = frozenset({AttemptOutcome.NOT_SENT, AttemptOutcome.REFUSED, AttemptOutcome.ABSENT})

log = structlog.get_logger()


class RefundOrder:
    """An order in the queue, or in a batch of which no purchase is or can be executed. What it has got stays."""

    def __init__(self, clearing: Clearing, database: Database[OrderingRepositories]) -> None:
        self._clearing = clearing
        self._database = database

    async def __call__(self, admin: User, order_id: UUID, reason: str, address: str) -> Order:
        """Return the refunded order; its owner reads the reason. Raises `NoSuchOrder` and `OrderNotRefundable`."""
        clearing, now = self._clearing, self._clearing.clock.now()
        event = AuditEvent.done(AuditAction.REFUND_ORDER, admin, address, now, f"{order_id}: {reason}"[:255])

        async def work(unit: OrderingRepositories) -> Order:
            seen = _found(await unit.orders.find_of_anyone(order_id))
            batch = await self._claimed(unit, seen, admin, now) if _is_in_batch(seen) else None
            order = _found(await unit.orders.find_of_anyone(order_id, for_change=True))
            if (order.status, order.batch_id) != (seen.status, seen.batch_id) or order.has_ended:
                state = "has ended" if order.has_ended else "has just been moved; repeat the request"
                raise OrderNotRefundable(f"the order {state}")
            if batch is not None:
                await unit.batches.save(_without(batch, order))
            (refunded,) = await refund_orders(unit, [order], f"by an administrator: {reason}"[:255], now)
            await record_audit_event(unit, event)
            return refunded

        refunded = await self._database.write(work)
        clearing.meter.orders_ended(refunded.terms.buy.code, refunded.status.value, 1)
        amount = plain(refunded.terms.pay_with.amount_of(refunded.refunded))
        log.info("order_refunded", order=str(order_id), amount=amount, by=admin.name)
        return refunded

    async def _claimed(self, unit: OrderingRepositories, order: Order, admin: User, now: float) -> Batch:
        """Claim the order's batch, so that no worker sends anything of it meanwhile."""
        batch_id = order.batch_id
        until = now + self._clearing.limits.lease_seconds
        batch = None if batch_id is None else await unit.batches.claim(batch_id, f"admin:{admin.name}"[:64], now, until)
        if batch is None:
            raise OrderNotRefundable("a worker is busy with the order's batch; repeat the request in a minute")
        attempts = await unit.batches.list_attempts(batch.id)
        if batch.status not in {BatchStatus.FORMED, BatchStatus.PLACING} or any(
            each.outcome not in _IN_VAIN for each in attempts
        ):
            raise OrderNotRefundable("the order is being bought; it can be refunded when its batch has ended")
        return batch


def _is_in_batch(order: Order) -> bool:
    return order.status in {OrderStatus.BATCHED, OrderStatus.PLACING}


def _without(batch: Batch, order: Order) -> Batch:
    """Return the batch with one order less; the next attempt buys less."""
    market_cost = order.terms.market_cost * order.left // order.terms.amount
    rest = replace(
        batch,
        orders=batch.orders - 1,
        wanted=batch.wanted - order.left,
        market_cost=max(0, batch.market_cost - market_cost),
    )
    return rest if rest.orders else rest.dissolve("its only order was refunded")


def _found(order: Order | None) -> Order:
    if order is None:
        raise NoSuchOrder("there is no such order")
    return order
