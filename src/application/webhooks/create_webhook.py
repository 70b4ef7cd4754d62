"""Create a webhook."""

from uuid import uuid4

from application.idempotency.write_once import Once, write_once
from application.identity.lock_caller import lock_caller
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from application.webhooks.ports.repositories import ChangingRepositories
from application.webhooks.ports.secret_sealer import SecretSealer
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.webhooks.errors import TooManyWebhooks
from domain.webhooks.event import EventType
from domain.webhooks.signature import WebhookSecret
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import MAX_WEBHOOKS, Webhook


class CreateWebhook:
    """Returns the webhook's secret, which cannot be shown again."""

    def __init__(
        self,
        *,
        database: Database[ChangingRepositories],
        sealer: SecretSealer,
        clock: Clock,
        allows_private_networks: bool,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._allows_private_networks = allows_private_networks

    async def __call__(
        self,
        *,
        caller: Caller,
        url: WebhookUrl,
        events: frozenset[EventType],
        secret: WebhookSecret | None,
        address: str,
        once: Once[tuple[Webhook, WebhookSecret]] | None = None,
    ) -> tuple[Webhook, WebhookSecret]:
        """Return the webhook and its secret, a new one unless it is given.

        Raises `InvalidWebhookUrl`, `TooManyWebhooks`, `InvalidCredentials` if the account has just changed, or
        `DatabaseUnavailable`.
        """
        if not self._allows_private_networks:
            url.require_public()
        secret = secret or WebhookSecret.generate()
        webhook_id, now = uuid4(), self._clock.now()
        sealed = self._sealer.seal(secret, webhook_id)
        webhook = Webhook(webhook_id, caller.user.id, url, events, sealed, created_at=now)
        event = AuditEvent.done(AuditAction.CREATE_WEBHOOK, caller.user, address, now, str(webhook.id))

        async def work(unit: ChangingRepositories) -> tuple[Webhook, WebhookSecret]:
            await lock_caller(unit, caller)  # so that concurrent requests cannot exceed the limit together
            if len(await unit.webhooks.list_by_user(caller.user.id)) >= MAX_WEBHOOKS:
                raise TooManyWebhooks(f"a user may have {MAX_WEBHOOKS} webhooks")
            await unit.webhooks.add(webhook)
            await record_audit_event(unit, event)
            return webhook, secret

        return await write_once(self._database.write, work, once)
