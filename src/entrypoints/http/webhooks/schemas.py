"""Webhooks as requests and answers, and as the OpenAPI document describes them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from application.webhooks.read_webhooks import DeliveriesPage
from domain.webhooks.delivery import Delivery, DeliveryStatus
from domain.webhooks.event import EventType
from domain.webhooks.signature import WebhookSecret
from domain.webhooks.webhook import Webhook
from entrypoints.http.webhooks.fields import (
    CursorField,
    LimitField,
    SecretField,
    StatusField,
    UrlField,
    delivery_cursor,
)

USUAL_DELIVERIES = 50

# That of the specification, so that nobody takes it for a real one.
SECRET_EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 -- see above


class WebhookRequest(BaseModel):
    """The webhook to create."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    url: UrlField = Field(
        description="Where events are posted: https, port 443 or 8443, a host that is public on the internet.",
        examples=["https://example.com/crossrate-events"],
    )
    events: list[EventType] = Field(
        description="Which events.", min_length=1, max_length=len(EventType), examples=[["order.settled"]]
    )
    secret: SecretField = Field(
        None,
        description="What signs the events: `whsec_` and 24 to 64 random bytes in base64. When absent, a new one.",
        examples=[SECRET_EXAMPLE],
    )


class WebhookState(StrEnum):
    """Whether events arrive."""

    ACTIVE = "active"
    FAILING = "failing"
    DISABLED = "disabled"


class WebhookSchema(BaseModel):
    """A webhook."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    url: str = Field(examples=["https://example.com/crossrate-events"])
    events: list[EventType]
    state: WebhookState = Field(
        description="`failing`: the newest event was not accepted. `disabled`: none was for a day, so none is sent."
    )
    created_at: int = Field(description="Unix second.", examples=[1714304596])
    failing_since: int | None = Field(None, description="Unix second of the first failure since the last success.")
    disabled_at: int | None = Field(None, description="Unix second.")
    reason: str | None = Field(None, description="Why it was disabled.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """Describe a webhook."""
        return cls(**_described(webhook))


class NewWebhook(WebhookSchema):
    """A new webhook with its secret, which is never shown again."""

    secret: str = Field(examples=[SECRET_EXAMPLE])

    @classmethod
    def with_secret(cls, webhook: Webhook, secret: WebhookSecret) -> Self:
        """Describe both."""
        return cls(**_described(webhook), secret=secret.text)


class WebhookList(BaseModel):
    """All webhooks of a user, oldest first."""

    model_config = ConfigDict(extra="forbid")

    webhooks: list[WebhookSchema]

    @classmethod
    def of(cls, webhooks: Sequence[Webhook]) -> Self:
        """Describe them."""
        return cls(webhooks=[WebhookSchema.of(each) for each in webhooks])


class DeliveriesQuery(BaseModel):
    """Which deliveries to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: StatusField = Field(None, description="Only those of this status.")
    limit: LimitField = Field(USUAL_DELIVERIES, description="Maximum number of deliveries.")
    cursor: CursorField = Field(None, description="The `next_cursor` of the previous page.")


class DeliverySchema(BaseModel):
    """An event on its way to the webhook."""

    model_config = ConfigDict(extra="forbid")

    event_id: UUID = Field(description="The header `webhook-id` of every attempt.")
    type: EventType
    status: DeliveryStatus
    attempts: int = Field(examples=[1])
    created_at: int = Field(description="Unix second of the event.", examples=[1714304596])
    last_attempt_at: int | None = Field(None, description="Unix second.")
    next_attempt_at: int | None = Field(None, description="Unix second; absent once it has ended.")
    http_status: int | None = Field(None, description="What the receiver answered last.", examples=[200])
    error: str | None = Field(None, description="Why the last attempt failed.")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Describe a delivery."""
        return cls(
            event_id=delivery.event_id,
            type=delivery.type,
            status=delivery.status,
            attempts=delivery.attempts,
            created_at=int(delivery.created_at),
            last_attempt_at=_second(delivery.last_attempt_at),
            next_attempt_at=_second(delivery.next_attempt_at),
            http_status=delivery.answer and delivery.answer.status,
            error=delivery.answer and delivery.answer.error,
        )


class DeliveryList(BaseModel):
    """Deliveries, newest first."""

    model_config = ConfigDict(extra="forbid")

    deliveries: list[DeliverySchema]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` for the next page; absent on the last page.")

    @classmethod
    def of(cls, page: DeliveriesPage) -> Self:
        """Describe a page."""
        following = None if page.next is None else delivery_cursor(page.next)
        return cls(deliveries=[DeliverySchema.of(each) for each in page.deliveries], next_cursor=following)


def _described(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "url": str(webhook.url),
        "events": sorted(webhook.events),
        "state": _state_of(webhook),
        "created_at": int(webhook.created_at),
        "failing_since": _second(webhook.failing_since),
        "disabled_at": _second(webhook.disabled_at),
        "reason": webhook.reason,
    }


def _state_of(webhook: Webhook) -> WebhookState:
    if webhook.disabled_at is not None:
        return WebhookState.DISABLED
    return WebhookState.FAILING if webhook.is_failing else WebhookState.ACTIVE


def _second(moment: float | None) -> int | None:
    return None if moment is None else int(moment)
