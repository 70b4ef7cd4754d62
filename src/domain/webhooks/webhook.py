"""Webhooks: where a user's events are sent, and whether they arrive."""

from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID

from domain.webhooks.event import EventType
from domain.webhooks.url import WebhookUrl

MAX_WEBHOOKS = 10
DAY_SECONDS = 24 * 3600.0

# A receiver that takes longer is served among those that fail, so that it delays no fast one.
SLOW_SECONDS = 2.0

# After the first failure in a row, the second, and so on; the last one repeats.
_PAUSES_SECONDS = (5.0, 15.0, 60.0, 180.0, 300.0)

GONE = 410


@dataclass(frozen=True, slots=True)
class Webhook:
    """Times are Unix seconds. Of the secret only the encrypted form is here.

    No attempt is made before `resumes_at`. After a day in which every attempt failed it is disabled, for a `reason`.
    """

    id: UUID
    user_id: UUID
    url: WebhookUrl
    events: frozenset[EventType]
    sealed_secret: bytes = field(repr=False)
    created_at: float
    failures_in_a_row: int = 0
    failing_since: float | None = None
    resumes_at: float = 0.0
    is_slow: bool = False
    disabled_at: float | None = None
    reason: str | None = None

    @property
    def is_failing(self) -> bool:
        """Whether the newest attempt failed."""
        return self.failing_since is not None

    def succeeded(self, seconds: float) -> Self:
        """Return it after a receiver that took so long accepted an event."""
        return replace(self, failures_in_a_row=0, failing_since=None, resumes_at=0.0, is_slow=seconds > SLOW_SECONDS)

    def failed(self, reason: str, now: float, *, is_gone: bool = False) -> Self:
        """Return it after an event was not accepted. `is_gone`: the receiver says that it wants no more."""
        since = now if self.failing_since is None else self.failing_since
        failing = replace(
            self,
            failures_in_a_row=self.failures_in_a_row + 1,
            failing_since=since,
            resumes_at=now + _PAUSES_SECONDS[min(self.failures_in_a_row, len(_PAUSES_SECONDS) - 1)],
        )
        if is_gone:
            return replace(failing, disabled_at=now, reason="the receiver answered 410 Gone")
        if now - since >= DAY_SECONDS:
            return replace(failing, disabled_at=now, reason=f"every attempt failed for a day; the last one: {reason}")
        return failing

    def enabled(self) -> Self:
        """Return it without its failures."""
        return replace(
            self, failures_in_a_row=0, failing_since=None, resumes_at=0.0, is_slow=False, disabled_at=None, reason=None
        )
