"""The port to what encrypts the secrets of webhooks."""

from typing import Protocol
from uuid import UUID

from domain.webhooks.signature import WebhookSecret


class SecretSealer(Protocol):
    """Whoever reads the database cannot sign as the service does. All processes have the same key."""

    def seal(self, secret: WebhookSecret, webhook_id: UUID) -> bytes:
        """Encrypt a secret for this webhook and no other."""
        ...

    def open(self, sealed: bytes, webhook_id: UUID) -> WebhookSecret | None:
        """Decrypt what `seal` returned, or return None if it was sealed with another key or for another webhook."""
        ...
