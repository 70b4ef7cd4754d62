"""The use cases of orders in one API process, called as its HTTP handlers call them."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from application.idempotency.answer_once import Answered, AnswerOnce
from application.orders.accept_order import AcceptOrder
from application.orders.cancel_order import CancelOrder
from application.orders.lock_price import LockPrice
from application.orders.purchase import NewOrder, PricePurchase, Wish
from domain.errors import Conflict, DatabaseUnavailable, InvalidInput, NoSuchObject
from domain.idempotency.errors import KeyInProgress
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from domain.identity.user import User
from domain.orders.errors import IntakeClosed, NoFreshPrice, OrderNotCancellable, PricesDiverge
from domain.orders.order import Order
from domain.orders.price_lock import PriceLock
from domain.orders.terms import Charges
from tests.simulation.orders.books import Accepted, Purchase
from tests.simulation.orders.meter import SilentMeter
from tests.simulation.orders.world import Running, World

CHARGES = Charges(margin_percent=Decimal("0.5"), fee_percent=Decimal("0.1"))
LOCK_SECONDS = 10.0

# What asks the client to try again, or says that nobody knows: never the end of it.
NO_ANSWERS = (DatabaseUnavailable, KeyInProgress, NoFreshPrice, PricesDiverge, IntakeClosed)


class Service:
    """What one process offers. `note` tells a purchase what was answered, as its buyer understands it."""

    def __init__(self, world: World, running: Running, users: dict[UUID, User]) -> None:
        self._world = world
        self._users = users
        self._once = AnswerOnce(database=running.database, clock=running.clock)
        database, clock, meter = running.database, running.clock, SilentMeter()
        pricing = PricePurchase(database=database, prices=running.prices, clock=clock, charges=CHARGES)
        self._accept = AcceptOrder(database=database, clock=clock, price_purchase=pricing, meter=meter)
        self._lock = LockPrice(database=database, clock=clock, price_purchase=pricing, seconds=LOCK_SECONDS)
        self._cancel = CancelOrder(database=database, clock=clock, meter=meter)

    async def accept(self, purchase: Purchase) -> Answered:
        """Accept an order, once for its key."""
        wish = None if purchase.lock_id is not None else _wish_of(purchase)
        asked = NewOrder(
            "main", purchase.buy, purchase.pay_with, wish, price_lock_id=purchase.lock_id, max_price=purchase.max_price
        )
        fingerprint = sha256(repr(asked).encode()).digest()
        request = KeyedRequest(str(purchase.user_id), IdempotencyKey(purchase.key), fingerprint)
        user = self._users[purchase.user_id]
        return await self._once(request, lambda once: self._accept(user, asked, once), _answer_of, _refusal_of)

    async def lock_price(self, purchase: Purchase) -> PriceLock | Answered:
        """Lock the price. A lock whose answer is lost is never used."""
        try:
            return await self._lock(self._users[purchase.user_id], _wish_of(purchase))
        except (Conflict, InvalidInput) as error:
            return Answered(Answer(409, {}, type(error).__name__.encode()), is_replayed=False)

    async def cancel(self, purchase: Purchase) -> Order | None:
        """Cancel it; None if it is too late."""
        assert purchase.accepted is not None
        try:
            return await self._cancel(self._users[purchase.user_id], purchase.accepted.id)
        except OrderNotCancellable:
            return None

    def note(self, purchase: Purchase, said: object) -> None:
        """Understand an answer."""
        match said:
            case PriceLock():
                purchase.lock_id, purchase.locked = said.id, said.terms.price
            case Order():
                purchase.cancelled = True
            case Answered(Answer(201, _, body)):
                number, *amounts = body.decode().split()
                self._decide(purchase, Accepted(UUID(number), *map(Decimal, amounts)), None)
            case Answered(Answer(_, _, body)):
                self._decide(purchase, None, body.decode())

    def _decide(self, purchase: Purchase, accepted: Accepted | None, refusal: str | None) -> None:
        if purchase.is_decided and (purchase.accepted, purchase.refusal) != (accepted, refusal):
            before = purchase.accepted or purchase.refusal
            self._world.found(f"{purchase.key} was answered {before} and then {accepted or refusal}")
        purchase.accepted, purchase.refusal = accepted, refusal


def _wish_of(purchase: Purchase) -> Wish:
    return Wish(purchase.buy, purchase.pay_with, purchase.amount, purchase.spend)


def _answer_of(order: Order) -> Answer:
    terms, paid = order.terms, order.terms.pay_with.amount_of
    told = order.id, terms.buy.amount_of(terms.amount), terms.price, paid(terms.cost), paid(terms.fee)
    return Answer(201, {}, " ".join(map(str, told)).encode())


def _refusal_of(error: Exception) -> Answer | None:
    is_kept = isinstance(error, (Conflict, InvalidInput, NoSuchObject))
    return Answer(409, {}, type(error).__name__.encode()) if is_kept else None
