"""Make an account."""

from uuid import uuid4

from application.identity.audit_log import record
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import Action, AuditEvent, Outcome
from domain.identity.errors import UsernameTaken
from domain.identity.user import Password, Role, User, Username


class Register:
    """The use case behind registration and `crossrate users create`."""

    def __init__(self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, clock: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock

    async def __call__(self, *, username: Username, password: Password, address: str, role: Role = Role.USER) -> User:
        """Return the new user. Raises `UsernameTaken`, `TooManyRequests` or `DatabaseUnavailable`."""
        user = User(
            id=uuid4(),
            name=username,
            role=role,
            password_hash=await self._hasher.hash(password),
            created_at=self._clock.now(),
        )
        event = AuditEvent(Action.REGISTER, Outcome.DONE, username, user.id, address, user.created_at, role.value)
        async with self._database.writing() as work:
            if await work.users.named(username) is not None:
                raise UsernameTaken("this name is taken")
            await work.users.add(user)
            await record(work, event)
        return user
