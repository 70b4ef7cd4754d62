"""The port to the repository of deliveries, which is the outbox."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from application.identity.ports.outbox import Outbox
from domain.webhooks.delivery import Delivery, DeliveryStatus
from domain.webhooks.event import Event


class Deliveries(Outbox, Protocol):
    """The deliveries in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, events: Sequence[Event]) -> None:
        """Store a delivery, due at once, for each webhook of an event's user that asks for it and is not disabled.

        An event that is there already is not stored again.
        """
        ...

    async def list_due(self, webhook_id: UUID, now: float, most: int) -> list[Delivery]:
        """Return deliveries that are due, the longest due first."""
        ...

    async def save(self, deliveries: Sequence[Delivery]) -> None:
        """Store what came of attempts. A delivery that has ended, or was deleted, stays as it is."""
        ...

    async def list_page(
        self, webhook_id: UUID, status: DeliveryStatus | None, before: int | None, most: int
    ) -> list[Delivery]:
        """Return deliveries, newest first: those of a status, and those with a smaller number than `before`."""
        ...

    async def give_up(self, webhook_id: UUID, until: float, most: int) -> int:
        """End up to `most` pending deliveries of events until then as failed; return how many they were."""
        ...

    async def delete_of(self, webhook_id: UUID, most: int) -> int:
        """Delete up to `most` deliveries of a webhook, the oldest first; return how many they were."""
        ...

    async def delete_ended(self, before: float, most: int) -> int:
        """Delete up to `most` deliveries that have ended and were created before; return how many they were."""
        ...
