"""The tokens of a signed-in user: no socket, no clock."""

from dataclasses import dataclass

from crossrate_client._answers import member
from crossrate_client.errors import UnexpectedAnswer

# A token this close to its end is renewed first, or it could end on the way.
MARGIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, the token that renews it, and the monotonic second at which the first ends."""

    access: str
    refresh: str
    ends_at: float

    @classmethod
    def of(cls, value: object, now: float) -> "Tokens":
        """Read the answer of a sign-in or of a refresh."""
        access, refresh, lasts = (member(value, name) for name in ("access_token", "refresh_token", "expires_in"))
        if not isinstance(access, str) or not isinstance(refresh, str) or not isinstance(lasts, int | float):
            raise UnexpectedAnswer("The service's answer holds no tokens.")
        return cls(access, refresh, now + lasts)

    def is_usable(self, now: float) -> bool:
        """Whether the access token still has a while."""
        return now < self.ends_at - MARGIN_SECONDS

    def __repr__(self) -> str:
        return "Tokens(...)"
