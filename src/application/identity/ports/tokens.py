"""The port to access and refresh tokens."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.identity.session import Session


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The content of an access token: its session, and the user of that session."""

    session_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The content of a refresh token: its session, the user of it, and the generation of it."""

    session_id: UUID
    user_id: UUID
    generation: int


class Tokens(Protocol):
    """Signs and verifies tokens. Neither kind is accepted as the other."""

    def write_access(self, session: Session, expires_at: float) -> str:
        """Return a signed access token of the session, valid until Unix second `expires_at`."""
        ...

    def write_refresh(self, session: Session) -> str:
        """Return the signed refresh token of the session's current generation, valid until the session expires.

        Each generation has one: the same session always gives the same text.
        """
        ...

    def read_access(self, token: str) -> AccessToken:
        """Return the content of a valid access token. Raises `InvalidCredentials`, also if it has expired."""
        ...

    def read_refresh(self, token: str) -> RefreshToken:
        """Return the content of a valid refresh token. Raises `InvalidCredentials`, also if it has expired."""
        ...
