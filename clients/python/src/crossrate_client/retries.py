"""How often, and after how long, a call is sent again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` counts the first one too; 1 means never to repeat.

    Waits grow from `first_delay_seconds` to `max_delay_seconds`, at random below that, so that clients that failed
    together do not come again together. A `Retry-After` of the service is kept, with a little at random on top. What
    would end after the call's deadline is not begun.
    """

    attempts: int = 4
    first_delay_seconds: float = 0.2
    max_delay_seconds: float = 5.0

    def delay_seconds(self, attempt: int, retry_after_seconds: float | None = None) -> float:
        """Return how long to wait after the attempt with this number, from 1."""
        if retry_after_seconds is not None:
            return retry_after_seconds + random.uniform(0, self.first_delay_seconds)  # noqa: S311 -- no secret
        longest = min(self.max_delay_seconds, self.first_delay_seconds * 2.0 ** min(attempt - 1, 30))
        return random.uniform(longest / 2, longest)  # noqa: S311 -- no secret
