"""One caller's wait for the fetch lock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from application.market_data.ports.fetch_lock import InFlight, Payload

# Waiting ends after both: then something is wrong. One alone proves nothing, because there may be many quick fetches of
# another payload, and who gets the lock next is random.
MAX_FETCHES_WAITED_FOR = 4
MIN_PATIENCE_SECONDS = 3.0


@dataclass(slots=True)
class LeaseWait:
    """One caller's wait for the lock.

    Fetches later than `began_before` began during the wait. Failures of `waited_for` and later fetches, which ended
    during the wait, are the caller's too.
    """

    payload: Payload
    is_for_sync: Callable[[], bool]
    began_before: int | None = None
    waited_for: int | None = None
    fetches_of_others: set[int] = field(default_factory=set)
    began_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def is_over(self) -> bool:
        """Whether the caller should give up."""
        return self.is_impatient and len(self.fetches_of_others) > MAX_FETCHES_WAITED_FOR

    @property
    def is_impatient(self) -> bool:
        """Whether the caller has waited for long."""
        return asyncio.get_running_loop().time() >= self.began_at + MIN_PATIENCE_SECONDS

    def saw(self, fetch: InFlight) -> None:
        """Note a fetch that another caller is making."""
        if self.began_before is None:
            self.began_before = self.waited_for = fetch.fencing_token
        self.fetches_of_others.add(fetch.fencing_token)

    def saw_end_of(self, fencing_token: int) -> None:
        """Note the newest fetch, which is over."""
        if self.began_before is None:
            self.began_before, self.waited_for = fencing_token, fencing_token + 1
