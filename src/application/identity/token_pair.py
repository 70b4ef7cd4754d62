"""What someone gets who signs in, or goes on being signed in."""

from dataclasses import dataclass, field

from application.identity.ports.tokens import Tokens
from domain.identity.session import Session

ACCESS_SECONDS = 15 * 60
REFRESH_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A pair of tokens; the access token is good for `expires_in` seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


def signed_in(session: Session, tokens: Tokens, now: float) -> TokenPair:
    """Write the tokens of the session's present generation."""
    return TokenPair(tokens.access(session, now + ACCESS_SECONDS), tokens.refresh(session), ACCESS_SECONDS)
