"""JSON Web Tokens, signed with one secret."""

from typing import Any
from uuid import UUID

import jwt

from application.identity.ports.tokens import RefreshToken, Tokens
from application.ports.clock import Clock
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session

# Here and nowhere else: what a token says of its own algorithm, or of where its key is to be found, is passed over.
ALGORITHM = "HS256"
ISSUER = "crossrate"

# An audience for each kind, so that no reading of the one can take the other.
ACCESS_AUDIENCE = "crossrate-api"
REFRESH_AUDIENCE = "crossrate-refresh"

LONGEST_TOKEN = 2048


class JwtTokens(Tokens):
    """Tokens say who and until when, and nothing that is not checked against the database."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def access(self, session: Session, expires_at: float) -> str:
        """Write an access token."""
        return self._written(session, ACCESS_AUDIENCE, expires_at, {})

    def refresh(self, session: Session) -> str:
        """Write the refresh token."""
        return self._written(session, REFRESH_AUDIENCE, session.expires_at, {"gen": session.generation})

    def read_access(self, token: str) -> UUID:
        """Check an access token."""
        return _session_of(self._checked(token, ACCESS_AUDIENCE))

    def read_refresh(self, token: str) -> RefreshToken:
        """Check a refresh token."""
        leases = self._checked(token, REFRESH_AUDIENCE)
        generation = leases.get("gen")
        if not isinstance(generation, int):
            raise InvalidCredentials("this is no refresh token")
        return RefreshToken(_session_of(leases), generation)

    def _written(self, session: Session, audience: str, expires_at: float, more: dict[str, int]) -> str:
        leases = {
            "iss": ISSUER,
            "aud": audience,
            "sub": session.user_id.hex,
            "sid": session.id.hex,
            "iat": int(self._clock.now()),
            "exp": int(expires_at),
            **more,
        }
        return jwt.encode(leases, self._secret, ALGORITHM)

    def _checked(self, token: str, audience: str) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise InvalidCredentials("this is no token")
        try:
            leases: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=audience,
                # Times are checked below, by the service's clock.
                options={"require": ["iss", "aud", "exp", "sub", "sid"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnicodeEncodeError) as error:  # a header's bytes need not be of any text
            raise InvalidCredentials("this is no token of this service") from error
        expires_at = leases["exp"]
        if not isinstance(expires_at, int) or self._clock.now() >= expires_at:
            raise InvalidCredentials("the token's time is over")
        return leases


def _session_of(leases: dict[str, Any]) -> UUID:
    try:
        return UUID(hex=leases["sid"])
    except (ValueError, AttributeError) as error:
        raise InvalidCredentials("this token names no session") from error
