"""The life of an order: each status that it had, and since when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.orders.batch import Batch
from domain.orders.order import Order, OrderStatus, Part


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """A status, since Unix time `at`; `batch_id` is the batch that it was in."""

    status: OrderStatus
    at: float
    batch_id: UUID | None = None


def life_of(order: Order, parts: Iterable[Part], batches: Iterable[Batch]) -> Sequence[LifeEvent]:
    """Return the statuses in their order, from the parts that the order had and the batches of these and of now.

    The parts come in the order in which they were stored: their times are those of different machines' clocks.
    Nothing is written for each order when a batch is formed or placed: the batch says when that was.
    """
    by_id = {batch.id: batch for batch in batches}
    events = [LifeEvent(OrderStatus.QUEUED, order.created_at)]
    for part in parts:
        events += _in_batch(by_id.get(part.batch_id))
        events.append(LifeEvent(part.status, part.at, None if part.status is OrderStatus.QUEUED else part.batch_id))
    if not order.has_ended and order.batch_id is not None:
        events += _in_batch(by_id.get(order.batch_id))
    if order.has_ended and events[-1].status is not order.status:
        events.append(LifeEvent(order.status, order.updated_at))
    return events


def _in_batch(batch: Batch | None) -> list[LifeEvent]:
    if batch is None:
        return []
    placing = [] if batch.placing_at is None else [LifeEvent(OrderStatus.PLACING, batch.placing_at, batch.id)]
    return [LifeEvent(OrderStatus.BATCHED, batch.formed_at, batch.id), *placing]
