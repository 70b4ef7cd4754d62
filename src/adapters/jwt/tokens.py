"""JSON Web Tokens, signed with one secret."""

from typing import Any
from uuid import UUID

import jwt

from application.identity.ports.tokens import AccessToken, RefreshToken, Tokens
from application.ports.clock import Clock
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session

# Fixed here: what a token says about its own algorithm or key is ignored.
ALGORITHM = "HS256"
ISSUER = "crossrate"

# One audience a kind, so that neither is accepted as the other.
ACCESS_AUDIENCE = "crossrate-api"
REFRESH_AUDIENCE = "crossrate-refresh"

MAX_TOKEN_LENGTH = 2048


class JwtTokens(Tokens):
    """A token names its session, the user of it, and its expiry; everything else is looked up in the database."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def write_access(self, session: Session, expires_at: float) -> str:
        """Sign an access token."""
        return self._sign(session, ACCESS_AUDIENCE, self._clock.now(), expires_at, {})

    def write_refresh(self, session: Session) -> str:
        """Sign the refresh token."""
        issued_at = session.created_at if session.refreshed_at is None else session.refreshed_at
        return self._sign(session, REFRESH_AUDIENCE, issued_at, session.expires_at, {"gen": session.generation})

    def read_access(self, token: str) -> AccessToken:
        """Check an access token."""
        claims = self._verify(token, ACCESS_AUDIENCE)
        return AccessToken(_id_in(claims, "sid"), _id_in(claims, "sub"))

    def read_refresh(self, token: str) -> RefreshToken:
        """Check a refresh token."""
        claims = self._verify(token, REFRESH_AUDIENCE)
        generation = claims.get("gen")
        if not isinstance(generation, int):
            raise InvalidCredentials("the refresh token is malformed")
        return RefreshToken(_id_in(claims, "sid"), _id_in(claims, "sub"), generation)

    def _sign(self, session: Session, audience: str, issued_at: float, expires_at: float, more: dict[str, int]) -> str:
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": session.user_id.hex,
            "sid": session.id.hex,
            "iat": int(issued_at),
            "exp": int(expires_at),
            **more,
        }
        return jwt.encode(claims, self._secret, ALGORITHM)

    def _verify(self, token: str, audience: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidCredentials("the token is malformed")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=audience,
                # Times are checked below, against the injected clock.
                options={"require": ["iss", "aud", "exp", "sub", "sid"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnicodeEncodeError) as error:  # the header may not be text at all
            raise InvalidCredentials("the token is not valid") from error
        expires_at = claims["exp"]
        if not isinstance(expires_at, int) or self._clock.now() >= expires_at:
            raise InvalidCredentials("the token has expired")
        return claims


def _id_in(claims: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(hex=claims[name])
    except (ValueError, AttributeError) as error:
        raise InvalidCredentials("the token is not valid") from error
