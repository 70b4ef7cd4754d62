"""Sign in with a name and a password, and make guessing them slow."""

from uuid import uuid4

from application.concurrency.keyed_lock import KeyedLock
from application.identity.audit_log import record
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.tokens import Tokens
from application.identity.token_pair import REFRESH_SECONDS, TokenPair, signed_in
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import TooManyRequests
from domain.identity.audit_event import Action, AuditEvent, Outcome
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session
from domain.identity.user import Password, User, Username

MOST_FAILURES = 5
WINDOW_SECONDS = 15 * 60.0

# Someone who signs in anew with every request would fill the database.
MOST_SESSIONS = 50


class Login:
    """Of an account, and from an address, `MOST_FAILURES` logins may fail within `WINDOW_SECONDS`; then none is tried.

    Logins of one account, and from one address, take turns: of a thousand guesses at once, the first few are tried.
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

        Raises `InvalidCredentials`, in the same time and words whatever is wrong, `TooManyRequests` or
        `DatabaseUnavailable`.
        """
        async with self._keyed_lock.of(f"account {username.key}", f"address {address}"):
            async with self._database.reading() as work:
                await self._refuse_too_many(work, username, address)
                user = await work.users.named(username)
            is_right = await self._hasher.verify(password, user.password_hash if user is not None else None)
            if user is None or not is_right or user.is_disabled:
                await self._fail(username, user, address)
                raise InvalidCredentials("the name or the password is wrong")
            return await self._begin(user, address)

    async def _refuse_too_many(self, work: IdentityRepositories, username: Username, address: str) -> None:
        now = self._clock.now()
        since = now - WINDOW_SECONDS
        for failures in (
            await work.login_failures.of_account(username.key, since, MOST_FAILURES),
            await work.login_failures.of_address(address, since, MOST_FAILURES),
        ):
            if len(failures) == MOST_FAILURES:
                wait = failures[-1] + WINDOW_SECONDS - now
                raise TooManyRequests("too many logins failed lately", max(wait, 1.0))

    async def _fail(self, username: Username, user: User | None, address: str) -> None:
        now = self._clock.now()
        event = AuditEvent(Action.LOGIN, Outcome.REFUSED, username, user.id if user else None, address, now)
        async with self._database.writing() as work:
            # Another process may have seen the last failures that were free while this password was looked at.
            await self._refuse_too_many(work, username, address)
            await work.login_failures.forget(now - WINDOW_SECONDS)
            await work.login_failures.add(username.key, address, now)
            await record(work, event)

    async def _begin(self, user: User, address: str) -> TokenPair:
        now = self._clock.now()
        session = Session(id=uuid4(), user_id=user.id, generation=0, created_at=now, expires_at=now + REFRESH_SECONDS)
        async with self._database.writing() as work:
            found = await work.users.named(user.name, for_change=True)
            if found is None or found != user:
                raise InvalidCredentials("the account was changed in between")
            await work.sessions.add(session)
            await work.sessions.prune(user.id, now, MOST_SESSIONS)
            await record(work, AuditEvent(Action.LOGIN, Outcome.DONE, user.name, user.id, address, now))
        return signed_in(session, self._tokens, now)
