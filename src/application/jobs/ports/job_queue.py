"""Where work in the background is asked for."""

from typing import Protocol

from domain.pair import Pair


class JobQueue(Protocol):
    """Hands work on to whoever does it. Nothing waits for its end, and it may be done more than once."""

    async def record_hour(self, pair: Pair, hour: int) -> None:
        """Have the quote recorded that stands for the hour which began at this Unix second.

        Raises `CacheUnavailable` when it cannot be handed on.
        """
        ...
