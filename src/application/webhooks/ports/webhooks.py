"""The port to the repository of webhooks."""

from typing import Protocol
from uuid import UUID

from domain.webhooks.webhook import Webhook


class Webhooks(Protocol):
    """The webhooks in one unit of work. Every call may raise `DatabaseUnavailable`.

    A process leases a webhook while it delivers to it. A lease that has expired is another's to acquire.
    """

    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""
        ...

    async def find(self, user_id: UUID, webhook_id: UUID) -> Webhook | None:
        """Return the user's webhook with this id."""
        ...

    async def list_by_user(self, user_id: UUID) -> list[Webhook]:
        """Return the user's webhooks, oldest first."""
        ...

    async def save(self, webhook: Webhook) -> None:
        """Store what has changed, whoever holds the lease."""
        ...

    async def delete(self, user_id: UUID, webhook_id: UUID) -> bool:
        """Delete the user's webhook with all its deliveries, and return whether there was one."""
        ...

    async def have_due(self, now: float) -> bool:
        """Return whether there is anything for `lease` to lease."""
        ...

    async def lease(self, holder: str, now: float, until: float, most: int, *, slow: bool) -> list[Webhook]:
        """Lease up to `most` webhooks for which a delivery is due; of several processes, one gets each.

        With `slow` only those that fail or are slow, without it only the others. Whoever has waited longest comes
        first. Disabled ones, and those that do not resume before `now`, are left out.
        """
        ...

    async def save_leased(self, webhook: Webhook, holder: str, until: float) -> bool:
        """Store what has changed, and lease it until then; return False if `holder` has the lease no more."""
        ...
