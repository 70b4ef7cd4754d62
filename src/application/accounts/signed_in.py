"""What someone gets who signs in, or goes on being signed in."""

from dataclasses import dataclass, field

from application.ports.tokens import Tokens
from domain.account import Session

ACCESS_SECONDS = 15 * 60
REFRESH_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A pair of tokens; the access token is good for `expires_in` seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


def signed_in(session: Session, tokens: Tokens, now: float) -> SignedIn:
    """Write the tokens of the session's present generation."""
    return SignedIn(tokens.access(session, now + ACCESS_SECONDS), tokens.refresh(session), ACCESS_SECONDS)
