"""How often a source with few calls a day may still be asked."""

from typing import Protocol


class CallBudget(Protocol):
    """Counts the calls of one source and day, as a `CallPlan` shares them out, for all who count together.

    Both calls may raise `CacheUnavailable`, within half a second: then nobody knows, and the call is not to be made.
    """

    async def take(self, *, is_hourly: bool) -> float | None:
        """Count a call that is about to be made and return None, or return the seconds until asking makes sense again.

        `is_hourly` tells a call that room is kept for.
        """
        ...

    async def rest(self, seconds: float) -> None:
        """Have no call made for so long from now on, or for as long as was said before when that is longer."""
        ...
