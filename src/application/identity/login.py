"""Sign in with a username and a password; the number of guesses is limited."""

from uuid import uuid4

from application.concurrency.keyed_lock import KeyedLock
from application.identity.guessing import (
    KNOWN_SECONDS,
    MAX_KNOWN_ADDRESSES,
    add_failure,
    forgive,
    reject_guesses,
    report_lockouts,
)
from application.identity.issue_token_pair import REFRESH_SECONDS, TokenPair, issue_token_pair
from application.identity.ports.identity_meter import IdentityMeter
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.tokens import Tokens
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.lockout import Lockout
from domain.identity.session import Session
from domain.identity.user import Password, User, Username

# A client that signs in for every request would fill the database.
MAX_SESSIONS = 50


class Login:
    """Verifies no more passwords than `reject_guesses` allows.

    Logins to one account, and from one address or network, run one at a time, so that of a thousand concurrent guesses
    no more are verified. At an address from which the user has signed in lately, a login waits only for others to the
    same account from there, so that guesses from elsewhere do not delay it.
    """

    def __init__(
        self,
        *,
        database: Database[IdentityRepositories],
        hasher: PasswordHasher,
        tokens: Tokens,
        clock: Clock,
        meter: IdentityMeter,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._tokens = tokens
        self._clock = clock
        self._meter = meter
        self._keyed_lock = KeyedLock()

    async def __call__(
        self, *, username: Username, password: Password, address: str, user_agent: str | None = None
    ) -> TokenPair:
        """Return the tokens of a new session.

        Raises `InvalidCredentials` (with the same message and timing whatever is wrong), `TooManyRequests` or
        `DatabaseUnavailable`.
        """
        is_known = await self._is_known(username, address)
        async with self._keyed_lock.hold(*_keys(self._attempt(username, address), is_known=is_known)):
            async with self._database.reading() as unit:
                await reject_guesses(unit, self._attempt(username, address), is_known=is_known)
                user = await unit.users.find_by_name(username)
            is_right = await self._hasher.verify(password, user.password_hash if user is not None else None)
            if user is None or not is_right or user.is_disabled:
                await self._fail(username, user, address, is_known=is_known)
                raise InvalidCredentials("the name or the password is wrong")
            return await self._begin(user, address, user_agent)

    def _attempt(self, username: Username, address: str) -> Attempt:
        return Attempt(username.key, address, self._clock.now())

    async def _is_known(self, username: Username, address: str) -> bool:
        async with self._database.reading() as unit:
            return await unit.known_addresses.is_known(username.key, address, self._clock.now() - KNOWN_SECONDS)

    async def _fail(self, username: Username, user: User | None, address: str, *, is_known: bool) -> None:
        attempt, user_id = self._attempt(username, address), user.id if user else None
        event = AuditEvent(AuditAction.LOGIN, AuditOutcome.REFUSED, username, user_id, address, attempt.at)

        async def work(unit: IdentityRepositories) -> list[Lockout]:
            # Other processes may have reached the limit while this password was being verified.
            await reject_guesses(unit, attempt, is_known=is_known)
            begun = await add_failure(unit, attempt)
            await record_audit_event(unit, event)
            return begun

        report_lockouts(await self._database.write(work), attempt, self._meter)

    async def _begin(self, user: User, address: str, user_agent: str | None) -> TokenPair:
        now = self._clock.now()
        session = Session(
            id=uuid4(),
            user_id=user.id,
            generation=0,
            created_at=now,
            expires_at=now + REFRESH_SECONDS,
            address=address,
            user_agent=user_agent,
            password_at=now,
        )

        async def work(unit: IdentityRepositories) -> None:
            found = await unit.users.find_by_name(user.name, for_change=True)
            if found is None or found != user:
                raise InvalidCredentials("the account has just changed")
            await unit.sessions.add(session)
            await unit.sessions.prune(user.id, now, MAX_SESSIONS)
            await unit.known_addresses.add(user.id, address, now, MAX_KNOWN_ADDRESSES)
            await forgive(unit, Attempt(user.name.key, address, now))
            event = AuditEvent.done(AuditAction.LOGIN, user, address, now)
            await record_audit_event(unit, event)

        await self._database.write(work)
        return issue_token_pair(session, self._tokens, now)


def _keys(attempt: Attempt, *, is_known: bool) -> list[str]:
    """Return what a login waits for."""
    account = f"account {attempt.account}"
    if is_known:
        return [f"{account} from {attempt.address}"]
    network = [] if attempt.network is None else [f"network {attempt.network}"]
    return [account, f"address {attempt.address}", *network]
