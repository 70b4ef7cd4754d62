"""Correct a mistake in the ledger, as an administrator or from the command line."""

from typing import Protocol
from uuid import UUID, uuid4

from application.idempotency.ports.repositories import IdempotencyRepositories
from application.idempotency.write_once import Once, write_once
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ledger.correct_transaction import correct_transaction
from application.ledger.ports.repositories import LedgerRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.caller import Caller
from domain.ledger.posted import PostedTransaction

# Whom the audit log names where no user did it.
OPERATOR = "operator"


class CorrectionRepositories(LedgerRepositories, IdentityRepositories, IdempotencyRepositories, Protocol):
    """The ledger, the audit log, and the keys of requests that are made once."""


class RecordCorrection:
    """Posts the opposite of a transaction, and says so in the audit log, in one unit of work."""

    def __init__(self, *, database: Database[CorrectionRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self,
        *,
        mistake_id: UUID,
        reason: str,
        address: str,
        admin: Caller | None = None,
        once: Once[PostedTransaction] | None = None,
    ) -> PostedTransaction:
        """Return the correction; without `admin`, it comes from the command line.

        Takes the administrator's recent password. Raises `PasswordNeeded`, and as `correct_transaction` does.
        """
        now = self._clock.now()
        if admin is not None:
            admin.require_recent_password(now)

        async def work(unit: CorrectionRepositories) -> PostedTransaction:
            # The audit row first: posting locks the accounts until the unit ends.
            correction_id = uuid4()
            await record_audit_event(unit, _event(mistake_id, correction_id, admin, address, now))
            return await correct_transaction(unit, mistake_id, transaction_id=correction_id, reason=reason, now=now)

        return await write_once(self._database, work, once)


def _event(mistake_id: UUID, correction_id: UUID, admin: Caller | None, address: str, now: float) -> AuditEvent:
    detail = f"transaction {mistake_id}, by {correction_id}"
    if admin is not None:
        return AuditEvent.done(AuditAction.CORRECT_TRANSACTION, admin.user, address, now, detail)
    return AuditEvent(AuditAction.CORRECT_TRANSACTION, AuditOutcome.DONE, OPERATOR, None, address, now, detail)
