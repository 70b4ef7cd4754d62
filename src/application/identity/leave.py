"""Sign out, or leave for good."""

from application.identity.audit_log import record
from application.identity.ports.repositories import IdentityRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import Action, AuditEvent, Outcome
from domain.identity.caller import Caller


class Logout:
    """Ends the session that the caller asks with; its tokens are good for nothing from then on."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, address: str) -> None:
        """Do nothing for a key, which has no session. Raises `DatabaseUnavailable`."""
        if caller.session_id is None:
            return
        user, now = caller.user, self._clock.now()
        async with self._database.writing() as work:
            await work.sessions.remove(caller.session_id)
            await record(work, AuditEvent(Action.LOGOUT, Outcome.DONE, user.name, user.id, address, now))


class DeleteAccount:
    """Removes the caller's account with all its sessions and keys. The trail stays."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, address: str) -> None:
        """Raises `DatabaseUnavailable`."""
        user, now = caller.user, self._clock.now()
        async with self._database.writing() as work:
            await work.users.remove(user.id)
            await record(work, AuditEvent(Action.DELETE_ACCOUNT, Outcome.DONE, user.name, user.id, address, now))
