"""A sign-in, and how long its tokens are good for."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in and all the tokens that were ever issued for it: revoked by being removed.

    `generation` counts the refreshes. Only the refresh token of the present generation is good; an older one is a copy
    that somebody kept, which is a reason to end the session. Times are in Unix seconds.
    """

    id: UUID
    user_id: UUID
    generation: int
    created_at: float
    expires_at: float
