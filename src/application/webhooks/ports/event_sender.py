"""The port to what sends events over the network."""

from collections.abc import Mapping
from typing import Protocol

from domain.webhooks.delivery import Answer
from domain.webhooks.url import WebhookUrl


class EventSender(Protocol):
    """Sends to public addresses only, unless it is set up otherwise, and follows no redirect."""

    async def send(self, url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one event, within 10 seconds. Never raises: what went wrong is in the answer."""
        ...
