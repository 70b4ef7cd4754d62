"""What whoever runs the service does to accounts, from the command line."""

from dataclasses import replace

from application.identity.audit_log import record
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import NoSuchObject
from domain.identity.audit_event import Action, AuditEvent, Outcome
from domain.identity.user import Password, User, Username


class ListUsers:
    """Lists all users."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self) -> list[User]:
        """Return them from the oldest. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as work:
            return await work.users.listed()


class ReadAuditLog:
    """Tells what happened to accounts and keys."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self, *, limit: int) -> list[AuditEvent]:
        """Return the newest events, the newest first. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as work:
            return await work.audit_log.latest(limit)


class SetDisabled:
    """Disables a user, whose tokens and keys stop at once, or enables one, whose keys are good again."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, username: Username, is_disabled: bool, address: str) -> User:
        """Return the user as it is now. Raises `NoSuchObject` or `DatabaseUnavailable`."""
        action = Action.DISABLE if is_disabled else Action.ENABLE
        async with self._database.writing() as work:
            user = replace(await _to_change(work, username), is_disabled=is_disabled)
            await work.users.save(user)
            await work.sessions.remove_all_of(user.id)
            event = AuditEvent(action, Outcome.DONE, user.name, user.id, address, self._clock.now())
            await record(work, event)
        return user


class ResetPassword:
    """Gives a user another password and ends their sessions. Keys go on: they are deleted one by one."""

    def __init__(self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, clock: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock

    async def __call__(self, *, username: Username, password: Password, address: str) -> User:
        """Return the user as it is now. Raises `NoSuchObject`, `TooManyRequests` or `DatabaseUnavailable`."""
        password_hash = await self._hasher.hash(password)
        async with self._database.writing() as work:
            user = replace(await _to_change(work, username), password_hash=password_hash)
            await work.users.save(user)
            await work.sessions.remove_all_of(user.id)
            event = AuditEvent(Action.RESET_PASSWORD, Outcome.DONE, user.name, user.id, address, self._clock.now())
            await record(work, event)
        return user


async def _to_change(work: IdentityRepositories, username: Username) -> User:
    user = await work.users.named(username, for_change=True)
    if user is None:
        raise NoSuchObject(f"there is no user {username}")
    return user
