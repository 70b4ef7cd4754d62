"""Lock the price of a purchase for a moment."""

from uuid import uuid4

from application.idempotency.write_once import Once, write_once
from application.orders.ports.repositories import OrderingRepositories
from application.orders.purchase import PricePurchase, Wish
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.user import User
from domain.orders.price_lock import PriceLock


class LockPrice:
    """The house keeps the price for `seconds`, whatever the market does."""

    def __init__(
        self,
        *,
        database: Database[OrderingRepositories],
        clock: Clock,
        price_purchase: PricePurchase,
        seconds: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._price_purchase = price_purchase
        self._seconds = seconds

    async def __call__(self, user: User, wish: Wish, once: Once[PriceLock] | None = None) -> PriceLock:
        """Return the lock once it is stored. Raises what `PricePurchase` raises."""
        # Read before the price is found: if it changes meanwhile, the lock cannot be accepted.
        async with self._database.reading() as unit:
            asset = await unit.clearing_assets.find(wish.buy)
        terms, now = await self._price_purchase(wish), self._clock.now()
        clear_with = wish.pay_with if asset is None else asset.clear_with
        lock = PriceLock(uuid4(), user.id, terms, clear_with, now, now + self._seconds)

        async def work(unit: OrderingRepositories) -> PriceLock:
            await unit.price_locks.add(lock)
            return lock

        return await write_once(self._database, work, once)
