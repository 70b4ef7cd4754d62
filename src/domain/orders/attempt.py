"""Attempts: each time that a batch's purchase may have been sent to a venue."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.orders.venue_order import VenueOrder

# A request lives this long in a venue after its receive window, which is checked when it arrives.
PROCESSING_SECONDS = 10.0
# By which the clocks of a venue's servers may differ.
CLOCK_MARGIN_SECONDS = 5.0


class AttemptOutcome(StrEnum):
    """What is certain about an attempt."""

    PENDING = "pending"  # it may have been sent: only the venue knows
    NOT_SENT = "not_sent"  # the worker that alone may send it has not and its time is over, or the venue had to wait
    REFUSED = "refused"  # the venue decided against it
    ABSENT = "absent"  # the venue has never had it, and cannot take it any more
    DONE = "done"  # the venue has executed what it will


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a batch, numbered from 1. It is stored before it is sent, and sent exactly so."""

    batch_id: UUID
    number: int
    venue: str
    order: VenueOrder
    created_at: float
    outcome: AttemptOutcome = AttemptOutcome.PENDING
    venue_order_id: str | None = None
    reason: str | None = None


def client_order_id(batch_id: UUID, number: int) -> str:
    """Return the id by which the venue knows an attempt: at most 36 characters of [A-Za-z0-9-]."""
    return f"cr{batch_id.hex[:24]}-{number}"


def is_absence_decisive(order: VenueOrder, venue_time_ms: int, watched_seconds: float) -> bool:
    """Tell whether a venue that does not know the order will never execute it.

    `venue_time_ms` is the venue's time, read before it was asked for the order: the request may still be on its way,
    and whether the venue takes it depends on its clock alone. As long a time must have passed since somebody first saw
    the order as stored, by a clock that is never set, because the venue's clock may be set too.
    """
    lifetime_seconds = order.receive_window_ms / 1000 + PROCESSING_SECONDS + CLOCK_MARGIN_SECONDS
    return watched_seconds >= lifetime_seconds and venue_time_ms >= order.signed_at_ms + lifetime_seconds * 1000


def may_still_send(order: VenueOrder, seconds_since_signed: float) -> bool:
    """Tell whether the venue would still take the order when it is sent now, so long after its time was asked for."""
    return seconds_since_signed * 1000 < order.receive_window_ms
