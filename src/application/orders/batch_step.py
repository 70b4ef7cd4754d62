"""What the steps of a batch share."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from application.orders.clearing_limits import PAUSE_WHEN_STUCK_SECONDS, ClearingLimits, pause_seconds
from application.orders.ports.broker import Broker
from application.orders.ports.order_prices import OrderPrices
from application.orders.ports.orders_meter import OrdersMeter
from application.orders.ports.repositories import OrdersRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.ledger.asset import Asset
from domain.orders.attempt import Attempt
from domain.orders.batch import Batch
from domain.orders.price_band import PriceBand
from domain.orders.terms import FirmPrice

# What a caller stores in the same unit of work.
Also = Callable[[OrdersRepositories], Awaitable[None]]


async def nothing_else(_: OrdersRepositories) -> None:
    """Store nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """What clearing works with. `elapsed` returns seconds that only ever pass, unlike those of `clock`."""

    database: Database[OrdersRepositories]
    clock: Clock
    brokers: Mapping[str, Broker]
    prices: OrderPrices
    meter: OrdersMeter
    limits: ClearingLimits
    worker: str = "worker"
    new_id: Callable[[], UUID] = uuid4
    elapsed: Callable[[], float] = time.monotonic

    def band(self, ask: FirmPrice, bought: Asset, clear_with: Asset) -> PriceBand:
        """Return which orders may be bought at this ask."""
        return PriceBand.at(ask.price, self.limits.price_band_percent, bought, clear_with)

    async def put_off(self, batch: Batch, reason: str, attempt: Attempt | None = None) -> None:
        """Store that the batch is to be looked at again later, with what is known of an attempt, and release it.

        Raises `ClaimLost`; nothing is stored then, as another worker may know more.
        """
        stuck = batch.stuck_since is not None
        seconds = PAUSE_WHEN_STUCK_SECONDS if stuck else pause_seconds(batch.pauses)
        later = batch.put_off(self.clock.now() + seconds, reason[:255])

        async def work(unit: OrdersRepositories) -> None:
            await unit.batches.save(later)
            if attempt is not None:
                await unit.batches.save_attempt(attempt)

        await self.database.write(work)

    async def dissolve(self, batch: Batch, reason: str) -> None:
        """Store that nothing was bought, so that the orders go back to the queue. Raises `ClaimLost`."""
        dissolved = batch.dissolve(reason[:255])
        await self.database.write(lambda unit: unit.batches.save(dissolved))
