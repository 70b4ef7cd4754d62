"""One life: a database, venues, API and worker processes, users, and the fate that breaks them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from application.orders.administer_clearing import AdministerClearing
from application.orders.batch_step import Clearing
from application.orders.clear_orders import ClearOrders
from application.orders.clearing_limits import ClearingLimits
from application.orders.ports.order_prices import OrderPrices
from application.orders.refund_order import RefundOrder
from domain.currency import Currency
from domain.errors import DatabaseUnavailable
from domain.identity.user import Role
from domain.orders.attempt import Attempt
from domain.orders.batch import BatchStatus
from domain.orders.clearing_asset import AfterWait, ClearingAsset, Rest
from domain.orders.errors import ClaimLost, OrderNotRefundable
from domain.orders.venue_order import MarketRules, VenueOrder
from domain.pair import Pair
from domain.wallets.wallet import asset_of
from tests.simulation.database.client import SimulatedDatabase
from tests.simulation.database.locking import LOCKING, UNIQUE
from tests.simulation.database.server import Server
from tests.simulation.faults import Fault, Faults
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulation.orders.broker import SimulatedBroker
from tests.simulation.orders.clocks import ProcessClock
from tests.simulation.orders.meter import SilentMeter
from tests.simulation.orders.prices import TICK, Walk, WalkingPrices
from tests.simulation.orders.venue import LONGEST_JOURNEY_SECONDS, THIRD_ASSET, Venue
from tests.simulation.story import Story
from tests.unit.fakes.accounts import user

USDT, EUR, BTC, ABAN = Currency("USDT"), Currency("EUR"), Currency("BTC"), Currency("ABAN")
# What a unit of the quote costs in what users pay with.
RATES: dict[str, Decimal] = {USDT: Decimal(1), EUR: Decimal("0.92")}
ASKS: dict[str, Decimal] = {BTC: Decimal("68012.10"), ABAN: Decimal("4.00")}
LOTS = {BTC: Decimal("0.00001"), ABAN: Decimal("0.1")}

# The share of steps at which the chance of a fault counts as it does in a second.
AT_A_STEP = 0.1

# Workers look every second while there is something to do, and less often when there is not, to save our time.
LONGEST_PAUSE_SECONDS = 16.0

API_PROCESSES = 2
WORKERS = 3


@dataclass(frozen=True)
class Seeded:
    """What differs between seeds beside chance itself: the terms of clearing."""

    assets: tuple[ClearingAsset, ...]
    limits: ClearingLimits


def terms_of(chance: random.Random) -> Seeded:
    """Draw the terms of one story."""
    venues = [("binance", "kucoin"), ("kucoin", "binance"), ("binance",)]
    assets = tuple(
        ClearingAsset(
            code,
            chance.choice(venues),
            threshold=Decimal(chance.choice([0, 0, 20, 200])),
            after_wait=chance.choice(list(AfterWait)),
            max_wait_seconds=chance.choice([30.0, 120.0, 300.0]),
            rest=chance.choice(list(Rest)),
        )
        for code in (BTC, ABAN)
    )
    limits = ClearingLimits(
        price_band_percent=Decimal(chance.choice(["0.5", "2", "20"])),
        loss_limit=Decimal(chance.choice(["5", "1000", "100000"])),
        chunk=chance.choice([1, 2, 3, 50]),
    )
    return Seeded(assets, limits)


@dataclass(frozen=True)
class Running:
    """A process of the service with what is its own; all of it is lost when it dies."""

    process: Process
    database: SimulatedDatabase
    clock: ProcessClock
    prices: OrderPrices
    brokers: Mapping[str, SimulatedBroker]


class World:
    """Everything that exists in one story. `faults_found` are violations that were seen while it went on."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- a seed, so that a story can be told again
        self.loop = SimulatedLoop(self.chance)
        self.story = Story(self.loop)
        self.faults = Faults(self.chance)
        self.terms = terms_of(self.chance)
        self.server = Server(self.loop, self.chance, self.faults, self.story, UNIQUE)
        self.walk = Walk(self.loop, self.chance, dict(ASKS))
        self.venues = {name: self._venue(name) for name in ("binance", "kucoin")}
        self.faults_found: list[str] = []
        self.apis: list[Running] = []
        self.workers: list[Running] = []
        self._sent: set[str] = set()
        self.server.on_commit.append(self._note_committed)
        self.faults.on_step = self._strike
        self._starts = 0
        self.admin = user("admin", role=Role.ADMIN)

    def _venue(self, name: str) -> Venue:
        rules = {
            Pair(code, USDT): MarketRules(
                f"{code}{USDT}",
                Pair(code, USDT),
                tick_size=Decimal("0.01"),
                lot_size=lot,
                min_quantity=lot,
                min_notional=Decimal(5),
                taker_fee=Decimal("0.001"),
            )
            for code, lot in LOTS.items()
        }
        venue = Venue(
            name, self.loop, self.chance, self.faults, self.story, rules, lambda pair: self.walk.ask(pair.base)
        )
        venue.give(USDT, Decimal(self.chance.choice([10_000_000, 10_000_000, 3_000])))
        venue.give(THIRD_ASSET, Decimal(1000))
        return venue

    # Processes

    def start(self) -> None:
        """Start all processes."""
        self.apis = [self._started(f"api-{number}") for number in range(API_PROCESSES)]
        self.workers = [self._started(f"worker-{number}") for number in range(WORKERS)]
        for running in self.workers:
            self._work(running)

    def _started(self, name: str) -> Running:
        self._starts += 1
        process = Process(f"{name}.{self._starts}")
        rest = self.loop, self.chance, self.faults, self.story, self._note_sent
        return Running(
            process,
            SimulatedDatabase(self.server, process, LOCKING),
            ProcessClock(self.loop, process),
            WalkingPrices(self.walk, self.loop, self.faults, dict(RATES)),
            {name: SimulatedBroker(venue, process, *rest) for name, venue in self.venues.items()},
        )

    def _work(self, running: Running) -> None:
        self.loop.spawn(running.process, self._clear(running.process, _Told(self, running)))

    def clearing(self, running: Running) -> Clearing:
        """Return what a process clears with."""
        return Clearing(
            database=running.database,
            clock=running.clock,
            brokers=running.brokers,
            prices=running.prices,
            meter=SilentMeter(),
            limits=self.terms.limits,
            worker=running.process.name,
            new_id=self.new_id,
            elapsed=self.loop.time,
        )

    async def _clear(self, process: Process, clear_orders: ClearOrders) -> None:
        pause = 1.0
        while True:
            try:
                if await clear_orders.step():
                    pause = 1.0
                    continue
            except DatabaseUnavailable as error:
                self.story.tell(process, "could not clear:", type(error).__name__, error)
            except Exception as error:
                self.found(f"{process} could not clear: {type(error).__name__} {error}")
                raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def new_id(self) -> UUID:
        """Return an id that follows from the seed."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    # What breaks

    async def fate(self) -> None:
        """Break something now and then, until the faults are over."""
        while not self.faults.is_over:
            await asyncio.sleep(self.chance.random() * 2)
            self._break_something()

    def _break_something(self) -> None:
        chance = self.chance
        running = chance.choice([*self.apis, *self.workers])
        if self.faults.hits(Fault.PROCESS_KILLED):
            self._kill(running.process)
        if self.faults.hits(Fault.PROCESS_PAUSED):
            self._pause(running.process)
        if self.faults.hits(Fault.CLOCK_MOVED):
            about_a_journey = chance.uniform(-LONGEST_JOURNEY_SECONDS, LONGEST_JOURNEY_SECONDS)
            running.process.offset = chance.choice([0.0, 0.0, 0.5, -4.0, about_a_journey, 70.0, 3600.0, -3600.0])
            self.story.tell(running.process, "has its clock moved by", running.process.offset, "s")
        if self.faults.hits(Fault.DATABASE_DOWN):
            self.server.restart(chance.choice([0.1, 2.0, 15.0]))

    def _strike(self, process: Process) -> None:
        """Kill or stop a process at one of its steps, now and then."""
        if self.chance.random() < AT_A_STEP:
            if self.faults.hits(Fault.PROCESS_KILLED):
                self._kill(process)
            elif self.faults.hits(Fault.PROCESS_PAUSED):
                self._pause(process)

    def _pause(self, process: Process) -> None:
        seconds = self.chance.choice([0.5, 5.0, 20.0, 90.0, 300.0])
        self.story.tell(process, "stands still for", seconds, "s")
        process.resumes_at = self.loop.time() + seconds

    def _kill(self, process: Process) -> None:
        if process.is_alive:
            self.story.tell(process, "is killed")
            self.loop.kill(process)
            self.loop.outside(self.chance.choice([0.1, 2.0, 70.0]), self._replace, process)

    def _replace(self, dead: Process) -> None:
        started = self._started(dead.name.split(".")[0])
        for kept in (self.apis, self.workers):
            for place, each in enumerate(kept):
                if each.process is dead:
                    kept[place] = started
        if started in self.workers:
            self._work(started)

    def heal(self) -> None:
        """End the faults: clocks are right, and what stood still goes on."""
        self.story.tell("fate", "lets everything work from now on")
        self.faults.is_over = True
        self.server.down_until = 0.0
        for running in [*self.apis, *self.workers]:
            running.process.offset = 0.0
            running.process.resumes_at = min(running.process.resumes_at, self.loop.time())

    async def administer(self) -> None:
        """Let an admin end every halt."""
        api = self.apis[0]
        administer = AdministerClearing(
            database=api.database, clock=api.clock, venues=list(self.venues), brokers=api.brokers
        )
        for halt in self.rows("ordering.clearing_halts"):
            self.story.tell("admin", "resumes", halt.asset or "all", "after:", halt.reason)
            if halt.reason.endswith("the last one: -2010"):
                self.found("clearing was halted for lack of funds at a venue")
            await administer.resume(self.admin, halt.asset, "")

    async def refund_some(self) -> None:
        """Let an admin refund an order now and then, whatever it is."""
        while not self.faults.is_over:
            await asyncio.sleep(self.chance.random() * 40)
            orders, running = self.rows("ordering.orders"), self.chance.choice(self.apis)
            if orders and running.process.is_alive:
                refund = RefundOrder(self.clearing(running), running.database)
                self.loop.spawn(running.process, self._refund(refund, self.chance.choice(orders).id))

    async def _refund(self, refund: RefundOrder, order_id: UUID) -> None:
        try:
            order = await refund(self.admin, order_id, "a test", "")
        except (OrderNotRefundable, DatabaseUnavailable, ClaimLost) as error:
            self.story.tell("admin", "cannot refund", order_id, error)
        else:
            self.story.tell("admin", "refunds", order_id, order.refunded)

    # What must never be seen, even for a moment

    def found(self, violation: str) -> None:
        """Note a violation."""
        self.story.tell("!", violation)
        self.faults_found.append(violation)

    def _note_committed(self, changed: Mapping[str, Mapping[Any, Any]]) -> None:
        if "ordering.batches" in changed:
            batches = [kept.batch for kept in self.rows("ordering.batches")]
            unfinished = Counter(each.asset.code for each in batches if each.status is not BatchStatus.DONE)
            for asset, count in unfinished.items():
                if count > 1:
                    self.found(f"{count} batches of {asset} are under way at once")

    def _note_sent(self, venue: str, order: VenueOrder) -> None:
        attempts: list[Attempt] = list(self.server.tables["ordering.attempts"].values())
        stored = next((each for each in attempts if each.order.client_order_id == order.client_order_id), None)
        if stored is None or (stored.venue, stored.order) != (venue, order):
            self.found(f"{order.client_order_id} was sent before it was stored")
            return
        if order.client_order_id in self._sent:
            self.found(f"{order.client_order_id} was sent twice")
        self._sent.add(order.client_order_id)
        if self.venues[venue].now_ms - order.signed_at_ms > order.receive_window_ms:
            return  # too late to be executed, so it does no harm
        self._check_band(stored, order)
        self._check_quantity(stored, order)
        for earlier in attempts:
            if earlier.batch_id == stored.batch_id and earlier.number != stored.number:
                self._check_decided(earlier.order.client_order_id, order.client_order_id)

    def _check_band(self, stored: Attempt, sent: VenueOrder) -> None:
        """Nothing is bought for an order far above what it cost in the market when it was accepted.

        The ask may be above that by the band, and the limit above the ask by the band once more.
        """
        allowed = (1 + Fraction(self.terms.limits.price_band_percent) / 100) ** 2
        for order in self.rows("ordering.orders"):
            if order.batch_id == stored.batch_id and not order.has_ended:
                terms = order.terms
                amount, cost = terms.buy.amount_of(terms.amount), asset_of(USDT).amount_of(terms.market_cost)
                if Fraction(sent.limit_price) > Fraction(cost) / Fraction(amount) * allowed + Fraction(TICK):
                    self.found(
                        f"{sent.client_order_id} buys order {order.id} at {sent.limit_price}, at the house's cost"
                    )

    def _check_quantity(self, stored: Attempt, sent: VenueOrder) -> None:
        """No more is bought than the batch's orders want, but for the venue's lot, minimum and fee."""
        rules = self.venues[stored.venue].rules[sent.pair]
        orders = [each for each in self.rows("ordering.orders") if each.batch_id == stored.batch_id]
        left = sum((each.terms.buy.amount_of(each.left) for each in orders if not each.has_ended), Decimal(0))
        band, lot = 1 + Fraction(self.terms.limits.price_band_percent) / 100, Fraction(rules.lot_size or 0)
        wanted = Fraction(left) / (1 - Fraction(rules.taker_fee))
        smallest = Fraction(rules.min_notional or 0) * band / (Fraction(sent.limit_price) - Fraction(TICK))
        if Fraction(sent.quantity) > max(wanted, smallest) + 2 * lot:
            self.found(f"{sent.client_order_id} buys {sent.quantity}, and its orders want {left}")

    def _check_decided(self, earlier: str, later: str) -> None:
        for venue in self.venues.values():
            has_it = any(each.order.client_order_id == earlier for each in venue.listed)
            if venue.may_execute(earlier) or (has_it and self._bought(venue, earlier)):
                self.found(f"{later} was sent while {earlier} was executed, or could still be")

    def _bought(self, venue: Venue, client_order_id: str) -> bool:
        return any(each.fills for each in venue.listed if each.order.client_order_id == client_order_id)

    def rows(self, table: str) -> list[Any]:
        """Return what is committed to a table."""
        return list(self.server.tables[table].values())


class _Told(ClearOrders):
    """Clears orders, and has the story tell of what fails. Only the database may."""

    def __init__(self, world: World, running: Running) -> None:
        super().__init__(world.clearing(running))
        self._world = world
        self._process = running.process

    def failed(self, asset: Currency, error: BaseException) -> None:
        told = f"could not clear {asset}: {type(error).__name__} {error}"
        self._world.story.tell(self._process, told)
        if not isinstance(error, DatabaseUnavailable):
            self._world.found(f"{self._process} {told}")
