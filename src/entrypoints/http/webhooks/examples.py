"""Examples of webhooks."""

from uuid import UUID

from domain.webhooks.delivery import DeliveryStatus
from domain.webhooks.event import EventType
from entrypoints.http.server.example import Examples, example, example_of
from entrypoints.http.webhooks.schemas import (
    SECRET_EXAMPLE,
    DeliveryList,
    DeliverySchema,
    NewWebhook,
    WebhookList,
    WebhookSchema,
    WebhookState,
)

_AT = 1714304596
_ID = UUID("3d0e6a52-7f0f-4a44-9c76-2d6f5b1c8e90")
_URL = "https://example.com/crossrate-events"
_EVENTS = [EventType.ORDER_REFUNDED, EventType.ORDER_SETTLED]
_ACTIVE = WebhookSchema(id=_ID, url=_URL, events=_EVENTS, state=WebhookState.ACTIVE, created_at=_AT)

NEW_WEBHOOK: Examples = {"orders": example("Told of orders that end", {"url": _URL, "events": [*_EVENTS]})}
CREATED_WEBHOOK: Examples = {
    "orders": example_of(
        "With its secret, this once",
        NewWebhook(id=_ID, url=_URL, events=_EVENTS, state=WebhookState.ACTIVE, created_at=_AT, secret=SECRET_EXAMPLE),
    )
}
WEBHOOK: Examples = {"active": example_of("Events arrive", _ACTIVE)}
WEBHOOKS: Examples = {
    "disabled": example_of(
        "Disabled after a day",
        WebhookList(
            webhooks=[
                WebhookSchema(
                    id=_ID,
                    url=_URL,
                    events=_EVENTS,
                    state=WebhookState.DISABLED,
                    created_at=_AT - 100_000,
                    failing_since=_AT - 86_400,
                    disabled_at=_AT,
                    reason="every attempt failed for a day; the last one: the connection was refused",
                )
            ]
        ),
    )
}
DELIVERIES: Examples = {
    "delivered": example_of(
        "At the second attempt",
        DeliveryList(
            deliveries=[
                DeliverySchema(
                    event_id=UUID("e5b7c2d4-1f3a-4e6b-8c9d-0a1b2c3d4e5f"),
                    type=EventType.ORDER_SETTLED,
                    status=DeliveryStatus.DELIVERED,
                    attempts=2,
                    created_at=_AT,
                    last_attempt_at=_AT + 6,
                    http_status=204,
                )
            ]
        ),
    )
}
