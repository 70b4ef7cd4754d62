"""One process's connection to a venue: requests and answers that get lost, late or repeated."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from application.orders.ports.broker import Broker
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown, VenueFundsTooLow
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from tests.simulation.faults import Fault, Faults
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulation.orders.venue import LONGEST_JOURNEY_SECONDS, Listed, Refused, Venue
from tests.simulation.story import Story

TIMEOUT_SECONDS = 10.0
Sent = Callable[[str, VenueOrder], None]


class SimulatedBroker(Broker):
    """`on_send` sees each order at the moment it is sent."""

    def __init__(
        self,
        venue: Venue,
        process: Process,
        loop: SimulatedLoop,
        chance: random.Random,
        faults: Faults,
        story: Story,
        on_send: Sent,
    ) -> None:
        self._venue = venue
        self._process = process
        self._loop = loop
        self._chance = chance
        self._faults = faults
        self._story = story
        self._on_send = on_send

    @property
    def venue(self) -> str:
        return self._venue.name

    async def rules(self, pair: Pair) -> MarketRules:
        await self._ask()
        if pair not in self._venue.rules:
            raise NotTradable("not traded")
        return self._venue.rules[pair]

    async def place(self, order: VenueOrder) -> VenueReport:
        await self._wait(0.001)  # until it has a connection
        self._on_send(self.venue, order)
        self._story.tell(self._process, "sends", order.client_order_id, order.quantity, "to", self.venue)
        answered: asyncio.Future[Listed | Refused | PlacementUnknown] = self._loop.create_future()
        request = self._venue.depart(order)
        if self._faults.hits(Fault.PLACEMENT_LOST):
            self._venue.under_way.remove(request)
        else:
            self._loop.outside(self._journey(), self._venue.arrive, request, lambda what: self._return(answered, what))
            if self._faults.hits(Fault.VENUE_ANSWERS_503):
                busy = PlacementUnknown("503 Unknown error, please check your request or try again later.", "503")
                self._loop.outside(0.02, _answer, answered, busy)
        if self._faults.hits(Fault.CONNECTION_RESET):
            reset = PlacementUnknown("the connection was reset")
            self._loop.outside(self._chance.random() * 2, _answer, answered, reset)
        timer = self._loop.call_later(TIMEOUT_SECONDS, _answer, answered, PlacementUnknown("no answer in time"))
        self._faults.on_step(self._process)
        result = await answered
        timer.cancel()
        if isinstance(result, Listed):
            self._story.tell(self._process, "hears that", order.client_order_id, "is taken")
            return result.report(self._loop.time())
        self._story.tell(self._process, "hears of", order.client_order_id, result)
        if isinstance(result, PlacementUnknown):
            raise result
        if "Duplicate" in str(result):
            raise PlacementUnknown("an order with this id is open", "-2010")
        lacks_funds = str(result) == "-2010"
        raise (VenueFundsTooLow if lacks_funds else OrderRefused)(str(result), str(result).split()[0])

    def _journey(self) -> float:
        if self._faults.hits(Fault.PLACEMENT_DELAYED):
            return self._chance.uniform(0.0, self._chance.choice([6.0, LONGEST_JOURNEY_SECONDS]))
        return self._chance.random() * 0.05

    def _return(self, answered: asyncio.Future[Listed | Refused | PlacementUnknown], what: Listed | Refused) -> None:
        if not self._faults.hits(Fault.ANSWER_LOST):
            self._loop.outside(self._chance.random() * 0.05, _answer, answered, what)

    async def find(self, order: VenueOrder) -> VenueReport | None:
        await self._ask()
        listed = self._venue.find(order)
        report = None if listed is None else listed.report(self._loop.time())
        await self._wait(self._chance.random() * 0.05)
        self._story.tell(self._process, "finds", order.client_order_id, "nowhere" if report is None else report.status)
        return report

    async def fills(self, order: VenueOrder, report: VenueReport) -> Sequence[Fill]:  # noqa: ARG002 -- the report is enough
        await self._ask()
        listed = next((each for each in self._venue.listed if each.id == report.venue_order_id), None)
        if listed is None or listed.report(self._loop.time()).status is not VenueStatus.DONE:
            raise BrokerUnavailable("no such order is done")
        if self._loop.time() < listed.traded_at:
            raise BrokerUnavailable("the trades do not add up yet")
        await self._wait(self._chance.random() * 0.05)
        return tuple(listed.fills)

    async def balances(self) -> Mapping[Currency, Decimal]:
        await self._ask()
        return dict(self._venue.balances)

    async def time_ms(self) -> int:
        await self._ask()
        return self._venue.now_ms

    async def _ask(self) -> None:
        await self._wait(self._chance.random() * 0.05)
        if self._faults.hits(Fault.VENUE_BUSY):
            await self._wait(self._chance.choice([0.0, 1.0, 9.0]))
            raise BrokerUnavailable("the venue is busy")

    async def _wait(self, seconds: float) -> None:
        self._faults.on_step(self._process)
        done = self._loop.create_future()
        self._loop.call_later(seconds, _answer, done, None)
        await done


def _answer(future: asyncio.Future[object], what: object) -> None:
    if not future.done():
        future.set_result(what)
