"""Stay signed in: a new pair of tokens for the refresh token of the last one."""

from dataclasses import replace

from application.identity.audit_log import record
from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.tokens import RefreshToken, Tokens
from application.identity.token_pair import REFRESH_SECONDS, TokenPair, signed_in
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import Action, AuditEvent, Outcome
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session


class Refresh:
    """A refresh token is good once. One that comes again was copied, so its session ends, with all tokens of it."""

    def __init__(self, *, database: Database[IdentityRepositories], tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, *, token: str, address: str) -> TokenPair:
        """Return the next pair. Raises `InvalidCredentials` or `DatabaseUnavailable`."""
        refresh = self._tokens.read_refresh(token)
        now = self._clock.now()
        async with self._database.writing() as work:
            session = await self._next(work, refresh, address, now)
        if session is None:
            raise InvalidCredentials("the refresh token is not good any more")
        return signed_in(session, self._tokens, now)

    async def _next(
        self, work: IdentityRepositories, refresh: RefreshToken, address: str, now: float
    ) -> Session | None:
        found = await work.sessions.find(refresh.session_id)
        if found is None or found[0].expires_at <= now or found[1].is_disabled:
            return None
        session, user = found
        expires_at = now + REFRESH_SECONDS
        if await work.sessions.advance(session.id, refresh.generation, expires_at):
            return replace(session, generation=refresh.generation + 1, expires_at=expires_at)
        event = AuditEvent(Action.REFRESH, Outcome.REFUSED, user.name, user.id, address, now, "used again")
        # One that was ended a moment ago, by signing out or from outside, is no sign of a copied token.
        if await work.sessions.remove(session.id):
            await record(work, event)
        return None
