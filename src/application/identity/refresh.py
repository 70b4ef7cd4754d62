"""Exchange a refresh token for the next pair of tokens."""

from dataclasses import replace

from application.identity.issue_token_pair import REFRESH_SECONDS, TokenPair, issue_token_pair
from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.tokens import RefreshToken, Tokens
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session


class Refresh:
    """Accepts each refresh token once. A second use means that it was copied, and ends the session.

    Within the grace period, a repeat of the last used token gets the same next token.
    """

    def __init__(self, *, database: Database[IdentityRepositories], tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, *, token: str, address: str, user_agent: str | None = None) -> TokenPair:
        """Return the next pair. Raises `InvalidCredentials` or `DatabaseUnavailable`."""
        refresh = self._tokens.read_refresh(token)
        now = self._clock.now()
        session = await self._database.write(lambda unit: self._next(unit, refresh, address, user_agent, now))
        if session is None:
            raise InvalidCredentials("the refresh token is no longer valid")
        return issue_token_pair(session, self._tokens, now)

    async def _next(
        self, unit: IdentityRepositories, refresh: RefreshToken, address: str, user_agent: str | None, now: float
    ) -> Session | None:
        found = await unit.sessions.find(refresh.session_id)
        if found is None or not found[0].is_usable(refresh.user_id, now) or found[1].is_disabled:
            return None
        session, user = found
        to = replace(
            session,
            generation=refresh.generation + 1,
            expires_at=now + REFRESH_SECONDS,
            refreshed_at=now,
            address=address,
            user_agent=user_agent,
        )
        if await unit.sessions.advance(to):
            return to
        found = await unit.sessions.find(session.id)  # another request may have advanced it just now
        if found is not None and found[0].has_just_replaced(refresh.generation, now):
            return found[0]
        event = AuditEvent(AuditAction.REFRESH, AuditOutcome.REFUSED, user.name, user.id, address, now, "used again")
        # A session that has just ended, by a logout or an administrator, does not mean a second use.
        if await unit.sessions.delete(user.id, session.id):
            await record_audit_event(unit, event)
        return None
