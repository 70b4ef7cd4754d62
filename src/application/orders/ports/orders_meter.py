"""The port to metrics of orders and their clearing."""

from typing import Protocol


class OrdersMeter(Protocol):
    """Each call reports one event. No call blocks or raises. `asset` is one of those that may be bought."""

    def prices_diverged(self) -> None:
        """Nothing was bought or sold because exchanges price a pair too differently."""
        ...

    def order_accepted(self, asset: str) -> None:
        """An order was accepted."""
        ...

    def orders_ended(self, asset: str, status: str, count: int) -> None:
        """So many orders have ended, settled or refunded."""
        ...

    def order_settled(self, asset: str, seconds: float) -> None:
        """An order was settled so long after its acceptance."""
        ...

    def batch_formed(self, asset: str, orders: int) -> None:
        """A batch of so many orders was formed."""
        ...

    def attempt_decided(self, venue: str, outcome: str) -> None:
        """It is certain what became of an attempt."""
        ...

    def queue_seen(self, asset: str, orders: int, oldest_age_seconds: float) -> None:
        """So many orders of an asset that may be bought are queued, and the oldest waits so long."""
        ...

    def clearing_state_seen(self, halted: int, stuck: int) -> None:
        """So many assets are halted, and so many batches wait for an admin."""
        ...
