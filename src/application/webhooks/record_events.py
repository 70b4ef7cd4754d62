"""Record events, for webhooks to tell of them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from application.webhooks.ports.repositories import EventRepositories
from domain.webhooks.event import Event, EventType


async def record_event(
    unit: EventRepositories,
    kind: EventType,
    user_id: UUID,
    data: Mapping[str, object],
    now: float,
    event_id: UUID | None = None,
) -> None:
    """Record an event in the unit that makes the change, so that both are committed or neither.

    One short query where the user has no webhook. `data` holds what JSON has; amounts are strings. Give an `event_id`
    that is derived from the change if the same work may be done again after its commit.
    """
    await record_events(unit, [Event.of(kind, user_id, data, now, event_id)])


async def record_events(unit: EventRepositories, events: Sequence[Event]) -> None:
    """Record the events of many users in as many statements as for one."""
    if events:
        await unit.deliveries.add(events)
