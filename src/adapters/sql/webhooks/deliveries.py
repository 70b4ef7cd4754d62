"""Deliveries in the table `webhook_deliveries`."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Row, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.driver_statement import DriverStatement
from adapters.sql.transaction import InTransaction
from adapters.sql.webhooks.tables import WEBHOOK_DELIVERIES, WEBHOOKS
from application.webhooks.ports.deliveries import Deliveries
from domain.webhooks.delivery import Answer, Delivery, DeliveryStatus
from domain.webhooks.event import Event, EventType

_COLUMNS = WEBHOOK_DELIVERIES.c

_LOCK = (
    select(WEBHOOKS.c.id, WEBHOOKS.c.user_id, WEBHOOKS.c.events)
    .where(WEBHOOKS.c.disabled_at.is_(None))
    .order_by(WEBHOOKS.c.id)
    .with_for_update(read=True, key_share=True)
)
_LOCK_OF_USER = DriverStatement(_LOCK.where(WEBHOOKS.c.user_id == bindparam("user")))


class SqlDeliveries(InTransaction, Deliveries):
    """The numbers of rows grow with time; those of transactions at the same moment are in any order."""

    async def add(self, events: Sequence[Event]) -> None:
        """Select the webhooks, which no one can delete until this transaction ends, and insert a row for each."""
        user_ids = {event.user_id for event in events}
        rows = [
            _row(event, webhook_id)
            for webhook_id, user_id, kinds in await self._lock_webhooks(user_ids)
            for event in events
            if event.user_id == user_id and event.type in kinds.split()
        ]
        if rows:
            insert_of = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
            await self._connection.execute(insert_of(WEBHOOK_DELIVERIES).on_conflict_do_nothing(), rows)

    async def _lock_webhooks(self, user_ids: Collection[UUID]) -> Sequence[tuple[Any, ...]]:
        if len(user_ids) == 1:
            return await _LOCK_OF_USER.fetch(self._connection, {"user": next(iter(user_ids))})
        return [tuple(row) for row in await self._connection.execute(_LOCK.where(WEBHOOKS.c.user_id.in_(user_ids)))]

    async def list_due(self, webhook_id: UUID, now: float, most: int) -> list[Delivery]:
        """Select by index."""
        is_due = (_COLUMNS.webhook_id == webhook_id) & (_COLUMNS.next_attempt_at <= now)
        query = select(WEBHOOK_DELIVERIES).where(is_due).order_by(_COLUMNS.next_attempt_at, _COLUMNS.number)
        return [_delivery_of(row) for row in await self._connection.execute(query.limit(most))]

    async def save(self, deliveries: Sequence[Delivery]) -> None:
        """Update those rows that are still pending."""
        if not deliveries:
            return
        changed: dict[str, BindParameter[object]] = {name: bindparam(f"new_{name}") for name in _CHANGING}
        is_pending = (_COLUMNS.number == bindparam("its_number")) & _COLUMNS.next_attempt_at.is_not(None)
        rows = [
            {"its_number": each.number} | {f"new_{name}": value for name, value in _changing(each).items()}
            for each in deliveries
        ]
        await self._connection.execute(update(WEBHOOK_DELIVERIES).where(is_pending).values(changed), rows)

    async def list_page(
        self, webhook_id: UUID, status: DeliveryStatus | None, before: int | None, most: int
    ) -> list[Delivery]:
        """Select by index."""
        query = select(WEBHOOK_DELIVERIES).where(_COLUMNS.webhook_id == webhook_id)
        if status is not None:
            query = query.where(_COLUMNS.status == status)
        if before is not None:
            query = query.where(_COLUMNS.number < before)
        found = await self._connection.execute(query.order_by(_COLUMNS.number.desc()).limit(most))
        return [_delivery_of(row) for row in found]

    async def give_up(self, webhook_id: UUID, until: float, most: int) -> int:
        """Update the rows that an index finds."""
        is_pending = (_COLUMNS.webhook_id == webhook_id) & _COLUMNS.next_attempt_at.is_not(None)
        found = select(_COLUMNS.number).where(is_pending, _COLUMNS.created_at <= until)
        first = found.order_by(_COLUMNS.next_attempt_at).limit(most)
        ended = {"status": DeliveryStatus.FAILED.value, "next_attempt_at": None}
        given_up = update(WEBHOOK_DELIVERIES).where(_COLUMNS.number.in_(first)).values(ended)
        return (await self._connection.execute(given_up)).rowcount

    async def delete_of(self, webhook_id: UUID, most: int) -> int:
        """Delete the rows that an index finds."""
        oldest = select(_COLUMNS.number).where(_COLUMNS.webhook_id == webhook_id).order_by(_COLUMNS.number).limit(most)
        deleted = delete(WEBHOOK_DELIVERIES).where(_COLUMNS.number.in_(oldest))
        return (await self._connection.execute(deleted)).rowcount

    async def delete_of_user(self, user_id: UUID, most: int) -> int:
        """Delete the rows that an index finds for each webhook."""
        webhooks = select(WEBHOOKS.c.id).where(WEBHOOKS.c.user_id == user_id)
        found = select(_COLUMNS.number).where(_COLUMNS.webhook_id.in_(webhooks)).limit(most)
        deleted = delete(WEBHOOK_DELIVERIES).where(_COLUMNS.number.in_(found))
        return (await self._connection.execute(deleted)).rowcount

    async def delete_ended(self, before: float, most: int) -> int:
        """Delete the rows that an index finds."""
        ended = select(_COLUMNS.number).where(_COLUMNS.next_attempt_at.is_(None), _COLUMNS.created_at < before)
        oldest = ended.order_by(_COLUMNS.created_at).limit(most)
        deleted = delete(WEBHOOK_DELIVERIES).where(_COLUMNS.number.in_(oldest))
        return (await self._connection.execute(deleted)).rowcount


_CHANGING = ("status", "attempts", "next_attempt_at", "last_attempt_at", "http_status", "error", "seconds")


def _row(event: Event, webhook_id: UUID) -> dict[str, object]:
    return {
        "webhook_id": webhook_id,
        "event_id": event.id,
        "type": event.type.value,
        "body": event.body,
        "created_at": event.at,
        "status": DeliveryStatus.PENDING.value,
        "attempts": 0,
        "next_attempt_at": event.at,
    }


def _changing(delivery: Delivery) -> dict[str, object]:
    answer = delivery.answer
    return {
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at,
        "last_attempt_at": delivery.last_attempt_at,
        "http_status": answer and answer.status,
        "error": answer and answer.error and answer.error[:255],
        "seconds": answer and answer.seconds,
    }


def _delivery_of(row: Row[*tuple[object, ...]]) -> Delivery:
    return Delivery(
        number=row.number,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        type=EventType(row.type),
        body=row.body,
        created_at=row.created_at,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        last_attempt_at=row.last_attempt_at,
        answer=None if row.last_attempt_at is None else Answer(row.http_status, row.error, row.seconds or 0.0),
    )
