"""Read webhooks and their deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ports.database import Database
from application.webhooks.ports.repositories import WebhooksRepositories
from domain.errors import NoSuchObject
from domain.identity.user import User
from domain.webhooks.delivery import Delivery, DeliveryStatus
from domain.webhooks.webhook import Webhook


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    """Deliveries, newest first; `next` is where the next page begins, None on the last one."""

    deliveries: Sequence[Delivery]
    next: int | None


class ReadWebhooks:
    """What a user sees of their own webhooks."""

    def __init__(self, database: Database[WebhooksRepositories]) -> None:
        self._database = database

    async def all(self, user: User) -> list[Webhook]:
        """Return them, oldest first."""
        async with self._database.reading() as unit:
            return await unit.webhooks.list_by_user(user.id)

    async def one(self, user: User, webhook_id: UUID) -> Webhook:
        """Return one. Raises `NoSuchObject`."""
        async with self._database.reading() as unit:
            return await _own(unit, user, webhook_id)

    async def deliveries(
        self, user: User, webhook_id: UUID, status: DeliveryStatus | None, before: int | None, most: int
    ) -> DeliveriesPage:
        """Return a page of what was, or will be, sent to one. Raises `NoSuchObject`."""
        async with self._database.reading() as unit:
            await _own(unit, user, webhook_id)
            found = await unit.deliveries.list_page(webhook_id, status, before, most + 1)
        return DeliveriesPage(found[:most], found[most - 1].number if len(found) > most else None)


async def _own(unit: WebhooksRepositories, user: User, webhook_id: UUID) -> Webhook:
    webhook = await unit.webhooks.find(user.id, webhook_id)
    if webhook is None:
        raise NoSuchObject("there is no such webhook")
    return webhook
