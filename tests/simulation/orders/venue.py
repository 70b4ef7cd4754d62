"""A venue as the exchanges really are: it decides late, shows late, and takes a client order id again."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from domain.currency import Currency
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from tests.simulation.faults import Fault, Faults
from tests.simulation.loop import SimulatedLoop
from tests.simulation.orders.clocks import EPOCH
from tests.simulation.story import Story

# The exchanges' own bound for what happens between an order's arrival and its match or rejection.
PROCESSING_SECONDS = 10.0
# No connection keeps a request for longer.
LONGEST_JOURNEY_SECONDS = 250.0
THIRD_ASSET = Currency("BNB")


@dataclass
class Listed:
    """An order that the venue has taken. `shown_at` is when questions begin to see it, `traded_at` when its trades."""

    id: str
    order: VenueOrder
    shown_at: float
    done_at: float
    traded_at: float
    fills: list[Fill] = field(default_factory=list)

    @property
    def quantity(self) -> Decimal:
        return sum((fill.quantity for fill in self.fills), Decimal(0))

    @property
    def funds(self) -> Decimal:
        return sum((fill.quantity * fill.price for fill in self.fills), Decimal(0))

    def report(self, now: float) -> VenueReport:
        """Return what the venue says now: nothing of what is not done yet."""
        if now < self.done_at:
            return VenueReport(self.id, VenueStatus.OPEN)
        return VenueReport(self.id, VenueStatus.DONE, self.quantity, self.funds)


@dataclass(frozen=True)
class Request:
    """An order on its way. The venue executes it only between these two moments, in the story's time."""

    order: VenueOrder
    valid_from: float
    valid_until: float
    departed_at: float


class Refused(Exception):
    """The venue's code for a refusal."""


class Venue:
    """One venue. `skew` is the error of its clock, `ask` the present price of a symbol."""

    def __init__(
        self,
        name: str,
        loop: SimulatedLoop,
        chance: random.Random,
        faults: Faults,
        story: Story,
        rules: dict[Pair, MarketRules],
        ask: Callable[[Pair], Decimal],
    ) -> None:
        self.name = name
        self.skew = chance.choice([0.0, 0.0, -0.4, 0.4])
        self.rules = rules
        self.ask = ask
        self.opening: dict[Currency, Decimal] = {}
        self.balances: dict[Currency, Decimal] = defaultdict(Decimal)
        self.listed: list[Listed] = []
        self.under_way: list[Request] = []
        self._loop = loop
        self._chance = chance
        self._faults = faults
        self._story = story

    @property
    def now_ms(self) -> int:
        """The venue's own time."""
        return int((EPOCH + self._loop.time() + self.skew) * 1000)

    def give(self, currency: Currency, amount: Decimal) -> None:
        """Deposit what the house trades with."""
        self.balances[currency] += amount
        self.opening[currency] = self.balances[currency]

    def depart(self, order: VenueOrder) -> Request:
        """Note that a request has left for here."""
        signed_at = order.signed_at_ms / 1000 - EPOCH - self.skew
        window = order.receive_window_ms / 1000
        request = Request(order, signed_at - 1.0, signed_at + window, self._loop.time())
        self.under_way.append(request)
        return request

    def may_execute(self, client_order_id: str) -> bool:
        """Tell whether a request with this id may still be executed."""
        now = self._loop.time()
        return any(
            each.order.client_order_id == client_order_id
            and each.valid_until > now
            and each.valid_from < each.departed_at + LONGEST_JOURNEY_SECONDS
            for each in self.under_way
        )

    def arrive(self, request: Request, answer: Callable[[Listed | Refused], None]) -> None:
        """Take a request, or refuse it; match it now or later, and answer when that is done."""
        try:
            self._check(request.order)
        except Refused as refused:
            self.under_way.remove(request)
            self._story.tell(self.name, "refuses", request.order.client_order_id, refused)
            answer(refused)
            return
        wait = self._chance.random() * (PROCESSING_SECONDS if self._faults.hits(Fault.VENUE_SLOW) else 0.05)
        self._loop.outside(wait, self._match, request, answer)

    def _match(self, request: Request, answer: Callable[[Listed | Refused], None]) -> None:
        self.under_way.remove(request)
        try:
            self._check(request.order)
        except Refused as refused:
            self._story.tell(self.name, "drops", request.order.client_order_id, refused)
            answer(refused)
            return
        answer(self._execute(request.order))

    def _check(self, order: VenueOrder) -> None:
        age = self.now_ms - order.signed_at_ms
        if age > order.receive_window_ms or age <= -1000:
            raise Refused("-1021")
        rules = self.rules.get(order.pair)
        if rules is None or rules.symbol != order.symbol:
            raise Refused("-1121")
        if (rules.lot_size and order.quantity % rules.lot_size) or (
            rules.tick_size and order.limit_price % rules.tick_size
        ):
            raise Refused("-1111")
        if order.quantity < (rules.min_quantity or 0) or order.quantity * order.limit_price < (rules.min_notional or 0):
            raise Refused("-1013")
        if order.quantity * order.limit_price > self.balances[order.pair.quote]:
            raise Refused("-2010")
        if any(
            each.order.client_order_id == order.client_order_id and each.done_at > self._loop.time()
            for each in self.listed
        ):
            raise Refused("-2010 Duplicate order sent.")
        if self._faults.hits(Fault.VENUE_REFUSES):
            raise Refused("-2010 Market is closed.")

    def _execute(self, order: VenueOrder) -> Listed:
        now, chance = self._loop.time(), self._chance
        shown_at = now + (chance.random() * 9.0 if self._faults.hits(Fault.VENUE_LAGS) else 0.0)
        done_at = now + (chance.choice([0.2, 3.0, 40.0]) if self._faults.hits(Fault.VENUE_LAGS) else 0.0)
        traded_at = max(shown_at, done_at) + (chance.random() * 20.0 if self._faults.hits(Fault.VENUE_LAGS) else 0.0)
        listed = Listed(f"{self.name}-{len(self.listed) + 1}", order, shown_at, done_at, traded_at)
        self.listed.append(listed)
        self._fill(listed)
        self._story.tell(self.name, "executes", order.client_order_id, listed.quantity, "of", order.quantity)
        return listed

    def _fill(self, listed: Listed) -> None:
        order, rules = listed.order, self.rules[listed.order.pair]
        lot = rules.lot_size or Decimal("0.00000001")
        lots = int(order.quantity / lot)
        if self._faults.hits(Fault.BOOK_EMPTY) or self.ask(order.pair) > order.limit_price:
            lots = 0
        elif self._faults.hits(Fault.BOOK_THIN):
            lots = int(lots * self._chance.random())
        ask = self.ask(order.pair)
        while lots:
            part = lots if self._chance.random() < 0.6 else self._chance.randint(1, lots)
            lots -= part
            price = min(order.limit_price, ask)
            self._trade(listed, part * lot, price, rules)
            ask += rules.tick_size or Decimal("0.01")
            if ask > order.limit_price:
                break

    def _trade(self, listed: Listed, quantity: Decimal, price: Decimal, rules: MarketRules) -> None:
        pair, funds = listed.order.pair, quantity * price
        fee_asset = self._chance.choice([pair.base, pair.base, pair.quote, THIRD_ASSET])
        fee = {pair.base: quantity, pair.quote: funds}.get(fee_asset, funds / 500) * rules.taker_fee
        fee = fee.quantize(Decimal("0.00000001"))
        if fee_asset == pair.base and fee == 0:
            fee_asset = pair.quote
        number = sum(len(each.fills) for each in self.listed) + 1
        listed.fills.append(Fill(str(number), price, quantity, fee, fee_asset))
        self.balances[pair.quote] -= funds
        self.balances[pair.base] += quantity
        self.balances[fee_asset] -= fee

    def find(self, order: VenueOrder) -> Listed | None:
        """Return the newest order with this id that questions see."""
        now = self._loop.time()
        seen = [
            each for each in self.listed if each.order.client_order_id == order.client_order_id and each.shown_at <= now
        ]
        return seen[-1] if seen else None


def _broken_rule(order: VenueOrder, rules: MarketRules) -> str | None:
    notional = order.quantity * order.limit_price
    if order.quantity % (rules.lot_size or order.quantity) or order.limit_price % (
        rules.tick_size or order.limit_price
    ):
        return "-1111"
    if order.quantity < (rules.min_quantity or 0) or notional < (rules.min_notional or 0):
        return "-1013"
    return None
