"""Events that webhooks tell of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid4


class EventType(StrEnum):
    """What happened. A new one is added here, and to the page on webhooks."""

    ORDER_ACCEPTED = "order.accepted"
    ORDER_SETTLED = "order.settled"
    ORDER_REFUNDED = "order.refunded"
    WALLET_DEPOSIT = "wallet.deposit"
    WALLET_WITHDRAWAL = "wallet.withdrawal"
    WALLET_TRANSFER = "wallet.transfer"
    WALLET_CORRECTION = "wallet.correction"
    WEBHOOK_DISABLED = "webhook.disabled"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a user at `at`, a Unix time. `body` is what receivers get, to the byte."""

    id: UUID
    user_id: UUID
    type: EventType
    at: float
    body: str

    @classmethod
    def of(
        cls, kind: EventType, user_id: UUID, data: Mapping[str, object], at: float, event_id: UUID | None = None
    ) -> Self:
        """Write the event. `data` holds what JSON has; amounts are strings.

        With an `event_id` that is derived from what happened, work that is done again records no second event.
        """
        body = {"type": kind, "timestamp": _written(at), "data": data}
        return cls(event_id or uuid4(), user_id, kind, at, json.dumps(body, separators=(",", ":")))


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
