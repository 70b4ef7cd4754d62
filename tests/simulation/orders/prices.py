"""Prices that walk, the same for the service and for the venues, and are sometimes not to be had."""

from __future__ import annotations

import random
from contextvars import ContextVar
from decimal import Decimal

from application.orders.ports.order_prices import OrderPrices
from domain.currency import Currency
from domain.orders.errors import NoFreshPrice, PricesDiverge
from domain.orders.terms import FirmPrice
from domain.pair import Pair
from tests.simulation.faults import Fault, Faults
from tests.simulation.loop import SimulatedLoop, Turn
from tests.simulation.orders.books import Purchase
from tests.simulation.orders.clocks import EPOCH

PURCHASE: ContextVar[Purchase | None] = ContextVar("PURCHASE", default=None)

STEP_SECONDS = 5.0
TICK = Decimal("0.01")


class Walk:
    """The ask of each asset in USDT: another one every five seconds."""

    def __init__(self, loop: SimulatedLoop, chance: random.Random, starts: dict[str, Decimal]) -> None:
        self._loop = loop
        self._chance = chance
        self._wildness = chance.choice([0.0, 0.002, 0.01, 0.05])
        self._prices = {code: [start] for code, start in starts.items()}

    def ask(self, code: str) -> Decimal:
        """Return the present ask."""
        prices = self._prices[code]
        for _ in range(len(prices), int(self._loop.time() / STEP_SECONDS) + 1):
            change = Decimal(round(self._chance.uniform(-self._wildness, self._wildness), 6))
            prices.append(max(TICK, (prices[-1] * (1 + change)).quantize(TICK)))
        return prices[-1]


class WalkingPrices(OrderPrices):
    """One process's view. `rates` is what one USDT costs in what users pay with."""

    def __init__(self, walk: Walk, loop: SimulatedLoop, faults: Faults, rates: dict[str, Decimal]) -> None:
        self._walk = walk
        self._loop = loop
        self._faults = faults
        self._rates = rates

    async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:  # noqa: ARG002 -- always fresh
        price = await self._price(buy) * self._rates[pay_with]
        if (purchase := PURCHASE.get()) is not None and purchase.pay_with == pay_with:
            purchase.firm.append(price)
        return FirmPrice(price, "binance", EPOCH + self._loop.time())

    async def ask(self, pair: Pair, venue: str, now: float) -> FirmPrice:  # noqa: ARG002 -- always fresh
        return FirmPrice(await self._price(pair.base), venue, EPOCH + self._loop.time())

    async def _price(self, code: str) -> Decimal:
        await Turn()
        if self._faults.hits(Fault.PRICES_GONE):
            raise NoFreshPrice("no exchange answers") if self._loop.time() % 2 < 1 else PricesDiverge("too far apart")
        return self._walk.ask(code)
