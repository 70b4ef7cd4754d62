"""Deliveries: an event on its way to a webhook."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.webhooks.event import EventType
from domain.webhooks.webhook import DAY_SECONDS, GONE

# After the first attempt, the second, and so on; the last one repeats until a day is over.
PAUSES_SECONDS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0)
# Longer by up to this share, so that what failed together is not tried again together.
_SPREAD = 0.1


class DeliveryStatus(StrEnum):
    """Whether the receiver accepted the event."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: an HTTP status, or else why there was none. `seconds` is how long it took."""

    status: int | None
    error: str | None = None
    seconds: float = 0.0

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has the event."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver says that it wants no more events."""
        return self.status == GONE

    def __str__(self) -> str:
        """Say what came of it."""
        return self.error or f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Times are Unix seconds. `next_attempt_at` is None once it has ended; `answer` is that of the newest attempt."""

    number: int
    webhook_id: UUID
    event_id: UUID
    type: EventType
    body: str
    created_at: float
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    next_attempt_at: float | None = None
    last_attempt_at: float | None = None
    answer: Answer | None = None

    def attempted(self, answer: Answer, now: float) -> Self:
        """Return it after an attempt: delivered, to be tried again after a pause, or given up after a day."""
        after = replace(self, attempts=self.attempts + 1, last_attempt_at=now, next_attempt_at=None, answer=answer)
        if answer.is_accepted:
            return replace(after, status=DeliveryStatus.DELIVERED)
        if now >= self.created_at + DAY_SECONDS:
            return replace(after, status=DeliveryStatus.FAILED)
        pause = PAUSES_SECONDS[min(self.attempts, len(PAUSES_SECONDS) - 1)]
        spread = 1 + _SPREAD * (self.event_id.int % 1000) / 1000
        return replace(after, next_attempt_at=min(now + pause * spread, self.created_at + DAY_SECONDS))
