"""Delete a webhook, or enable one that was disabled."""

from uuid import UUID

from application.identity.lock_caller import lock_caller
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from application.webhooks.deliver_batch import MOST_IN_A_TRANSACTION
from application.webhooks.ports.repositories import WebhooksRepositories
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.webhooks.webhook import Webhook


class ChangeWebhook:
    """Each change is in the audit log. Doing it twice is the same as once."""

    def __init__(self, *, database: Database[WebhooksRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def delete(self, caller: Caller, webhook_id: UUID, address: str) -> None:
        """Delete a webhook with its deliveries. Raises `NoSuchObject`.

        The deliveries go first, in transactions of their own. If it fails in between, repeating it goes on.
        """

        async def empty(unit: WebhooksRepositories) -> int:
            await lock_caller(unit, caller)
            if await unit.webhooks.find(caller.user.id, webhook_id) is None:
                raise _none()
            return await unit.deliveries.delete_of(webhook_id, MOST_IN_A_TRANSACTION)

        while await self._database.write(empty) == MOST_IN_A_TRANSACTION:
            pass

        async def work(unit: WebhooksRepositories) -> None:
            await lock_caller(unit, caller)
            if not await unit.webhooks.delete(caller.user.id, webhook_id):
                raise _none()
            await record_audit_event(unit, self._event(AuditAction.DELETE_WEBHOOK, caller, webhook_id, address))

        await self._database.write(work)

    async def enable(self, caller: Caller, webhook_id: UUID, address: str) -> Webhook:
        """Have events sent to it again, from now on. Raises `NoSuchObject`."""

        async def work(unit: WebhooksRepositories) -> Webhook:
            await lock_caller(unit, caller)
            webhook = await unit.webhooks.find(caller.user.id, webhook_id)
            if webhook is None:
                raise _none()
            if webhook.disabled_at is not None:
                webhook = webhook.enabled()
                await unit.webhooks.save(webhook)
                await record_audit_event(unit, self._event(AuditAction.ENABLE_WEBHOOK, caller, webhook_id, address))
            return webhook

        return await self._database.write(work)

    def _event(self, action: AuditAction, caller: Caller, webhook_id: UUID, address: str) -> AuditEvent:
        return AuditEvent.done(action, caller.user, address, self._clock.now(), str(webhook_id))


def _none() -> NoSuchObject:
    return NoSuchObject("there is no such webhook")
