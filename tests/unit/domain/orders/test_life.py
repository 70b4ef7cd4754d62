"""The life of an order, told by its parts and batches."""

from decimal import Decimal
from uuid import UUID

from domain.ledger.asset import Asset
from domain.orders.batch import Batch
from domain.orders.life import life_of
from domain.orders.order import Order, OrderStatus, Part, Purchaser
from domain.orders.terms import Terms

ABAN, USDT = Asset.of("ABAN", 8), Asset.of("USDT", 8)
NOBODY = UUID(int=0)
PURCHASER = Purchaser(NOBODY, NOBODY, NOBODY, NOBODY)


def test_parts_follow_each_other_as_they_were_stored_whatever_clocks_said() -> None:
    order_id, first, second = UUID(int=1), UUID(int=2), UUID(int=3)
    terms = Terms(ABAN, USDT, 10, Decimal(4), 40, 1, 40)
    order = Order(order_id, PURCHASER, terms, 0.0, 20.0, None, OrderStatus.SETTLED, filled=10)
    batches = [Batch(id_, ABAN, USDT, 1, 10, 40, 5.0, placing_at=6.0) for id_ in (first, second)]
    an_hour_ahead = Part(order_id, first, 4, 16, 0, 3610.0, OrderStatus.QUEUED)
    right = Part(order_id, second, 6, 24, 1, 20.0, OrderStatus.SETTLED)
    once = ["batched", "placing"]
    life = [event.status for event in life_of(order, [an_hour_ahead, right], batches)]
    assert life == ["queued", *once, "queued", *once, "settled"]
