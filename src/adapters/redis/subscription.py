"""What subscriptions to channels of Redis share."""

from typing import Any

from redis.asyncio.client import PubSub

from adapters.redis.connection import end_if_cancelled

# After this long without a message Redis is pinged, and has as long again to answer.
QUIET_SECONDS = 10.0

# Between attempts to resubscribe, doubled after each failure.
MIN_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 5.0


async def next_message(pubsub: PubSub) -> dict[str, Any] | None:
    """Return the next message, None if a PING is not answered either."""
    end_if_cancelled()
    message: dict[str, Any] | None = await pubsub.get_message(timeout=QUIET_SECONDS)
    end_if_cancelled()
    if message is None:
        await pubsub.ping()
        message = await pubsub.get_message(timeout=QUIET_SECONDS)
    return message
