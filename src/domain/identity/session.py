"""Sessions: a sign-in and its tokens."""

from dataclasses import dataclass
from uuid import UUID

# For two tabs that refresh at once, and for clients that try again after losing an answer.
GRACE_SECONDS = 10.0

# How long a password that was given in a session counts as proof of who is using it.
RECENT_PASSWORD_SECONDS = 5 * 60

MAX_USER_AGENT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in and all tokens issued for it; deleting it revokes them.

    `generation` counts the refreshes. Only the refresh token of the current generation is valid; using an older one
    means that it was copied, and ends the session, except for the one before within `GRACE_SECONDS` of the refresh.
    Times are Unix seconds; `refreshed_at` is None before the first refresh. `address` and `user_agent` are those of the
    sign-in or the last refresh, None if unknown. `password_at` is when the password was last given in this session.
    """

    id: UUID
    user_id: UUID
    generation: int
    created_at: float
    expires_at: float
    refreshed_at: float | None = None
    address: str | None = None
    user_agent: str | None = None
    password_at: float | None = None

    @property
    def last_used_at(self) -> float:
        """When its tokens were last issued. Requests since then are not recorded: they would each need a write."""
        return self.created_at if self.refreshed_at is None else self.refreshed_at

    def is_usable(self, user_id: UUID, now: float) -> bool:
        """Tell whether a token of this session may be used that names this user."""
        return self.user_id == user_id and now < self.expires_at

    def has_just_replaced(self, generation: int, now: float) -> bool:
        """Tell whether the current generation replaced this one within the grace period."""
        is_one_before = generation == self.generation - 1
        return is_one_before and self.refreshed_at is not None and now < self.refreshed_at + GRACE_SECONDS
