"""A venue in memory, which can be told how to answer the next orders, and the prices it sells at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from application.orders.ports.broker import Broker
from application.orders.ports.order_prices import OrderPrices
from application.orders.ports.orders_meter import OrdersMeter
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, OrderRefused, PlacementUnknown, VenueFundsTooLow
from domain.orders.terms import FirmPrice
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from tests.unit.fakes.clock import FakeClock


@dataclass
class FakeVenue(Broker):
    """Fills `fill_share` of every order at `price`, unless `next_answers` names what happens to the next ones:

    `refused`, `funds_too_low`, `not_sent` and `no_price` (refused with these codes), `lost_request` (the order never
    arrives), `lost_answer` (it does, and is executed), or `open`.
    """

    name: str = "venue"
    price: Decimal = Decimal(100)
    fill_share: Decimal = Decimal(1)
    taker_fee: Decimal = Decimal(0)
    lot_size: Decimal = Decimal("0.00001")
    min_notional: Decimal = Decimal(5)
    funds: Decimal = Decimal(10**9)
    max_quantity: Decimal | None = None
    is_down: bool = False
    clock: FakeClock = field(default_factory=FakeClock)
    next_answers: list[str] = field(default_factory=list)
    placed: list[VenueOrder] = field(default_factory=list)
    executed: dict[str, tuple[VenueReport, list[Fill]]] = field(default_factory=dict)

    @property
    def venue(self) -> str:
        return self.name

    async def time_ms(self) -> int:
        self._is_up()
        return int(self.clock.now() * 1000)

    async def rules(self, pair: Pair) -> MarketRules:
        self._is_up()
        return MarketRules(
            f"{pair.base}{pair.quote}",
            pair,
            tick_size=Decimal("0.01"),
            lot_size=self.lot_size,
            max_quantity=self.max_quantity,
            min_notional=self.min_notional,
            taker_fee=self.taker_fee,
            market=(self.name, f"{pair.base}{pair.quote}"),
        )

    async def place(self, order: VenueOrder) -> VenueReport:
        self.placed.append(order)
        answer = self.next_answers.pop(0) if self.next_answers else ""
        if answer == "funds_too_low":
            raise VenueFundsTooLow("Account has insufficient balance for requested action.", "-2010")
        if answer == "refused":
            raise OrderRefused("Market is closed.", "-2010")
        if answer in {"not_sent", "no_price"}:
            raise OrderRefused("not now", answer)
        if answer == "lost_request":
            raise PlacementUnknown("timeout")
        report = self.execute(order)
        if answer == "lost_answer":
            raise PlacementUnknown("reset by peer")
        if answer == "open":
            return VenueReport(report.venue_order_id, VenueStatus.OPEN)
        return report

    def execute(self, order: VenueOrder) -> VenueReport:
        quantity = (order.quantity * self.fill_share) // self.lot_size * self.lot_size
        number = len(self.executed) + 1
        fee = quantity * self.taker_fee
        fills = [Fill(f"t{number}", self.price, quantity, fee, order.pair.base)] if quantity else []
        report = VenueReport(f"v{number}", VenueStatus.DONE, quantity, quantity * self.price)
        self.executed[order.client_order_id] = report, fills
        return report

    async def find(self, order: VenueOrder) -> VenueReport | None:
        self._is_up()
        found = self.executed.get(order.client_order_id)
        return None if found is None else found[0]

    async def fills(self, order: VenueOrder, report: VenueReport) -> Sequence[Fill]:  # noqa: ARG002 -- found by the order
        self._is_up()
        return self.executed[order.client_order_id][1]

    async def balances(self) -> Mapping[Currency, Decimal]:
        self._is_up()
        return {Currency("USDT"): self.funds}

    def _is_up(self) -> None:
        if self.is_down:
            raise BrokerUnavailable("made to fail")


@dataclass
class FakeOrderPrices(OrderPrices):
    """One price for everything, of the market `symbol`; `error` is raised instead, if there is one."""

    price: Decimal = Decimal(100)
    error: Exception | None = None
    symbol: str | None = None

    async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:  # noqa: ARG002 -- one price for all
        return self._answer("venue", now)

    async def ask(self, pair: Pair, venue: str, now: float) -> FirmPrice:  # noqa: ARG002 -- one price for all
        return self._answer(venue, now)

    def _answer(self, exchange: str, now: float) -> FirmPrice:
        if self.error is not None:
            raise self.error
        return FirmPrice(self.price, exchange, now, self.symbol)


class FakeOrdersMeter(OrdersMeter):
    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def prices_diverged(self) -> None:
        self.events.append(("diverged",))

    def order_accepted(self, asset: str) -> None:
        self.events.append(("accepted", asset))

    def orders_ended(self, asset: str, status: str, count: int) -> None:
        self.events.append(("ended", asset, status, count))

    def order_settled(self, asset: str, seconds: float) -> None:
        self.events.append(("settled", asset, seconds))

    def batch_formed(self, asset: str, orders: int) -> None:
        self.events.append(("formed", asset, orders))

    def attempt_decided(self, venue: str, outcome: str) -> None:
        self.events.append(("decided", venue, outcome))

    def queue_seen(self, asset: str, orders: int, oldest_age_seconds: float) -> None: ...

    def clearing_state_seen(self, halted: int, stuck: int) -> None: ...
