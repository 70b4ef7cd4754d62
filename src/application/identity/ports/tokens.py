"""What someone who signed in holds to prove it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.identity.session import Session


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says: of which session, and of which generation of it."""

    session_id: UUID
    generation: int


class Tokens(Protocol):
    """Makes and reads tokens that nobody else can make. Neither kind passes for the other."""

    def access(self, session: Session, expires_at: float) -> str:
        """Write an access token of a session, good until Unix second `expires_at`."""
        ...

    def refresh(self, session: Session) -> str:
        """Write the refresh token of the session's present generation, good until the session's end."""
        ...

    def read_access(self, token: str) -> UUID:
        """Return the session that an access token is of. Raises `InvalidCredentials`, also when its time is over."""
        ...

    def read_refresh(self, token: str) -> RefreshToken:
        """Return what a refresh token says. Raises `InvalidCredentials`, also when its time is over."""
        ...
