"""Webhooks in the table `webhooks`."""

from uuid import UUID

from sqlalchemy import Row, Select, delete, exists, insert, or_, select, update

from adapters.sql.transaction import InTransaction
from adapters.sql.webhooks.tables import WEBHOOK_DELIVERIES, WEBHOOKS
from application.webhooks.ports.webhooks import Webhooks
from domain.webhooks.event import EventType
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import Webhook

_COLUMNS = WEBHOOKS.c
_CHANGING = ("failures_in_a_row", "failing_since", "resumes_at", "is_slow", "disabled_at", "reason")


class SqlWebhooks(InTransaction, Webhooks):
    """One statement decides who leases a webhook: on Postgres it skips rows that others lock."""

    async def add(self, webhook: Webhook) -> None:
        """Insert the webhook."""
        row = {
            "id": webhook.id,
            "user_id": webhook.user_id,
            "url": str(webhook.url),
            "events": " ".join(sorted(webhook.events)),
            "sealed_secret": webhook.sealed_secret,
            "created_at": webhook.created_at,
            "leased_until": webhook.created_at,
        }
        await self._connection.execute(insert(WEBHOOKS), row | _changing(webhook))

    async def find(self, user_id: UUID, webhook_id: UUID) -> Webhook | None:
        """Select the webhook."""
        query = select(WEBHOOKS).where(_COLUMNS.user_id == user_id, _COLUMNS.id == webhook_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _webhook_of(row)

    async def list_by_user(self, user_id: UUID) -> list[Webhook]:
        """Select the webhooks of the user."""
        query = select(WEBHOOKS).where(_COLUMNS.user_id == user_id).order_by(_COLUMNS.created_at, _COLUMNS.id)
        return [_webhook_of(row) for row in await self._connection.execute(query)]

    async def save(self, webhook: Webhook) -> None:
        """Update the row."""
        await self._connection.execute(update(WEBHOOKS).where(_COLUMNS.id == webhook.id).values(_changing(webhook)))

    async def delete(self, user_id: UUID, webhook_id: UUID) -> bool:
        """Delete the row; the deliveries go with it."""
        is_users = (_COLUMNS.user_id == user_id) & (_COLUMNS.id == webhook_id)
        return (await self._connection.execute(delete(WEBHOOKS).where(is_users))).rowcount == 1

    async def have_due(self, now: float) -> bool:
        """Select one."""
        return (await self._connection.execute(_due(now).limit(1))).first() is not None

    async def lease(self, holder: str, now: float, until: float, most: int, *, slow: bool) -> list[Webhook]:
        """Update the rows that are found, in one statement."""
        is_slow = or_(_COLUMNS.is_slow, _COLUMNS.failing_since.is_not(None))
        found = _due(now).where(is_slow if slow else ~is_slow).order_by(_COLUMNS.leased_until, _COLUMNS.id).limit(most)
        leased = (
            update(WEBHOOKS)
            .where(_COLUMNS.id.in_(found.with_for_update(skip_locked=True, key_share=True)))
            .values(leased_by=holder, leased_until=until)
            .returning(*_COLUMNS)
        )
        return [_webhook_of(row) for row in await self._connection.execute(leased)]

    async def save_leased(self, webhook: Webhook, holder: str, until: float) -> bool:
        """Update the row, if the lease is this holder's."""
        is_ours = (_COLUMNS.id == webhook.id) & (_COLUMNS.leased_by == holder)
        changed = update(WEBHOOKS).where(is_ours).values(_changing(webhook) | {"leased_until": until})
        return (await self._connection.execute(changed)).rowcount == 1


def _due(now: float) -> Select[tuple[UUID]]:
    deliveries = WEBHOOK_DELIVERIES.c
    has_due = exists().where(deliveries.webhook_id == _COLUMNS.id, deliveries.next_attempt_at <= now)
    return select(_COLUMNS.id).where(
        _COLUMNS.disabled_at.is_(None), _COLUMNS.leased_until <= now, _COLUMNS.resumes_at <= now, has_due
    )


def _changing(webhook: Webhook) -> dict[str, object]:
    changing = {name: getattr(webhook, name) for name in _CHANGING}
    return changing | {"reason": None if webhook.reason is None else webhook.reason[:255]}


def _webhook_of(row: Row[*tuple[object, ...]]) -> Webhook:
    return Webhook(
        id=row.id,
        user_id=row.user_id,
        url=WebhookUrl(row.url),
        events=frozenset(map(EventType, row.events.split())),
        sealed_secret=row.sealed_secret,
        created_at=row.created_at,
        **{name: getattr(row, name) for name in _CHANGING},
    )
