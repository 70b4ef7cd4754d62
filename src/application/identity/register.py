"""Create an account."""

from uuid import uuid4

from application.idempotency.write_once import Once, write_once
from application.identity.guessing import MAX_KNOWN_ADDRESSES
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import OnceRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.errors import UsernameTaken
from domain.identity.new_password import reject_unsuitable
from domain.identity.user import Password, Role, User, Username


class Register:
    """The use case of registration and of `crossrate users create`."""

    def __init__(self, *, database: Database[OnceRepositories], hasher: PasswordHasher, clock: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock

    async def __call__(
        self,
        *,
        username: Username,
        password: Password,
        address: str,
        role: Role = Role.USER,
        is_at_address: bool = False,
        once: Once[User] | None = None,
    ) -> User:
        """Return the new user, who may sign in from the address if they are there, whatever others guessed from it.

        Raises `UnsuitablePassword`, `UsernameTaken`, `TooManyRequests` or `DatabaseUnavailable`.
        """
        reject_unsuitable(password, username)
        password_hash = await self._hasher.hash(password)
        now = self._clock.now()
        user = User(id=uuid4(), name=username, role=role, password_hash=password_hash, created_at=now)
        event = AuditEvent.done(AuditAction.REGISTER, user, address, now, role.value)

        async def work(unit: OnceRepositories) -> User:
            if await unit.users.find_by_name(username) is not None:
                raise UsernameTaken("this username is taken")
            await unit.users.add(user)
            if is_at_address:
                await unit.known_addresses.add(user.id, address, now, MAX_KNOWN_ADDRESSES)
            await record_audit_event(unit, event)
            return user

        return await write_once(self._database.write, work, once)
