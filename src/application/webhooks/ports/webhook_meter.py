"""The port to the metrics of webhooks."""

from typing import Protocol


class WebhookMeter(Protocol):
    """Counts what came of deliveries."""

    def attempt_ended(self, *, is_accepted: bool) -> None:
        """Count an attempt to deliver an event."""
        ...

    def deliveries_failed(self, count: int) -> None:
        """Count deliveries that were given up."""
        ...

    def webhook_disabled(self) -> None:
        """Count a webhook that was disabled because nothing arrived."""
        ...
