"""The tokens of a session."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.identity.session import Session


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says: its session, and the generation of that session."""

    session_id: UUID
    generation: int


class Tokens(Protocol):
    """Writes and reads tokens that nobody can forge. Neither kind is accepted as the other."""

    def write_access(self, session: Session, expires_at: float) -> str:
        """Return an access token of a session, valid until Unix second `expires_at`."""
        ...

    def write_refresh(self, session: Session) -> str:
        """Return the refresh token of the session's current generation, valid until the session ends."""
        ...

    def read_access(self, token: str) -> UUID:
        """Return the session id of an access token. Raises `InvalidCredentials`, also when it has expired."""
        ...

    def read_refresh(self, token: str) -> RefreshToken:
        """Return what a refresh token says. Raises `InvalidCredentials`, also when it has expired."""
        ...
