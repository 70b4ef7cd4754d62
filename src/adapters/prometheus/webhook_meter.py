"""Webhooks as Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter

from application.webhooks.ports.webhook_meter import WebhookMeter

_OUTCOMES = {True: "accepted", False: "failed"}


class PrometheusWebhookMeter(WebhookMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "crossrate_webhook_attempts",
            "Attempts to deliver an event to a webhook, by outcome.",
            ("outcome",),
            registry=registry,
        )
        self._failed = Counter(
            "crossrate_webhook_deliveries_failed", "Events that were given up after a day.", registry=registry
        )
        self._disabled = Counter(
            "crossrate_webhooks_disabled", "Webhooks that were disabled after a day of failures.", registry=registry
        )
        for outcome in _OUTCOMES.values():  # from the start: a new series shows no increase
            self._attempts.labels(outcome)

    def attempt_ended(self, *, is_accepted: bool) -> None:
        """Count it."""
        self._attempts.labels(_OUTCOMES[is_accepted]).inc()

    def deliveries_failed(self, count: int) -> None:
        """Count them."""
        self._failed.inc(count)

    def webhook_disabled(self) -> None:
        """Count it."""
        self._disabled.inc()
