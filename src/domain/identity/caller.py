"""The authenticated caller of a request."""

from dataclasses import dataclass
from uuid import UUID

from domain.identity.api_key import Scope
from domain.identity.errors import NotAllowed, PasswordNeeded
from domain.identity.session import RECENT_PASSWORD_SECONDS
from domain.identity.user import User


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, authenticated by a session (`session_id`) or an API key (`key_id`), and the scopes of that.

    `password_at` is the Unix time at which the password was last given in the session.
    """

    user: User
    scopes: frozenset[Scope]
    session_id: UUID | None = None
    key_id: UUID | None = None
    password_at: float | None = None

    def own_session(self) -> UUID:
        """Return the id of the session. Raises `NotAllowed` for an API key."""
        if self.session_id is None:
            raise NotAllowed("only a signed-in user may do this, not an API key")
        return self.session_id

    def require_recent_password(self, now: float) -> None:
        """Raise `PasswordNeeded` unless the password was given in this session within the last minutes.

        For whatever cannot be undone: an access token may have been copied. Raises `NotAllowed` for an API key.
        """
        self.own_session()
        if self.password_at is None or now >= self.password_at + RECENT_PASSWORD_SECONDS:
            raise PasswordNeeded("this cannot be undone, so it takes the password, given within the last 5 minutes")
