"""Sessions: a sign-in and its tokens."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in and all tokens issued for it; deleting it revokes them.

    `generation` counts the refreshes. Only the refresh token of the current generation is valid; using an older one
    means that it was copied, and ends the session. Times are Unix seconds.
    """

    id: UUID
    user_id: UUID
    generation: int
    created_at: float
    expires_at: float
