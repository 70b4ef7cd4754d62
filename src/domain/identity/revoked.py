"""What was revoked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Revoked:
    """How many sessions were ended and how many API keys were deleted."""

    sessions: int = 0
    api_keys: int = 0

    def __str__(self) -> str:
        """Return it as the detail of an audit event."""
        return f"sessions ended: {self.sessions}, API keys deleted: {self.api_keys}"
