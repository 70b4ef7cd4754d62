"""Issue the two tokens of a session."""

from dataclasses import dataclass, field

from application.identity.ports.tokens import Tokens
from domain.identity.session import Session

ACCESS_SECONDS = 15 * 60
REFRESH_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The access token expires in `expires_in` seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


def issue_token_pair(session: Session, tokens: Tokens, now: float) -> TokenPair:
    """Return the tokens of the session's current generation."""
    access = tokens.write_access(session, now + ACCESS_SECONDS)
    return TokenPair(access, tokens.write_refresh(session), ACCESS_SECONDS)
