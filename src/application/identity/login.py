"""Sign in with a username and a password; the number of guesses is limited."""

from uuid import uuid4

from application.concurrency.keyed_lock import KeyedLock
from application.identity.issue_token_pair import REFRESH_SECONDS, TokenPair, issue_token_pair
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.tokens import Tokens
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import TooManyRequests
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session
from domain.identity.user import Password, User, Username

MAX_FAILURES = 5
WINDOW_SECONDS = 15 * 60.0

# A client that signs in for every request would fill the database.
MAX_SESSIONS = 50


class Login:
    """After `MAX_FAILURES` failures in `WINDOW_SECONDS`, rejects an account or address without verifying the password.

    Logins to one account, and from one address, run one at a time: of a thousand concurrent guesses, five are verified.
    """

    def __init__(
        self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, tokens: Tokens, clock: Clock
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._tokens = tokens
        self._clock = clock
        self._keyed_lock = KeyedLock()

    async def __call__(self, *, username: Username, password: Password, address: str) -> TokenPair:
        """Return the tokens of a new session.

        Raises `InvalidCredentials` (with the same message and timing whatever is wrong), `TooManyRequests` or
        `DatabaseUnavailable`.
        """
        async with self._keyed_lock.hold(f"account {username.key}", f"address {address}"):
            async with self._database.reading() as unit:
                await self._reject_too_many(unit, username, address)
                user = await unit.users.find_by_name(username)
            is_right = await self._hasher.verify(password, user.password_hash if user is not None else None)
            if user is None or not is_right or user.is_disabled:
                await self._fail(username, user, address)
                raise InvalidCredentials("the name or the password is wrong")
            return await self._begin(user, address)

    async def _reject_too_many(self, unit: IdentityRepositories, username: Username, address: str) -> None:
        now = self._clock.now()
        since = now - WINDOW_SECONDS
        for failures in (
            await unit.login_failures.list_by_account(username.key, since, MAX_FAILURES),
            await unit.login_failures.list_by_address(address, since, MAX_FAILURES),
        ):
            if len(failures) == MAX_FAILURES:
                wait = failures[-1] + WINDOW_SECONDS - now
                raise TooManyRequests("too many failed logins; try again later", max(wait, 1.0))

    async def _fail(self, username: Username, user: User | None, address: str) -> None:
        now = self._clock.now()
        event = AuditEvent(AuditAction.LOGIN, AuditOutcome.REFUSED, username, user.id if user else None, address, now)
        async with self._database.writing() as unit:
            # Other processes may have reached the limit while this password was being verified.
            await self._reject_too_many(unit, username, address)
            await unit.login_failures.delete_older_than(now - WINDOW_SECONDS)
            await unit.login_failures.add(username.key, address, now)
            await record_audit_event(unit, event)

    async def _begin(self, user: User, address: str) -> TokenPair:
        now = self._clock.now()
        session = Session(id=uuid4(), user_id=user.id, generation=0, created_at=now, expires_at=now + REFRESH_SECONDS)
        async with self._database.writing() as unit:
            found = await unit.users.find_by_name(user.name, for_change=True)
            if found is None or found != user:
                raise InvalidCredentials("the account has just changed")
            await unit.sessions.add(session)
            await unit.sessions.prune(user.id, now, MAX_SESSIONS)
            event = AuditEvent.done(AuditAction.LOGIN, user, address, now)
            await record_audit_event(unit, event)
        return issue_token_pair(session, self._tokens, now)
