"""Give back what is held beyond its time."""

from uuid import uuid5

from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import microseconds, post_transaction
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import ConcurrentChange
from domain.ledger.errors import HoldResolved
from domain.ledger.hold import Hold, HoldOutcome
from domain.ledger.movements.release import release

# In one run; a further run takes the next ones.
MOST_AT_ONCE = 500


class ReleaseExpiredHolds:
    """Releases each hold in a transaction of its own, so that one that fails delays no other."""

    def __init__(self, *, database: Database[LedgerRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self) -> int:
        """Release what is due, and return how many holds that were. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            expired = await unit.holds.list_expired(microseconds(self._clock.now()), MOST_AT_ONCE)
        return sum([await self._release(hold) for hold in expired])

    async def _release(self, hold: Hold) -> bool:
        # Derived from the hold, so that two workers post one transaction and not two.
        transaction = release(uuid5(hold.id, "expired"), hold, outcome=HoldOutcome.EXPIRED)

        async def work(unit: LedgerRepositories) -> None:
            await post_transaction(unit, transaction, self._clock.now())

        try:
            await self._database.write(work)
        except (HoldResolved, ConcurrentChange):
            return False  # settled or released in the meantime, or locked: the next run tries again
        return True
