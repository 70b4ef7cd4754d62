"""The repositories that webhooks need in a unit of work."""

from typing import Protocol

from application.idempotency.ports.repositories import IdempotencyRepositories
from application.identity.ports.repositories import IdentityRepositories
from application.webhooks.ports.deliveries import Deliveries
from application.webhooks.ports.webhooks import Webhooks


class EventRepositories(Protocol):
    """What records events: any feature's unit of work."""

    @property
    def deliveries(self) -> Deliveries:
        """The deliveries of events."""
        ...


class WebhooksRepositories(IdentityRepositories, EventRepositories, Protocol):
    """The webhooks and their owners."""

    @property
    def webhooks(self) -> Webhooks:
        """The webhooks."""
        ...


class ChangingRepositories(WebhooksRepositories, IdempotencyRepositories, Protocol):
    """For changes that a repeated request does not repeat."""
