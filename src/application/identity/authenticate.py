"""Authenticate a caller by access token or API key."""

from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.tokens import Tokens
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.api_key import ALL_SCOPES
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials
from domain.identity.key_secret import KeySecret


class Authenticate:
    """Queries the database every time, so that revoking and disabling take effect immediately."""

    def __init__(self, *, database: Database[IdentityRepositories], tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    def is_own_token(self, token: str) -> bool:
        """Tell, without the database, whether this service signed the access token and it has not expired."""
        try:
            self._tokens.read_access(token)
        except InvalidCredentials:
            return False
        return True

    async def by_token(self, token: str) -> Caller:
        """Return the owner of an access token. Raises `InvalidCredentials` or `DatabaseUnavailable`."""
        access = self._tokens.read_access(token)
        async with self._database.reading() as unit:
            found = await unit.sessions.find(access.session_id)
        if found is None or not found[0].is_usable(access.user_id, self._clock.now()) or found[1].is_disabled:
            raise InvalidCredentials("the access token is no longer valid")
        return Caller(found[1], ALL_SCOPES, session_id=access.session_id, password_at=found[0].password_at)

    async def by_key(self, written: str) -> Caller:
        """Return the owner of an API key. Raises `InvalidCredentials` or `DatabaseUnavailable`."""
        secret = KeySecret.parse(written)
        async with self._database.reading() as unit:
            found = await unit.api_keys.find(secret.key_id)
        is_right = secret.matches(found[0].secret_digest if found is not None else None)
        if found is None or not is_right or found[0].is_expired(self._clock.now()) or found[1].is_disabled:
            raise InvalidCredentials("the API key is not valid")
        return Caller(found[1], found[0].scopes, key_id=found[0].id)
