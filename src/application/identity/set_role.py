"""Give an existing user another role, from the command line."""

from dataclasses import replace

from application.identity.lock_user import lock_user
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.user import Role, User, Username


class SetRole:
    """The role counts at once, with the sessions that there are: every request looks it up."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, username: Username, role: Role, address: str) -> User:
        """Return the updated user. Raises `NoSuchObject` or `DatabaseUnavailable`."""

        async def work(unit: IdentityRepositories) -> User:
            user = replace(await lock_user(unit, username), role=role)
            await unit.users.save(user)
            event = AuditEvent.done(AuditAction.SET_ROLE, user, address, self._clock.now(), role.value)
            await record_audit_event(unit, event)
            return user

        return await self._database.write(work)
