"""Correct a mistake in the ledger, as an administrator or from the command line."""

from collections.abc import Mapping
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
from application.webhooks.ports.repositories import EventRepositories
from application.webhooks.record_events import record_events
from domain.decimals import plain
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.caller import Caller
from domain.ledger.account import Account, AccountKind
from domain.ledger.posted import PostedTransaction
from domain.webhooks.event import Event, EventType

# Whom the audit log names where no user did it.
OPERATOR = "operator"


class CorrectionRepositories(
    LedgerRepositories, IdentityRepositories, IdempotencyRepositories, EventRepositories, Protocol
):
    """The ledger, the audit log, events, and the keys of requests that are made once."""


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
            posted = await correct_transaction(unit, mistake_id, transaction_id=correction_id, reason=reason, now=now)
            accounts = await unit.ledger_accounts.find([posting.account_id for posting in posted.postings])
            await record_events(unit, _told(posted, mistake_id, accounts, now))
            return posted

        return await write_once(self._database.write, work, once)


def _told(posted: PostedTransaction, mistake_id: UUID, accounts: Mapping[UUID, Account], now: float) -> list[Event]:
    """Return what each user is told whose wallets it changes."""
    told = []
    for posting in posted.postings:
        account = accounts[posting.account_id]
        if account.kind is not AccountKind.USER or account.owner_id is None:
            continue
        data = {
            "transaction_id": str(posted.header.id),
            "corrects": str(mistake_id),
            "reason": posted.header.reason,
            "currency_id": str(account.id),
            "code": account.asset.code,
            "amount": plain(account.asset.amount_of(posting.available_change)),
            "available": plain(account.asset.amount_of(posting.balance.available)),
        }
        told.append(Event.of(EventType.WALLET_CORRECTION, account.owner_id, data, now))
    return told


def _event(mistake_id: UUID, correction_id: UUID, admin: Caller | None, address: str, now: float) -> AuditEvent:
    detail = f"transaction {mistake_id}, by {correction_id}"
    if admin is not None:
        return AuditEvent.done(AuditAction.CORRECT_TRANSACTION, admin.user, address, now, detail)
    return AuditEvent(AuditAction.CORRECT_TRANSACTION, AuditOutcome.DONE, OPERATOR, None, address, now, detail)
