"""Lock the price of a purchase for a moment."""

from uuid import uuid4

from application.idempotency.write_once import Once, write_once
from application.orders.ports.repositories import OrderingRepositories
from application.orders.purchase import Priced, PricePurchase, Wish
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import ConcurrentChange, CrossrateError
from domain.identity.user import User
from domain.orders.errors import SaleChanged
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
        try:
            return await self._lock(user, wish, once, await self._priced(wish, afresh=False))
        except SaleChanged:
            return await self._lock_afresh(user, wish, once)

    async def _lock_afresh(self, user: User, wish: Wish, once: Once[PriceLock] | None) -> PriceLock:
        try:
            return await self._lock(user, wish, once, await self._priced(wish, afresh=True))
        except SaleChanged as error:
            raise ConcurrentChange(f"what {wish.buy} is sold for is being changed") from error

    async def _priced(self, wish: Wish, *, afresh: bool) -> Priced | CrossrateError:
        """Return the terms, or why there are none: that is raised only if the request was not answered before."""
        try:
            return await self._price_purchase(wish, afresh=afresh)
        except CrossrateError as error:
            return error

    async def _lock(
        self, user: User, wish: Wish, once: Once[PriceLock] | None, priced: Priced | CrossrateError
    ) -> PriceLock:
        lock_id, now = uuid4(), self._clock.now()

        async def work(unit: OrderingRepositories) -> PriceLock:
            if isinstance(priced, CrossrateError):
                raise priced
            if await unit.intake.sale(wish.buy, wish.pay_with) != priced.sale:
                raise SaleChanged("the asset is sold on other terms since the price was found")
            clear_with = priced.sale.asset.clear_with
            lock = PriceLock(lock_id, user.id, priced.terms, clear_with, now, now + self._seconds)
            await unit.price_locks.add(lock)
            return lock

        return await write_once(self._database.write, work, once)
