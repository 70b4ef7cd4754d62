"""The port to what is kept for a user's webhooks, which goes with the user."""

from typing import Protocol
from uuid import UUID


class Outbox(Protocol):
    """Deliveries of events, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def delete_of_user(self, user_id: UUID, most: int) -> int:
        """Delete up to `most` deliveries to the user's webhooks; return how many they were."""
        ...
