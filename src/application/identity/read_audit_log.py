"""Read the audit log, from the command line."""

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.audit_event import AuditEvent


class ReadAuditLog:
    """The use case of `crossrate users audit`."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self, *, limit: int) -> list[AuditEvent]:
        """Return the latest events, newest first. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            return await unit.audit_log.list_latest(limit)
